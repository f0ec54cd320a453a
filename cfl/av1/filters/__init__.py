"""What is done to a frame after its tiles: deblocking, CDEF, superres, loop restoration, film grain."""
