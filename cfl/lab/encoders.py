"""Encoders of stills, side by side: cfl, libaom (Pillow), SVT-AV1 (PyAV), and programs where installed.

All encode the same YUV 4:2:0 planes of 8 bits on one thread. A rate is the bytes of the OBUs, without a
container.
"""

import io
import os
import shutil
import subprocess
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cfl.errors import CflError
from cfl.frames import Frame
from cfl.lab.nearest import nearest
from cfl.sources import File

if TYPE_CHECKING:
    from PIL.Image import Image

os.environ.setdefault("SVT_LOG", "1")  # errors only


class Picture(NamedTuple):
    """A picture to encode: RGB, and the YUV 4:2:0 that libavif makes of it; see `load`."""

    rgb: "Image"
    frame: Frame

    @property
    def megapixels(self) -> float:
        """Of luma."""
        return self.frame.y.size / 1e6


def load(source: File) -> Picture:
    """Read a picture.

    Pillow gives libavif RGB, and libavif converts it by an arithmetic of its own. So the YUV that it makes is
    taken for the source of all encoders: it is what a lossless encode of libaom decodes to.
    """
    return of_rgb(_rgb(source))


def of_rgb(rgb: "Image") -> Picture:
    """A picture of Pillow's; see `load`."""
    from cfl.lab import dav1d

    y, u, v = dav1d.decode(obus_of(avif(rgb, quality=100, speed=9)))
    return Picture(rgb, Frame(y, u, v, "4:2:0", 8, 1, 13, 6, True))


def _rgb(source: File) -> "Image":
    """What Pillow opens by itself, as it gives it; all else by way of a frame."""
    from PIL import Image

    from cfl.frames import frame_to_rgb
    from cfl.frames.picture import is_picture
    from cfl.reading import read

    if is_picture(source):
        with Image.open(source if isinstance(source, Path) else source.open()) as image:
            return image.convert("RGB")
    return Image.fromarray(np.ascontiguousarray(frame_to_rgb(read(source), 8)[..., :3]))


def avif(rgb: "Image", **options: Any) -> bytes:
    """An AVIF file of Pillow's, 4:2:0, one thread, tuned for PSNR unless `advanced` says otherwise."""
    file = io.BytesIO()
    advanced = {"tune": "psnr"} | options.pop("advanced", {})
    rgb.save(file, "AVIF", subsampling="4:2:0", max_threads=1, autotiling=False, advanced=advanced, **options)
    return file.getvalue()


def obus_of(data: bytes) -> bytes:
    """The OBUs of an AVIF file's picture."""
    from cfl.av1.headers.obu import encode_obu
    from cfl.container import read_avif

    image: Any = read_avif(data).primary
    return b"".join(encode_obu(obu.header, obu.payload) for obu in image.obus())


def without_delimiters(units: bytes) -> bytes:
    """The OBUs of a stream that AVIF would keep."""
    from cfl.av1.headers.obu import OBU_TEMPORAL_DELIMITER, encode_obu, iter_obus

    return b"".join(
        encode_obu(obu.header, obu.payload)
        for obu in iter_obus(units)
        if obu.header.obu_type != OBU_TEMPORAL_DELIMITER
    )


# --- Encoders


class Encoder:
    """One encoder at one speed."""

    family = ""
    slowest, fastest = 0, 10

    def __init__(self, speed: int, cfl: bool = True):
        self.speed, self.cfl = speed, cfl

    @property
    def name(self) -> str:
        """As commands and tables have it, such as "libaom:6" or "cfl:6:no-cfl"."""
        return f"{self.family}:{self.speed}" + ("" if self.cfl else ":no-cfl")

    def setting(self, quality: int) -> int:
        """A quality of 0 to 100, as libavif has it, on the encoder's own scale."""
        return quality

    def encode(self, picture: Picture, setting: int) -> tuple[bytes, float]:
        """The OBUs, and the seconds that it took to make them."""
        raise NotImplementedError

    def check(self) -> None:
        """Raise a CflError if the encoder is not installed."""


class Cfl(Encoder):
    """This project's, for the least squared error."""

    family = "cfl"
    tune = "psnr"

    def encode(self, picture: Picture, setting: int) -> tuple[bytes, float]:
        from cfl.encoding import encode

        start = time.perf_counter()
        data = encode(picture.frame, quality=setting, speed=self.speed, cfl=self.cfl, tune=self.tune)
        seconds = time.perf_counter() - start
        return obus_of(data), seconds


class CflIq(Cfl):
    """The same, tuned for what people see, as `cfl encode` is by default."""

    family = "cfl-iq"
    tune = "iq"


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

    def check(self) -> None:
        from PIL import features

        if not features.check("avif"):
            raise CflError(f"{self.name}: Pillow is installed without AVIF")


class LibaomIq(Libaom):
    """The same, tuned for what people see in stills: libaom's own recommendation for them."""

    family = "libaom-iq"
    tune = "iq"


def _svt_quantizer(quality: int) -> int:
    """As libavif has it."""
    return ((100 - quality) * 63 + 50) // 100


class SvtAv1(Encoder):
    """PyAV's SVT-AV1."""

    family = "svtav1"
    fastest = 13

    def setting(self, quality: int) -> int:
        return _svt_quantizer(quality)

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

    program = ""

    def words(self, source: Path, target: Path, setting: int) -> list[str]:
        """The command."""
        raise NotImplementedError

    def check(self) -> None:
        if shutil.which(self.program) is None:
            raise CflError(f"{self.name}: the program {self.program} is not installed")

    def encode(self, picture: Picture, setting: int) -> tuple[bytes, float]:
        from cfl.container import read_ivf
        from cfl.frames import write

        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder) / "source.y4m", Path(folder) / "target.ivf"
            write(source, picture.frame)
            command = self.words(source, target, setting)
            start = time.perf_counter()
            done = subprocess.run(command, check=False, capture_output=True)
            seconds = time.perf_counter() - start
            if done.returncode != 0:
                said = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
                raise CflError(f"{self.program} failed: {said[-1] if said else done.returncode}")
            _, frames = read_ivf(target.read_bytes())
            units = b"".join(bytes(frame.data) for frame in frames)
        return without_delimiters(units), seconds


class SvtAv1EncApp(Program):
    """SVT-AV1's program, of another version perhaps than PyAV's."""

    family = "svtav1encapp"
    program = "SvtAv1EncApp"
    fastest = 13

    def setting(self, quality: int) -> int:
        return _svt_quantizer(quality)

    def words(self, source: Path, target: Path, setting: int) -> list[str]:
        numbers = ["-n", "1", "--lp", "1", "--preset", str(self.speed), "--rc", "0", "-q", str(setting)]
        fixed = ["--keyint", "1", "--tune", "1", "--aq-mode", "0", "--color-range", "1"]
        return [self.program, "-i", str(source), "-b", str(target), *numbers, *fixed]


class Rav1e(Program):
    """rav1e's program."""

    family = "rav1e"
    program = "rav1e"
    qualities = (0, 30, 45, 60, 75, 90, 100)
    quantizers = (255, 185, 140, 100, 62, 26, 0)
    """At those qualities about as many bytes as libaom makes; between them in proportion."""

    def setting(self, quality: int) -> int:
        return round(float(np.interp(quality, self.qualities, self.quantizers)))

    def words(self, source: Path, target: Path, setting: int) -> list[str]:
        numbers = ["--threads", "1", "--tiles", "1", "-s", str(self.speed), "--quantizer", str(setting)]
        fixed = ["--keyint", "1", "--limit", "1", "--still-picture", "--tune", "Psnr", "--range", "Full"]
        return [self.program, str(source), "-o", str(target), "-y", "-q", *numbers, *fixed]


KINDS: tuple[type[Encoder], ...] = (Cfl, CflIq, Libaom, LibaomIq, SvtAv1, SvtAv1EncApp, Rav1e)
FAMILIES = {kind.family: kind for kind in KINDS}


def by_name(name: str) -> Encoder:
    """The encoder of a name such as "cfl:6", "libaom-iq:6" or "libaom:6:no-cfl".

    Raises
    ------
    CflError
        There is no such encoder, or it has no such speed.
    """
    family, *rest = name.strip().lower().split(":")
    kind = FAMILIES.get(family)
    if kind is None:
        raise CflError(f"there is no encoder {family!r}{nearest(family, FAMILIES)}")
    uses_cfl = rest[1:] != ["no-cfl"]
    if not rest or rest[1:] not in ([], ["no-cfl"]) or not (rest[0].isascii() and rest[0].isdigit()):
        raise CflError(f"{name!r} is not an encoder and its speed, such as {family}:6")
    if not kind.slowest <= int(rest[0]) <= kind.fastest:
        raise CflError(f"{name}: the speeds of {family} are {kind.slowest} to {kind.fastest}")
    if not uses_cfl and not issubclass(kind, Cfl | Libaom):
        raise CflError(f"{name}: only cfl and libaom can do without CfL")
    return kind(int(rest[0]), uses_cfl)
