"""Inter prediction (AV1 specification 7.11.3): blocks from decoded frames.

The walk calls `cfl.av1.reconstruction.inter.plane.predict_inter_plane` for each plane of an inter block. What
it is told of:

- references and the rest of a frame: `references`, once for each frame;
- memory to work in: `scratch`, once for each thread;
- records and arrays of the walk: see `predict`.
"""
