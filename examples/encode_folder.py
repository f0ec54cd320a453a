"""Encode every picture of a folder as AVIF, on all processor cores, and print what became of each.

python examples/encode_folder.py images avif --quality 60 --speed 8
"""

import argparse
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cfl

ENDINGS = {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff"}


def encode(source: Path, target: Path, quality: int, speed: int) -> str:
    """Encode one picture; return a line about it."""
    try:
        encoded = cfl.encode_frame(cfl.read(source), quality=quality, speed=speed)
    except cfl.CflError as error:
        return f"{source.name}: {error}"
    target.write_bytes(encoded.data)
    return (
        f"{target.name}: {len(encoded.data):,} bytes, {encoded.bits_per_pixel:.2f} bits per pixel, "
        f"PSNR {encoded.psnr['yuv']:.2f} dB, CfL predicts {encoded.cfl_share:.0%} of the chroma"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path, help="folder of pictures")
    parser.add_argument("target", type=Path, help="folder for the AVIF files; made if it is not there")
    parser.add_argument("--quality", type=int, default=60, help="0 to 100 (default: %(default)s)")
    parser.add_argument("--speed", type=int, default=6, help="0 to 10 (default: %(default)s)")
    options = parser.parse_args()

    options.target.mkdir(parents=True, exist_ok=True)
    pictures = sorted(path for path in options.source.iterdir() if path.suffix.lower() in ENDINGS)
    # The kernels release Python's lock, so that threads encode at the same time.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [
            pool.submit(encode, path, options.target / f"{path.stem}.avif", options.quality, options.speed)
            for path in pictures
        ]
        for job in jobs:
            print(job.result())


if __name__ == "__main__":
    main()
