"""Encoders of stills, side by side: cfl, libaom (Pillow), SVT-AV1 (PyAV), and programs where installed.

`python -m bench.encoders NAME PICTURE SETTING` encodes a picture once, for the time of the whole process.
"""

import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

from bench.timing import module_seconds

QUALITIES = (30, 45, 60, 75, 90)
SVT_SETTINGS = (44, 35, 25, 16, 6)
"""The quantizers of those qualities in libavif."""

os.environ.setdefault("SVT_LOG", "1")  # errors only


class Picture(NamedTuple):
    """A picture to encode: RGB, and the YUV 4:2:0 that libavif makes of it; see `load`."""

    path: Path
    rgb: Any
    frame: Any

    @property
    def megapixels(self) -> float:
        """Of luma."""
        return self.frame.y.size / 1e6


def load(path: Path) -> Picture:
    """Read a picture.

    Pillow gives libavif RGB, and libavif converts it by an arithmetic of its own. So the YUV that it makes is
    taken for the source of all encoders: it is what a lossless encode of libaom decodes to.
    """
    import cfl
    from bench import dav1d

    rgb = Image.open(path).convert("RGB")
    data = avif(rgb, quality=100, speed=9)
    y, u, v = dav1d.decode(obus_of(data))
    frame = cfl.Frame(y, u, v, "4:2:0", 8, 1, 13, 6, True)
    return Picture(path, rgb, frame)


def avif(rgb: Any, **options: Any) -> bytes:
    """An AVIF file of Pillow's, 4:2:0, one thread, tuned for PSNR by default."""
    file = io.BytesIO()
    advanced = {"tune": "psnr"} | options.pop("advanced", {})
    rgb.save(file, "AVIF", subsampling="4:2:0", max_threads=1, autotiling=False, advanced=advanced, **options)
    return file.getvalue()


def obus_of(data: bytes) -> bytes:
    """The OBUs of an AVIF file's picture."""
    from cfl.av1.headers.obu import encode_obu
    from cfl.container import read_avif

    return b"".join(encode_obu(obu.header, obu.payload) for obu in read_avif(data).primary.obus())


def without_delimiters(units: bytes) -> bytes:
    """The OBUs of a stream that AVIF would keep."""
    from cfl.av1.headers.obu import OBU_TEMPORAL_DELIMITER, encode_obu, iter_obus

    return b"".join(
        encode_obu(obu.header, obu.payload)
        for obu in iter_obus(units)
        if obu.header.obu_type != OBU_TEMPORAL_DELIMITER
    )


class Encoder:
    """One encoder at one speed; a setting is its own scale of quality."""

    family = ""
    settings: tuple[int, ...] = QUALITIES
    in_process = True

    def __init__(self, speed: int, cfl: bool = True):
        self.speed, self.cfl = speed, cfl

    @property
    def name(self) -> str:
        """As tables have it."""
        return f"{self.family} {self.speed}" + ("" if self.cfl else " no CfL")

    def encode(self, picture: Picture, setting: int) -> tuple[bytes, float]:
        """The OBUs, and the seconds that it took to make them."""
        raise NotImplementedError


class Cfl(Encoder):
    """This project's."""

    family = "cfl"

    def encode(self, picture: Picture, setting: int) -> tuple[bytes, float]:
        import cfl

        start = time.perf_counter()
        data = cfl.encode(picture.frame, quality=setting, speed=self.speed, cfl=self.cfl)
        seconds = time.perf_counter() - start
        return obus_of(data), seconds


class Libaom(Encoder):
    """Pillow's libavif. Its time includes the way from RGB to YUV, a few ms a megapixel."""

    family = "libaom"
    tune = "psnr"

    def encode(self, picture: Picture, setting: int) -> tuple[bytes, float]:
        advanced = {"tune": self.tune} | ({} if self.cfl else {"enable-cfl-intra": "0"})
        start = time.perf_counter()
        data = avif(picture.rgb, quality=setting, speed=self.speed, advanced=advanced)
        seconds = time.perf_counter() - start
        return obus_of(data), seconds


class LibaomIq(Libaom):
    """The same, tuned for how pictures look."""

    family = "libaom-iq"
    tune = "iq"


class SvtAv1(Encoder):
    """PyAV's SVT-AV1."""

    family = "SVT-AV1"
    settings = SVT_SETTINGS

    def encode(self, picture: Picture, setting: int) -> tuple[bytes, float]:
        import av

        height, width = picture.frame.y.shape
        options = {
            "preset": str(self.speed),
            "qp": str(setting),
            "svtav1-params": f"rc=0:aq-mode=0:qp={setting}:keyint=1:tune=1:lp=1",
        }
        frame = av.VideoFrame(width, height, "yuv420p")
        for plane, samples in zip(frame.planes, picture.frame.planes, strict=True):
            padded = bytearray(plane.buffer_size)
            for row, line in enumerate(samples):
                padded[row * plane.line_size : row * plane.line_size + plane.width] = line.tobytes()
            plane.update(bytes(padded))
        frame.pts = 0
        start = time.perf_counter()
        codec = av.CodecContext.create("libsvtav1", "w")
        codec.width, codec.height, codec.pix_fmt = width, height, "yuv420p"
        codec.time_base, codec.options = Fraction(1, 25), options
        codec.color_range = 2
        packets = [*codec.encode(frame), *codec.encode(None)]
        seconds = time.perf_counter() - start
        if hasattr(os, "sched_setscheduler"):  # SVT-AV1 gives the thread real-time priority if it may
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        return without_delimiters(b"".join(bytes(packet) for packet in packets)), seconds


class Program(Encoder):
    """A program that makes an IVF file of a Y4M file; its time is that of the process."""

    in_process = False

    def words(self, source: Path, target: Path, setting: int) -> list[str]:
        """The command."""
        raise NotImplementedError

    def encode(self, picture: Picture, setting: int) -> tuple[bytes, float]:
        from cfl.container import read_ivf
        from cfl.frames import write

        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder) / "source.y4m", Path(folder) / "target.ivf"
            write(source, picture.frame)
            command = self.words(source, target, setting)
            start = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            seconds = time.perf_counter() - start
            _, frames = read_ivf(target.read_bytes())
            units = b"".join(bytes(frame.data) for frame in frames)
        return without_delimiters(units), seconds


class SvtAv1EncApp(Program):
    """SVT-AV1's program, of another version perhaps than PyAV's."""

    family = "SvtAv1EncApp"
    settings = SVT_SETTINGS

    def words(self, source: Path, target: Path, setting: int) -> list[str]:
        numbers = ["-n", "1", "--lp", "1", "--preset", str(self.speed), "--rc", "0", "-q", str(setting)]
        fixed = ["--keyint", "1", "--tune", "1", "--aq-mode", "0", "--color-range", "1"]
        return [self.family, "-i", str(source), "-b", str(target), *numbers, *fixed]


class Rav1e(Program):
    """rav1e's program."""

    family = "rav1e"
    settings = (185, 140, 100, 62, 26)

    def words(self, source: Path, target: Path, setting: int) -> list[str]:
        numbers = ["--threads", "1", "--tiles", "1", "-s", str(self.speed), "--quantizer", str(setting)]
        fixed = ["--keyint", "1", "--limit", "1", "--still-picture", "--tune", "Psnr", "--range", "Full"]
        return [self.family, str(source), "-o", str(target), "-y", "-q", *numbers, *fixed]


KINDS: tuple[type[Encoder], ...] = (Cfl, Libaom, LibaomIq, SvtAv1, SvtAv1EncApp, Rav1e)


def available(speeds: dict[str, list[int]]) -> list[Encoder]:
    """The encoders of these families and speeds that are there."""
    result: list[Encoder] = []
    for kind in KINDS:
        if issubclass(kind, Program) and shutil.which(kind.family) is None:
            continue
        result += [kind(speed) for speed in speeds.get(kind.family, [])]
    return result


def by_name(name: str) -> Encoder:
    """The encoder whose `name` that is."""
    family, speed, *rest = name.split(" ", 2)
    kind = next(kind for kind in KINDS if kind.family == family)
    return kind(int(speed), cfl=not rest)


def process_seconds(encoder: Encoder, picture: Picture, setting: int) -> float:
    """Seconds of a whole process that reads the picture and encodes it once."""
    from cfl.frames import write

    if isinstance(encoder, Program):
        return encoder.encode(picture, setting)[1]
    with tempfile.TemporaryDirectory() as folder:
        source = picture.path
        if not isinstance(encoder, Libaom):
            source = Path(folder) / "source.y4m"
            write(source, picture.frame)
        return module_seconds("bench.encoders", encoder.name, source, setting)


def _once(name: str, path: str, setting: str) -> None:
    """Encode a picture, of a Y4M file or for libaom of any that Pillow reads."""
    encoder, source = by_name(name), Path(path)
    if isinstance(encoder, Libaom):
        picture = Picture(source, Image.open(source).convert("RGB"), None)
    else:
        from cfl.frames import Y4MReader

        with Y4MReader(source) as reader:
            picture = Picture(source, None, next(iter(reader)))
    encoder.encode(picture, int(setting))


if __name__ == "__main__":
    _once(*sys.argv[1:])
