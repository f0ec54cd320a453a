"""Lanes, vector operations, and how kernels are compiled. Imports nothing else of cfl."""
