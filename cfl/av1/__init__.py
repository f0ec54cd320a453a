"""An AV1 key-frame codec.

From the top, each room imports only those below it:

    decoder, encoder                drivers: OBUs to pictures, pictures to OBUs
    block_search, filter_search     what the encoder chooses, on `speeds`
    tile, filters                   the syntax of a tile; the filters after it
    reconstruction, headers         one block's samples; sequence and frame headers, OBUs
    motion                          motion vectors: their prediction, and the motion field
    entropy                         the symbol coder, its CDFs and costs
    tables                          the numbers of the standard
"""
