"""`python -m cfl`: the command line."""

from cfl.cli import main

main()
