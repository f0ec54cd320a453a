"""How the arrays of loop restoration's kernels are laid out, and the fields of a piece."""

SIDE = 64
MARGIN = 3
SPARE = 24
"""How far beyond the last sample's margin a row of the source must reach for the last group of eight."""
STRIDE = 80
"""Of the arrays A and B: a column more on each side than a piece has, and whole groups of eight."""
# A piece (`restoration._pieces`). Parameters: Wiener's three vertical, then three horizontal coefficients; or
# the set, w0 and w1.
X, WIDTH, TYPE, PARAMETERS = range(4)
