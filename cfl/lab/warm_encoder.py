"""Compile this project's encoder in this process, if it is not in the cache."""


def compile_encoder() -> None:
    """Encode something tiny, with all that is measured of it."""
    import numpy as np

    from cfl.ablation.curves import point_of
    from cfl.av1.block_search.partition import search_superblock
    from cfl.frames import rgb_to_frame
    from cfl.simd.cache import is_kept

    if not is_kept(search_superblock):
        noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
        for use_cfl in (True, False):
            point_of(rgb_to_frame(noise), 60, 6, use_cfl)
