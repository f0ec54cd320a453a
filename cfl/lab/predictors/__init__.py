"""The predictors that come with cfl, a module each. `cfl.lab.describe` gives their docstrings."""
