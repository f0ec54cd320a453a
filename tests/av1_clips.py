"""The clips that decoding of inter frames is compared with dav1d on: what which encoder is asked for."""

# ruff: noqa: E501

from dataclasses import dataclass
from pathlib import Path

from av1_pictures import y4m
from av1_video import crossing, run_encoder, scrolling, zooming

AOM, SVT, RAV1E = "aomenc", "SvtAv1EncApp", "rav1e"

COMMANDS = {
    AOM: "--obu --threads=1 --quiet -o {output} {input} --end-usage=q --cq-level=35",
    SVT: "-i {input} -b {output} --lp 1 --no-progress 1",
    RAV1E: "-q --threads 1 {input} -o {output}",
}


@dataclass(frozen=True)
class Clip:
    """A clip: its name, encoder and options; how many pictures of what and of which size, and their format."""

    name: str
    tool: str
    options: str
    count: int = 10
    size: tuple[int, int] = (160, 128)
    content: object = crossing
    chroma: str = "420"
    depth: int = 8

    def stream(self, folder: Path) -> bytes:
        """Encode it, as a low-overhead stream; a skip where the encoder is not installed."""
        samples = y4m(self.content(self.count, self.size), self.chroma, self.depth)
        return run_encoder(folder, self.tool, f"{COMMANDS[self.tool]} {self.options}", samples)


def clips(tool, names, **same):
    """Clips of an encoder, by name: options, and perhaps fields."""
    made = []
    for name, value in names.items():
        options, fields = (value, {}) if isinstance(value, str) else value
        made.append(Clip(f"{tool} {name}", tool, options, **same | fields))
    return made


def small(options, **fields):
    """Fewer pictures, where an encoder is slow."""
    return options, {"count": 5} | fields


GOOD = "--cpu-used=4 --lag-in-frames=19"
RT = "--rt --lag-in-frames=0"

AOM_CLIPS = clips(
    AOM,
    {
        "preset 0": small("--cpu-used=0 --lag-in-frames=8", size=(96, 80)),
        "preset 1": small("--cpu-used=1 --lag-in-frames=8"),
        "preset 2": "--cpu-used=2 --lag-in-frames=19",
        "preset 3": "--cpu-used=3 --lag-in-frames=19",
        "preset 4": GOOD,
        "preset 6": "--cpu-used=6 --lag-in-frames=19",
        "zoom": ("--cpu-used=1 --lag-in-frames=12 --enable-global-motion=1", {"content": zooming}),
        "two passes": f"{GOOD} --passes=2",
        "low quality": f"{GOOD} --cq-level=63",
        "high quality": small(f"{GOOD} --cq-level=4"),
        **{f"realtime {speed}": f"{RT} --cpu-used={speed}" for speed in (5, 6, 7, 8, 9, 10)},
        "realtime segments": f"{RT} --cpu-used=7 --aq-mode=3",
        "realtime bitrate": f"{RT} --cpu-used=7 --aq-mode=3 --end-usage=cbr --target-bitrate=60",
        "dynamic resize": (
            f"{RT} --cpu-used=7 --end-usage=cbr --target-bitrate=10 --resize-mode=3",
            {"count": 40},
        ),
        "no alternate reference": f"{GOOD} --auto-alt-ref=0",
        "low pyramid": f"{GOOD} --gf-max-pyr-height=1 --max-gf-interval=5",
        "no overlay": f"{GOOD} --enable-overlay=0",
        "forward key frames": (f"{GOOD} --enable-fwd-kf=1 --fwd-kf-dist=6 --kf-max-dist=8", {"count": 20}),
        "key frames": (f"{GOOD} --kf-min-dist=3 --kf-max-dist=6", {"count": 14}),
        "error resilient": f"{GOOD} --error-resilient=1",
        "frame parallel": f"{GOOD} --frame-parallel=1",
        "switch frames": f"{RT} --cpu-used=8 --sframe-dist=4 --sframe-mode=1",
        "switch frames 2": f"{RT} --cpu-used=8 --sframe-dist=4 --sframe-mode=2",
        "resize fixed": f"{GOOD} --resize-mode=1 --resize-denominator=11 --resize-kf-denominator=9",
        "resize half": f"{GOOD} --resize-mode=1 --resize-denominator=16 --resize-kf-denominator=8",
        "resize random": (f"{GOOD} --resize-mode=2", {"count": 16}),
        "superres fixed": f"{GOOD} --superres-mode=1 --superres-denominator=13 --superres-kf-denominator=9",
        "superres random": f"{GOOD} --superres-mode=2",
        "superres and resize": f"{GOOD} --superres-mode=2 --resize-mode=1 --resize-denominator=10",
        "tiles": f"{GOOD} --tile-columns=1 --tile-rows=1 --sb-size=64",
        "tile groups": f"{GOOD} --tile-columns=1 --tile-rows=1 --sb-size=64 --num-tile-groups=3",
        "superblocks 128": f"{GOOD} --sb-size=128",
        "superblocks 64": f"{GOOD} --sb-size=64",
        "no order hint": f"{GOOD} --enable-order-hint=0",
        "no vectors of references": f"{GOOD} --enable-ref-frame-mvs=0",
        "three references": f"{GOOD} --max-reference-frames=3",
        "reduced references": f"{GOOD} --reduced-reference-set=1",
        "no one-sided compound": f"{GOOD} --enable-onesided-comp=0",
        "no dual filter": f"{GOOD} --enable-dual-filter=0",
        "no masks": f"{GOOD} --enable-masked-comp=0",
        "no distance weights": f"{GOOD} --enable-dist-wtd-comp=0",
        "no inter-intra": f"{GOOD} --enable-interintra-comp=0",
        "no overlap": f"{GOOD} --enable-obmc=0",
        "no warp": f"{GOOD} --enable-warped-motion=0 --enable-global-motion=0",
        "no rectangles": f"{GOOD} --enable-rect-partitions=0 --enable-rect-tx=0 --enable-tx64=0",
        "small blocks": small(f"{GOOD} --max-partition-size=16"),
        "large blocks": f"{GOOD} --min-partition-size=32",
        "small reduced transforms": f"{GOOD} --reduced-tx-type-set=1",
        "quantizer matrices": f"{GOOD} --enable-qm=1 --qm-min=0 --qm-max=8",
        "variance segments": f"{GOOD} --aq-mode=1",
        "complexity segments": f"{GOOD} --aq-mode=2",
        "deltas of quantizer and filter": f"{GOOD} --deltaq-mode=1 --delta-lf-mode=1",
        "no CDF update": f"{GOOD} --cdf-update-mode=0",
        "some CDF updates": f"{GOOD} --cdf-update-mode=2",
        "no filters": f"{GOOD} --enable-cdef=0 --enable-restoration=0",
        "sharpness": f"{GOOD} --sharpness=5",
        "lossless": small(f"{GOOD} --lossless=1"),
        "timing": f"{GOOD} --timing-info=model",
        "denoised": f"{GOOD} --denoise-noise-level=30",
        **{
            f"film grain {n}": f"--cpu-used=6 --lag-in-frames=19 --film-grain-test={n}"
            for n in (1, 4, 7, 10, 13, 16)
        },
        "screen": (f"{GOOD} --tune-content=screen", {"content": scrolling}),
        "screen in realtime": (f"{RT} --cpu-used=9 --tune-content=screen", {"content": scrolling}),
        "screen with copies": (f"{GOOD} --tune-content=screen --kf-max-dist=3", {"content": scrolling}),
        "screen lossless": small(f"{GOOD} --tune-content=screen --lossless=1", content=scrolling),
        "422": (f"{GOOD} --profile=2", {"chroma": "422"}),
        "444": (f"{GOOD} --profile=1", {"chroma": "444"}),
        "mono": f"{GOOD} --monochrome",
        "10 bits": (f"{GOOD} --bit-depth=10 --input-bit-depth=10", {"depth": 10}),
        "10 bits 444": (
            f"{GOOD} --bit-depth=10 --input-bit-depth=10 --profile=1",
            {"depth": 10, "chroma": "444"},
        ),
        "10 bits 422": (
            f"{GOOD} --bit-depth=10 --input-bit-depth=10 --profile=2",
            {"depth": 10, "chroma": "422"},
        ),
        "12 bits": (f"{GOOD} --bit-depth=12 --input-bit-depth=12 --profile=2", {"depth": 12}),
        "12 bits 444": (
            f"{GOOD} --bit-depth=12 --input-bit-depth=12 --profile=2",
            {"depth": 12, "chroma": "444"},
        ),
        "12 bits zoom": (
            "--cpu-used=1 --lag-in-frames=12 --bit-depth=12 --input-bit-depth=12 --profile=2",
            {"depth": 12, "content": zooming, "count": 8},
        ),
        "10 bits film grain": (
            f"{GOOD} --bit-depth=10 --input-bit-depth=10 --film-grain-test=2",
            {"depth": 10},
        ),
        "10 bits resize": (
            f"{GOOD} --bit-depth=10 --input-bit-depth=10 --resize-mode=2",
            {"depth": 10, "count": 14},
        ),
        "444 resize": (f"{GOOD} --profile=1 --resize-mode=1 --resize-denominator=12", {"chroma": "444"}),
        **{
            f"size {w}x{h}": ("--cpu-used=2 --lag-in-frames=6", {"size": (w, h), "count": 8})
            for w, h in (
                (8, 8),
                (16, 16),
                (17, 33),
                (34, 18),
                (66, 50),
                (130, 70),
                (200, 8),
                (10, 140),
                (99, 101),
            )
        },
        "size 642x362": (GOOD, {"size": (642, 362), "count": 6, "content": zooming}),
    },
)

SVT_CLIPS = clips(
    SVT,
    {
        "preset 2": small("--preset 2"),
        "preset 4": "--preset 4",
        **{f"preset {n}": f"--preset {n}" for n in (5, 6, 7, 8, 9, 10, 11, 12)},
        "long": ("--preset 8", {"count": 40}),
        "zoom": ("--preset 4", {"content": zooming, "count": 12}),
        "low delay": "--preset 8 --pred-struct 1",
        "low delay, slow": small("--preset 4 --pred-struct 1"),
        "key frames": ("--preset 8 --keyint 6", {"count": 20}),
        "forward key frames": ("--preset 8 --keyint 8 --irefresh-type 1", {"count": 24}),
        "switch frames": ("--preset 8 --sframe-dist 5 --pred-struct 1", {"count": 14}),
        "film grain": "--preset 8 --film-grain 30",
        "tiles": "--preset 8 --tile-columns 1 --tile-rows 1",
        "superres": "--preset 8 --superres-mode 1 --superres-denom 12",
        "superres random": "--preset 8 --superres-mode 2",
        "resize": "--preset 8 --resize-mode 1 --resize-denom 12",
        "resize random": ("--preset 8 --resize-mode 2", {"count": 16}),
        "overlays": ("--preset 6 --enable-overlays 1", {"count": 20}),
        "screen": ("--preset 6 --scm 1", {"content": scrolling}),
        "variance segments": "--preset 6 --aq-mode 1",
        "bitrate": ("--preset 8 --rc 1 --tbr 60", {"count": 20}),
        "low quality": "--preset 6 --qp 60",
        "high quality": "--preset 6 --qp 5",
        "10 bits": ("--preset 6 --input-depth 10", {"depth": 10}),
        "10 bits film grain": ("--preset 8 --input-depth 10 --film-grain 20", {"depth": 10}),
        "size 66x98": ("--preset 6", {"size": (66, 98)}),
        "size 322x182": ("--preset 8", {"size": (322, 182), "content": zooming}),
    },
)

RAV1E_CLIPS = clips(
    RAV1E,
    {
        **{f"speed {n}": f"-s {n}" for n in (4, 6, 8, 9, 10)},
        "slow": small("-s 1", size=(96, 80)),
        "zoom": ("-s 4", {"content": zooming}),
        "low latency": "-s 8 --low-latency",
        "switch frames": "-s 10 --low-latency --switch-frame-interval 4",
        "tiles": "-s 9 --tiles 4",
        "key frames": ("-s 9 --keyint 5", {"count": 14}),
        "low quality": "-s 6 --quantizer 240",
        "high quality": "-s 6 --quantizer 20",
        "10 bits": ("-s 6", {"depth": 10}),
        "422": ("-s 6", {"chroma": "422"}),
        "444": ("-s 6", {"chroma": "444"}),
        "size 50x90": ("-s 6", {"size": (50, 90)}),
    },
)

KEPT = sorted((Path(__file__).parent / "av1" / "clips").glob("*.obu"))
"""Files of some small clips, for where no encoder is installed: of "aomenc preset 0", "forward key frames",
"resize random", "12 bits zoom" and "screen", and "rav1e slow", by aomenc 3.6.0 and rav1e 0.5.1."""

CLIPS = [*AOM_CLIPS, *SVT_CLIPS, *RAV1E_CLIPS]
