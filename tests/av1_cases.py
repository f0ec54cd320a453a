"""The table of conformance streams: what issue 4 asks for, encoder by encoder.

Every case is one line or two: a name, options, what it shows, its size, and what its headers must prove.
"""

# ruff: noqa: E501

from av1_corpus import aomenc, pillow, rav1e, svt, svt_app
from av1_pictures import flat, gradient, mixed, noise, screen, text, waves

from cfl.av1.tables.constants import (
    INTRA_ONLY_FRAME,
    RESTORE_SGRPROJ,
    RESTORE_SWITCHABLE,
    RESTORE_WIENER,
    TX_MODE_LARGEST,
)

M = (128, 96)
L = (192, 128)
XL = (256, 192)


# --- What a header can show: each of (sequence, header)


def is_screen(s, h):
    return h.allow_screen_content_tools


def copies(s, h):
    return h.allow_intrabc


def lossless(s, h):
    return h.coded_lossless


def some_lossless(s, h):
    return any(h.lossless_array) and not h.coded_lossless


def segmented(s, h):
    return h.segmentation.segmentation_enabled


def delta_q(s, h):
    return h.delta.delta_q_present


def delta_lf(s, h):
    return h.delta.delta_lf_present


def chroma_q(s, h):
    return h.quantization.delta_q_u_ac


def reduced_tx(s, h):
    return h.reduced_tx_set


def largest_tx(s, h):
    return h.tx_mode == TX_MODE_LARGEST


def grain(s, h):
    return h.film_grain.apply_grain


def reduced_header(s, h):
    return s.reduced_still_picture_header


def full_header(s, h):
    return not s.reduced_still_picture_header


def intra_only(s, h):
    return h.frame_type == INTRA_ONLY_FRAME


def no_cdf_update(s, h):
    return h.disable_cdf_update


def sb128(s, h):
    return s.use_128x128_superblock


def sb64(s, h):
    return not s.use_128x128_superblock


def cdef_off(s, h):
    return not s.enable_cdef


def cdef_on(s, h):
    return s.enable_cdef and any(h.cdef.cdef_y_pri_strength + h.cdef.cdef_y_sec_strength)


def cdef_choice(s, h):
    return h.cdef.cdef_bits


def deblocked(s, h):
    return any(h.loop_filter.loop_filter_level)


def not_deblocked(s, h):
    return not any(h.loop_filter.loop_filter_level)


def wiener(s, h):
    return RESTORE_WIENER in h.lr.frame_restoration_type


def sgrproj(s, h):
    return RESTORE_SGRPROJ in h.lr.frame_restoration_type


def switchable(s, h):
    return RESTORE_SWITCHABLE in h.lr.frame_restoration_type


def no_filter(s, h):
    return not_deblocked(s, h) and cdef_off(s, h) and not h.lr.uses_lr


def no_filter_intra(s, h):
    return not s.enable_filter_intra


def no_edge_filter(s, h):
    return not s.enable_intra_edge_filter


def mono(s, h):
    return s.color_config.mono_chrome


def identity(s, h):
    return s.color_config.matrix_coefficients == 0


def superres(denominator):
    return lambda s, h: h.size.use_superres and h.size.superres_denom == denominator


def any_superres(s, h):
    return h.size.use_superres


def restored_superres(s, h):
    return h.size.use_superres and h.lr.uses_lr


def qm(low, high):
    return lambda s, h: h.quantization.using_qmatrix and low <= h.quantization.qm_y <= high


def tiles(columns, rows, uniform=1):
    def shows(s, h):
        info = h.tile_info
        return (info.tile_cols, info.tile_rows, info.uniform_tile_spacing_flag) == (columns, rows, uniform)

    return shows


def depth(bits):
    return lambda s, h: s.color_config.bit_depth == bits


def format_of(x, y, bits=8):
    def shows(s, h):
        color = s.color_config
        return (color.subsampling_x, color.subsampling_y, color.bit_depth) == (x, y, bits)

    return shows


SIZES = [
    (1, 1), (2, 2), (3, 5), (7, 7), (8, 8), (9, 17), (16, 4), (33, 65), (63, 63), (64, 64), (65, 33), (66, 130),
    (129, 127), (1, 100), (100, 1), (8, 1000), (1000, 8), (200, 140),
]  # fmt: skip

PILLOW = [
    pillow("photo", size=L, shows=reduced_header),
    *(
        pillow(f"{c.__name__} {q}", c, M, quality=q)
        for c in (flat, gradient, mixed, noise, screen, text, waves)
        for q in (30, 85)
    ),
    *(pillow(f"{w}x{h}", size=(w, h)) for w, h in SIZES),
    *(pillow(f"444 {w}x{h}", mixed, (w, h), "444", speed=6) for w, h in SIZES[:9]),
    *(pillow(f"422 {w}x{h}", mixed, (w, h), "422", speed=6) for w, h in SIZES[:9]),
    *(pillow(f"quality {q}", waves, quality=q, speed=6) for q in (0, 1, 10, 20, 40, 50, 60, 70, 80, 95, 99)),
    *(pillow(f"quality {q} 444", chroma="444", quality=q) for q in (0, 25, 50, 75, 99)),
    *(pillow(f"speed {s}", mixed, speed=s) for s in range(11)),
    pillow("422", waves, L, "422", speed=4, shows=format_of(1, 0)),
    pillow("422 slow", mixed, M, "422", speed=1, shows=format_of(1, 0)),
    pillow("444", waves, L, "444", speed=4, shows=format_of(0, 0)),
    pillow("mono", mixed, L, "400", speed=4, shows=mono),
    pillow("mono lossless", mixed, M, "400", quality=100, shows=lossless),
    *(pillow(f"lossless {c}", mixed, M, c, quality=100, shows=lossless) for c in ("420", "422", "444")),
    pillow("lossless screen", screen, M, "444", quality=100, speed=4, shows=lossless),
    pillow("lossless noise", noise, (64, 48), "444", quality=100, shows=lossless),
    *(pillow(f"palette and intrabc {c}", screen, L, c, speed=3, advanced="tune-content=screen", shows=copies)
      for c in ("420", "422", "444", "400")),
    pillow("palette, no intrabc", text, L, "444", speed=4, quality=75,
           advanced="tune-content=screen enable-intrabc=0", shows=is_screen),
    pillow("palette of many colours", gradient, L, "444", speed=2, quality=90,
           advanced="tune-content=screen enable-intrabc=0", shows=is_screen),
    pillow("128", mixed, (200, 140), speed=4, advanced="sb-size=128", shows=sb128),
    pillow("64", mixed, (200, 140), speed=4, advanced="sb-size=64", shows=sb64),
    pillow("128 444 screen", screen, L, "444", speed=4, advanced="sb-size=128 tune-content=screen", shows=sb128),
    pillow("tiles 2x2", size=XL, tile_rows=1, tile_cols=1, autotiling=False, shows=tiles(2, 2)),
    pillow("tiles 4x1", mixed, (250, 70), tile_cols=2, autotiling=False, shows=tiles(4, 1)),
    pillow("tiles, not uniform", size=XL, advanced="tile-width=1,2 tile-height=2", shows=tiles(3, 2, 0)),
    pillow("tiles, no cdf update", mixed, XL, tile_rows=1, tile_cols=1, autotiling=False,
           advanced="cdf-update-mode=0", shows=no_cdf_update),
    *(pillow(f"grain {i}", waves, M, advanced=f"film-grain-test={i}", shows=grain) for i in (1, 3, 6, 10, 14)),
    pillow("grain 444", waves, M, "444", advanced="film-grain-test=5", shows=grain),
    pillow("grain 422", waves, (67, 45), "422", advanced="film-grain-test=8", shows=grain),
    pillow("grain mono", waves, (67, 45), "400", advanced="film-grain-test=2", shows=grain),
    *(pillow(f"qm {a}-{b} {c}", mixed, M, c, speed=4, advanced=f"enable-qm=1 qm-min={a} qm-max={b}", shows=qm(a, b))
      for a, b, c in ((0, 1, "420"), (2, 4, "444"), (5, 7, "422"), (8, 10, "420"), (11, 13, "444"), (14, 14, "420"))),
    pillow("no qm", mixed, M, advanced="enable-qm=0", shows=lambda s, h: not h.quantization.using_qmatrix),
    pillow("deltaq", mixed, L, advanced="tune=iq deltaq-mode=6", shows=delta_q),
    pillow("delta lf", mixed, L, advanced="tune=iq deltaq-mode=6 delta-lf-mode=1", shows=delta_lf),
    pillow("delta lf coarse", mixed, L, quality=5, advanced="tune=iq deltaq-mode=6 delta-lf-mode=1", shows=delta_lf),
    pillow("delta lf mono", mixed, L, "400", quality=25, advanced="tune=iq deltaq-mode=6 delta-lf-mode=1",
           shows=delta_lf),
    pillow("chroma deltaq", waves, advanced="tune=psnr enable-chroma-deltaq=1", shows=chroma_q),
    pillow("reduced tx set", mixed, M, advanced="reduced-tx-type-set=1", shows=reduced_tx),
    pillow("reduced tx set 444 slow", waves, M, "444", speed=2, advanced="reduced-tx-type-set=1", shows=reduced_tx),
    pillow("no cdf update", mixed, M, advanced="cdf-update-mode=0", shows=no_cdf_update),
    pillow("no deblocking", mixed, M, advanced="loopfilter-control=0", shows=not_deblocked),
    pillow("no cdef", mixed, M, advanced="enable-cdef=0", shows=cdef_off),
    pillow("no filter", mixed, M, advanced="enable-cdef=0 enable-restoration=0 loopfilter-control=0",
           shows=no_filter),
    pillow("cdef", waves, L, quality=30, speed=3, advanced="enable-cdef=1", shows=cdef_on),
    pillow("sharpness", waves, M, advanced="sharpness=3",
           shows=lambda s, h: h.loop_filter.loop_filter_sharpness == 3),
    pillow("restoration", waves, L, quality=40, speed=2, advanced="enable-restoration=1",
           shows=lambda s, h: h.lr.uses_lr),
    pillow("restoration 444", waves, L, "444", quality=40, speed=2, advanced="enable-restoration=1",
           shows=lambda s, h: h.lr.uses_lr),
    *(pillow(f"without {tool}", mixed, M, speed=3, advanced=f"{tool}=0")
      for tool in ("enable-rect-partitions", "enable-ab-partitions", "enable-1to4-partitions", "enable-tx64",
                   "enable-flip-idtx", "enable-rect-tx", "enable-smooth-intra", "enable-paeth-intra",
                   "enable-cfl-intra", "enable-diagonal-intra", "enable-angle-delta", "enable-directional-intra",
                   "enable-palette")),
    pillow("without filter intra", mixed, M, speed=3, advanced="enable-filter-intra=0", shows=no_filter_intra),
    pillow("without edge filter", mixed, M, speed=3, advanced="enable-intra-edge-filter=0", shows=no_edge_filter),
    pillow("dct only", mixed, M, speed=3, advanced="use-intra-dct-only=1"),
    pillow("default tx only", mixed, M, speed=3, advanced="use-intra-default-tx-only=1"),
    *(pillow(f"partitions {a}-{b}", mixed, L, advanced=f"min-partition-size={a} max-partition-size={b} sb-size=128")
      for a, b in ((4, 8), (8, 16), (16, 32), (32, 64), (64, 128))),
]  # fmt: skip

SVT = [
    svt("photo", shows=full_header),
    svt("two key frames", "keyint=1", frames=2, shows=full_header),
    svt("still picture", "avif=1", shows=reduced_header),
    *(svt(f"preset {p}", "", waves, M, preset=str(p)) for p in (1, 3, 5, 7, 9)),
    *(svt(f"crf {q}", "", mixed, M, crf=str(q), preset="7") for q in (1, 20, 63)),
    svt("10 bits", "", waves, L, depth=10, preset="4", shows=depth(10)),
    svt("10 bits, noise", "", noise, M, depth=10, crf="5", shows=depth(10)),
    svt("screen", "scm=1", screen, L, preset="4", shows=copies),
    svt("screen, tiles", "scm=1:tile-columns=1", screen, L, preset="3", shows=copies),
    svt("screen, 10 bits", "scm=1", screen, L, depth=10, preset="4", shows=is_screen),
    svt("tiles", "tile-columns=1:tile-rows=1", mixed, XL, shows=tiles(2, 2)),
    *(svt(f"superres {d}", f"superres-mode=1:superres-kf-denom={d}:superres-denom={d}", waves, (184, 104),
          preset="6", shows=superres(d)) for d in range(9, 17)),
    svt("superres, 10 bits", "superres-mode=1:superres-kf-denom=11:superres-denom=11", waves, L, depth=10,
        preset="4", shows=superres(11)),
    svt("segments", "aq-mode=1", mixed, L, shows=segmented),
    svt("segments, coarse", "aq-mode=1", mixed, L, crf="60", shows=segmented),
    svt("deltaq", "aq-mode=2:enable-variance-boost=1", mixed, L, shows=lambda s, h: h.delta.delta_q_res == 2),
    svt("deltaq, tune iq", "tune=3:avif=1", mixed, L, shows=delta_q),
    svt("qm", "enable-qm=1:qm-min=0:qm-max=15", mixed, M, shows=qm(0, 15)),
    svt("qm fine", "enable-qm=1:qm-min=0:qm-max=3", mixed, M, shows=qm(0, 3)),
    svt("grain", "film-grain=30", noise, M, shows=grain),
    svt("grain, 10 bits", "film-grain=30", noise, M, depth=10, shows=grain),
    svt("no filter", "enable-dlf=0:enable-cdef=0:enable-restoration=0", mixed, M, shows=no_filter),
    svt("restoration", "enable-restoration=1", waves, XL, preset="2", crf="50", shows=lambda s, h: h.lr.uses_lr),
    svt("lossless", "lossless=1", mixed, M, shows=lossless),
    svt("lossless, 10 bits", "lossless=1", mixed, M, depth=10, shows=lossless),
    svt("cdef choice", "", mixed, XL, preset="8", shows=cdef_choice),
    svt("odd", "", waves, (97, 71)),
]  # fmt: skip

AOMENC = [
    aomenc("photo", shows=reduced_header),
    aomenc("full header", "--full-still-picture-hdr", shows=full_header),
    aomenc("two key frames", "--good", mixed, M, frames=2, shows=full_header),
    aomenc("good", "--good --cpu-used=2", mixed, M, shows=cdef_on),
    aomenc("realtime", "--rt --cpu-used=9", mixed, M, frames=2, shows=full_header),
    *(aomenc(f"cq {q}", f"--cq-level={q}", mixed) for q in (1, 15, 45, 63)),
    *(aomenc(f"{d} bits {c}", "--good", waves, M, chroma=c, depth=d,
             shows=format_of(c != "444", c in ("420", "400"), d))
      for d in (8, 10, 12) for c in ("400", "420", "422", "444")),
    *(aomenc(f"{d} bits, noise, fine", "--cq-level=2", noise, chroma="444", depth=d, shows=depth(d))
      for d in (10, 12)),
    *(aomenc(f"{w}x{h} 12 bits 422", "", mixed, (w, h), chroma="422", depth=12) for w, h in SIZES[:8]),
    *(aomenc(f"lossless {d} bits {c}", "--lossless=1", mixed, chroma=c, depth=d, shows=lossless)
      for d, c in ((10, "420"), (12, "422"), (12, "444"), (8, "400"))),
    *(aomenc(f"superres {d}", f"--superres-mode=1 --superres-kf-denominator={d} --superres-denominator={d}",
             waves, (181, 99), shows=superres(d)) for d in range(9, 17)),
    # FrameWidth is at least 16, or UpscaledWidth if that is less: no such words in the standard, but aomdec and
    # dav1d agree.
    *(aomenc(f"superres, {w} columns", "--good --superres-mode=1 --superres-kf-denominator=16", mixed, (w, 70),
             shows=any_superres) for w in (5, 9, 15, 16, 17, 24, 31, 40)),
    aomenc("superres, random", "--superres-mode=2", mixed, (200, 90), frames=4, shows=any_superres),
    aomenc("superres, auto", "--superres-mode=4 --cq-level=60", waves, L, shows=any_superres),
    aomenc("superres 444, restoration",
           "--good --cpu-used=2 --superres-mode=1 --superres-kf-denominator=15 --enable-restoration=1", mixed, XL,
           chroma="444", shows=restored_superres),
    aomenc("superres, tiles, restoration",
           "--good --cpu-used=2 --superres-mode=1 --superres-kf-denominator=13 --tile-columns=1 --sb-size=64",
           waves, XL, shows=restored_superres),
    aomenc("segments", "--good --aq-mode=1 --deltaq-mode=0", mixed, L, frames=2, shows=segmented),
    aomenc("segments, some lossless", "--good --aq-mode=1 --deltaq-mode=0 --cq-level=4", mixed, L,
           frames=2, shows=segmented),
    aomenc("deltaq 2", "--deltaq-mode=2", waves, L, shows=delta_q),
    aomenc("deltaq 4", "--deltaq-mode=4", waves, L, shows=delta_q),
    aomenc("delta lf", "--deltaq-mode=2 --delta-lf-mode=1", waves, L, shows=delta_lf),
    *(aomenc(f"qm {q} {c}", f"--enable-qm=1 --qm-min={q} --qm-max={q} --good", waves, chroma=c, shows=qm(q, q))
      for q, c in zip(range(15), ("420", "444", "422") * 5, strict=True)),
    aomenc("uneven tiles", "--tile-width=1,2,1 --tile-height=1,1", mixed, XL, shows=tiles(3, 3, 0)),
    aomenc("uneven tiles of 128", "--tile-width=1,1 --tile-height=1 --sb-size=128", mixed, XL, shows=sb128),
    aomenc("tile groups", "--tile-columns=2 --tile-rows=1 --num-tile-groups=3", mixed, XL, shows=tiles(4, 2)),
    aomenc("128", "--good --sb-size=128 --cpu-used=2", mixed, (300, 150), shows=sb128),
    aomenc("128 444", "--good --sb-size=128 --cpu-used=2", waves, (150, 140), chroma="444", shows=sb128),
    aomenc("128 422, 10 bits", "--good --sb-size=128 --cpu-used=2", waves, (150, 140), chroma="422", depth=10,
           shows=sb128),
    *(aomenc(f"restoration {c}", "--good --cpu-used=1 --enable-restoration=1 --sb-size=64 --cq-level=50", waves, L,
             chroma=c, shows=lambda s, h: h.lr.uses_lr) for c in ("420", "422", "444")),
    aomenc("restoration, 12 bits", "--good --cpu-used=1 --enable-restoration=1 --cq-level=50", waves, L, depth=12,
           shows=lambda s, h: h.lr.uses_lr),
    aomenc("screen", "--tune-content=screen --good", screen, L, frames=2, shows=copies),
    *(aomenc(f"screen {d} bits {c}", "--tune-content=screen --cpu-used=3", screen, L, chroma=c, depth=d,
             shows=copies) for d, c in ((10, "420"), (10, "444"), (12, "422"), (12, "400"))),
    aomenc("screen, no cdf update", "--tune-content=screen --cdf-update-mode=0 --cpu-used=3", screen, L,
           shows=no_cdf_update),
    aomenc("screen, 128, tiles", "--tune-content=screen --cpu-used=3 --sb-size=128 --tile-columns=1", screen, XL,
           shows=is_screen),
    aomenc("screen, lossless", "--tune-content=screen --lossless=1 --cpu-used=3", screen, M, shows=lossless),
    aomenc("screen, deltaq", "--tune-content=screen --deltaq-mode=2 --cpu-used=3", screen, L, shows=is_screen),
    aomenc("screen, segments", "--good --tune-content=screen --aq-mode=1 --deltaq-mode=0 --cpu-used=3", screen, L,
           frames=2, shows=segmented),
    *(aomenc(f"grain {i}", f"--film-grain-test={i}", waves, M, depth=10, shows=grain) for i in (4, 12, 16)),
    aomenc("grain, 12 bits 444", "--film-grain-test=7", waves, M, depth=12, chroma="444", shows=grain),
    aomenc("reduced tx set", "--reduced-tx-type-set=1 --good", mixed, M, shows=reduced_tx),
    aomenc("largest tx", "--enable-tx-size-search=0", mixed, M, shows=largest_tx),
    aomenc("error resilient", "--error-resilient=1", mixed, frames=2,
           shows=lambda s, h: h.error_resilient_mode),
    aomenc("resized", "--good --resize-mode=1 --resize-kf-denominator=12 --resize-denominator=12", mixed, M, frames=2,
           shows=lambda s, h: h.size.render_and_frame_size_different),
    aomenc("timing", "--timing-info=model", frames=2, shows=lambda s, h: s.timing_info_present_flag),
    aomenc("identity matrix", "--matrix-coefficients=identity --color-primaries=bt709 "
           "--transfer-characteristics=srgb", mixed, chroma="444", shows=identity),
]  # fmt: skip

SVT_APP = [
    svt_app("photo", size=L),
    svt_app("intra-only frames", "--irefresh-type 1", mixed, frames=4, shows=intra_only),
    svt_app("superres of intra-only frames", "--superres-mode 2", mixed, L, frames=4, shows=intra_only),
    svt_app("10 bits", "--preset 5", waves, M, depth=10, shows=depth(10)),
    svt_app("restoration", "--preset 2", waves, L, shows=lambda s, h: h.lr.uses_lr),
    svt_app("screen", "--scm 1 --preset 4", screen, L, shows=copies),
    svt_app("qm", "--enable-qm 1 --qm-min 0", mixed, L, shows=qm(0, 15)),
    svt_app("grain", "--film-grain 20", noise, M, shows=grain),
]

RAV1E = [
    rav1e("photo", shows=reduced_tx),
    *(rav1e(f"{d} bits {c}", "", mixed, chroma=c, depth=d, shows=depth(d))
      for d in (8, 10, 12) for c in ("400", "420", "422", "444") if (c, d) not in (("400", 10), ("400", 12))),
    *(rav1e(f"quantizer {q}", f"-s 8 --quantizer {q}", mixed) for q in (1, 40, 200, 255)),
    *(rav1e(f"speed {s}", f"-s {s}", waves, M) for s in (2, 5, 10)),
    rav1e("tiles", "-s 9 --tiles 4", mixed, XL, shows=tiles(2, 2)),
    rav1e("still picture", "-s 6 --still-picture", screen, M, shows=reduced_header),
    rav1e("segments", "-s 6", mixed, L, shows=segmented),
    rav1e("switchable restoration", "-s 4", mixed, L, shows=switchable),
]  # fmt: skip

CASES = PILLOW + SVT + AOMENC + SVT_APP + RAV1E
