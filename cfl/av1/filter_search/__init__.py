"""The search for the parameters of the in-loop filters: deblocking, CDEF, loop restoration."""
