"""`python -m tools.compiled_wheel`: build a wheel that brings its kernels with it, compiled.

They are compiled for a baseline processor, by the Python, Numba and llvmlite that run this. Where any of
these is another, or a processor lacks one of the features, kernels are compiled as with a plain wheel.
`cfl.simd.shipped` says how they are found.
"""

import argparse
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]

BASELINES = {
    "x86_64": (
        "x86-64-v3",
        "+64bit,+avx,+avx2,+bmi,+bmi2,+cmov,+crc32,+cx16,+cx8,+f16c,+fma,+fxsr,+lzcnt,+mmx,+movbe,+popcnt,"
        "+sahf,+sse,+sse2,+sse3,+sse4.1,+sse4.2,+ssse3,+xsave",
    )
}
"""By machine: the name of the processor and its features, as LLVM calls them (x86-64 psABI, table 3.1)."""

_COMPILE = """
import json, sys
from pathlib import Path
from numba.core.registry import cpu_target
from cfl import warming
from cfl.simd import shipped

for name, seconds in warming.warm(int(sys.argv[1])):
    print(f"{name}: {seconds:.0f} s", file=sys.stderr, flush=True)
shipped.write_manifest(Path(sys.argv[2]), cpu_target.target_context.codegen().magic_tuple())
"""


def main() -> None:
    """Build the wheel and print its path."""
    parser = argparse.ArgumentParser("python -m tools.compiled_wheel", description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder (default: dist)")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="that compile at a time")
    name, features = BASELINES.get(platform.machine(), (None, None))
    parser.add_argument("--processor", default=name, required=name is None, help="(default: %(default)s)")
    parser.add_argument("--features", default=features, required=name is None, help="as LLVM names them")
    options = parser.parse_args()
    print(build(options.out, options.processor, options.features, options.processes))


def build(out: Path, processor: str, features: str, processes: int) -> Path:
    """Build the wheel into a folder.

    Parameters
    ----------
    out : Path
    processor, features : str
        What the kernels are compiled for.
    processes : int
        How many compile at a time.

    Returns
    -------
    Path
        The wheel.
    """
    with tempfile.TemporaryDirectory() as work, _unpacked_wheel(Path(work)) as package:
        kernels = package / "cfl" / "compiled"
        cache = Path(work, "cache", "cfl")
        cache.mkdir(parents=True)
        environ = {
            **os.environ,
            "NUMBA_CACHE_DIR": str(cache.parent),
            "NUMBA_CPU_NAME": processor,
            "NUMBA_CPU_FEATURES": features,
            "PYTHONPATH": str(package),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        _run(sys.executable, "-c", _COMPILE, processes, cache, cwd=work, env=environ)
        shutil.copytree(cache, kernels)
        return _pack(package, out)


@contextmanager
def _unpacked_wheel(work: Path) -> Iterator[Path]:
    """The folder of the plain wheel's files."""
    source = work / "source"
    ignored = shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "__pycache__", "tests", "docs")
    shutil.copytree(ROOT, source, ignore=ignored)
    _run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", work, source)
    (wheel,) = work.glob("*.whl")
    _run(sys.executable, "-m", "wheel", "unpack", "-d", work / "unpacked", wheel)
    (package,) = (work / "unpacked").iterdir()
    yield package


def _pack(package: Path, out: Path) -> Path:
    """Pack a wheel's files for this Python and platform alone; pip then prefers it to the plain wheel."""
    python = f"cp{sys.version_info.major}{sys.version_info.minor}"
    machine = platform_tag()
    (about,) = package.glob("*.dist-info/WHEEL")
    text = about.read_text().replace("Root-Is-Purelib: true", "Root-Is-Purelib: false")
    about.write_text(text.replace("Tag: py3-none-any", f"Tag: {python}-{python}-{machine}"))
    out.mkdir(parents=True, exist_ok=True)
    _run(sys.executable, "-m", "wheel", "pack", "-d", out, package)
    (wheel,) = out.glob(f"{package.name}-{python}-*.whl")
    return wheel


def platform_tag() -> str:
    """Return the wheel's platform, such as "manylinux_2_27_x86_64".

    The kernels call a few old functions of the C library (memset, memcpy, log2 and the like). So any glibc
    will do that Numba and llvmlite can run with, which the kernels need in these very versions. With another
    C library, such as musl, the tag stays "linux_…": pip installs that from a file, but no index takes it.
    """
    tag = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    library, version = platform.libc_ver()
    if not tag.startswith("linux_") or library != "glibc":
        return tag
    here = tuple(int(number) for number in version.split(".")[:2])
    major, minor = max(_glibc_of(name, here) for name in ("numba", "llvmlite"))
    return tag.replace("linux_", f"manylinux_{major}_{minor}_", 1)


def _glibc_of(distribution: str, here: tuple[int, ...]) -> tuple[int, ...]:
    """The oldest glibc for an installed package, by its wheel's tags; that of this system if it has none."""
    about = metadata.distribution(distribution).read_text("WHEEL") or ""
    tags = re.findall(r"manylinux_(\d+)_(\d+)_", about.replace("manylinux2014_", "manylinux_2_17_"))
    return min(((int(major), int(minor)) for major, minor in tags), default=here)


def _run(*words: object, **options: object) -> None:
    subprocess.run([str(word) for word in words], check=True, stdout=sys.stderr, **options)  # type: ignore[call-overload]


if __name__ == "__main__":
    main()
