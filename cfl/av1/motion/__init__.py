"""Motion vectors: how they are predicted, projected from other frames, and kept for later frames.

    packed              two vectors in one integer
    vectors             precision, range, and the parts that a vector's difference is coded in
    state               the records that the kernels work on
    mode_info           what blocks leave for those after them
    order_hints         distances of frames
    global_motion       the vector of global motion at a block
    spatial_scan        candidates from the blocks around a block
    temporal_scan       candidates from the motion field
    extra_search        candidates where there are too few
    mv_stack            all of these in order: the stack of candidates, and contexts
    warp_samples        neighbours that a block can be blended with, or that a local warp is fitted to
    saved_vectors       what a frame leaves for the motion fields of later frames
    projection          one vector, stretched to another distance of frames
    motion_field        the motion field of a frame, from the saved vectors of its references

Names are the AV1 specification's, in snake_case. Rows come before columns.
"""
