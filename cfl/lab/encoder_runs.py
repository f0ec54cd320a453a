"""What `cfl lab encoders` does with a picture: encode it with each encoder at each quality."""

import math
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple

from cfl.errors import CflError
from cfl.lab import encoders
from cfl.lab.picture_list import contents
from cfl.lab.units import Result, Row, Setting

COLUMNS = {
    "encoder": "string",
    "quality": "int32",
    "setting": "int32",
    "width": "int32",
    "height": "int32",
    "bytes": "int64",
    "seconds": "double",
    "y": "double",
    "u": "double",
    "v": "double",
    "yuv": "double",
    "ciede2000": "double",
    "ms_ssim": "double",
    "ssimulacra2": "double",
}
"""`setting` is the quality on the encoder's scale; `yuv` is (6 · Y + U + V) / 8.

The metrics are in dB, `ms_ssim` of its distance from 1; SSIMULACRA 2 has points.
"""


class EncoderRun(NamedTuple):
    """An experiment: each encoder at each quality."""

    encoders: tuple[str, ...]
    qualities: tuple[int, ...]
    kind: str = "encoders"

    @classmethod
    def of(cls, names: Sequence[str], qualities: Sequence[int]) -> "EncoderRun":
        """Of encoders that are installed.

        Raises
        ------
        CflError
            There is no such encoder or speed, or it is not installed.
        """
        found = [encoders.by_name(name) for name in names]
        try:
            import av  # noqa: F401 - libdav1d decodes all
        except ModuleNotFoundError:
            raise CflError('to compare encoders needs PyAV: pip install "cfl-av1[lab]"') from None
        for encoder in found:
            encoder.check()
        return cls(tuple(dict.fromkeys(each.name for each in found)), tuple(sorted(set(qualities))))

    def groups(self) -> list[list[Setting]]:
        """A group for each encoder."""
        return [
            [{"encoder": name, "quality": quality} for quality in self.qualities] for name in self.encoders
        ]

    def columns(self) -> dict[str, str]:
        """See `COLUMNS`."""
        return COLUMNS

    def about(self) -> dict[str, Any]:
        """The encoders and the qualities."""
        return {"encoders": self.encoders, "qualities": self.qualities}

    def do(self, picture: str, settings: list[Setting]) -> list[Result]:
        """Encode, decode by libdav1d, measure."""
        loaded = _loaded(picture)
        return [_result(loaded, setting["encoder"], setting["quality"]) for setting in settings]

    def warm(self) -> None:
        """Compile this project's encoder, if it is among them."""
        from cfl.lab.warm_encoder import compile_encoder

        if any(name.startswith("cfl:") for name in self.encoders):
            compile_encoder()


@lru_cache(1)
def _loaded(picture: str) -> encoders.Picture:
    """The last picture is kept: tasks of one come after another."""
    return encoders.load(contents(picture))


@cache
def _make_ready(name: str) -> None:
    """Encode something tiny, so that no time includes that of loading or compiling kernels."""
    from PIL import Image

    encoder = encoders.by_name(name)
    picture = encoders.of_rgb(Image.effect_noise((64, 64), 50).convert("RGB"))
    _row(picture, encoder, encoder.setting(60))


def _result(picture: encoders.Picture, name: str, quality: int) -> Result:
    _make_ready(name)
    encoder = encoders.by_name(name)
    try:
        return Result([_row(picture, encoder, encoder.setting(quality))])
    except CflError as error:
        return Result([], f"{name} at quality {quality}: {error}")


def _row(picture: encoders.Picture, encoder: encoders.Encoder, setting: int) -> Row:
    from cfl.lab import dav1d
    from cfl.metrics import ciede2000, frame_psnr
    from cfl.metrics.multiscale import ms_ssim_or_none
    from cfl.metrics.perceptual import ssimulacra2_or_none

    obus, seconds = encoder.encode(picture, setting)
    decoded = dav1d.decode_like(picture.frame, obus)
    psnr = frame_psnr(picture.frame, decoded)
    y, u, v = (psnr[name] for name in ("y", "u", "v"))
    height, width = picture.frame.y.shape
    return {
        "setting": setting,
        "width": width,
        "height": height,
        "bytes": len(obus),
        "seconds": seconds,
        "y": y,
        "u": u,
        "v": v,
        "yuv": (6 * y + u + v) / 8,
        "ciede2000": ciede2000(picture.frame, decoded).db,
        "ms_ssim": _of_similarity(ms_ssim_or_none(picture.frame.y, decoded.y, 8)),
        "ssimulacra2": ssimulacra2_or_none(picture.frame, decoded),
    }


def _of_similarity(ms_ssim: float | None) -> float | None:
    """In dB; None of a picture that is too small."""
    if ms_ssim is None:
        return None
    return -10 * math.log10(1 - ms_ssim) if ms_ssim < 1 else math.inf
