"""`python -m cfl`: the command line."""

from cfl.cli import main

if __name__ == "__main__":
    main()
