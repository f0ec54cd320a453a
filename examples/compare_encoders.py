"""Compare the AVIF files of two encoders, libavif (through Pillow) and cfl, block by block with pandas.

python examples/compare_encoders.py photo.png --qualities 40,60,80
"""

import argparse
import tempfile
from pathlib import Path

import pandas as pd
from PIL import Image

import cfl
from cfl.inspection import IntraMode

BITS = ["bits_modes", "bits_cfl_alpha", "bits_luma", "bits_chroma"]


def encode_with_pillow(picture: Path, target: Path, quality: int) -> None:
    """What Pillow has: libavif, with libaom below it."""
    Image.open(picture).convert("RGB").save(target, quality=quality, speed=6, subsampling="4:2:0")


def encode_with_cfl(picture: Path, target: Path, quality: int) -> None:
    """The encoder here."""
    target.write_bytes(cfl.encode(cfl.read(picture), quality=quality))


ENCODERS = {"libavif": encode_with_pillow, "cfl": encode_with_cfl}


def blocks_of(file: Path) -> pd.DataFrame:
    """A row for each block: position, size, modes, α and bits."""
    return pd.DataFrame(cfl.inspect(file).blocks)


def summary(original: Path, file: Path) -> dict[str, float]:
    """One file in a few numbers."""
    blocks, measurement = blocks_of(file), cfl.measure(original, file)
    is_cfl = blocks["uv_mode"] == IntraMode.UV_CFL_PRED
    area = (blocks["w"] * blocks["h"]).where(blocks["has_chroma"] == 1, 0)
    return {
        "bytes": file.stat().st_size,
        "PSNR Y": measurement.psnr["y"],
        "CIEDE2000": measurement.ciede2000.db,
        "blocks": len(blocks),
        "CfL % of area": 100 * area[is_cfl].sum() / area.sum(),
        **(blocks[BITS].sum() / 8).round().rename(lambda name: name.replace("bits_", "bytes of ")),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("picture", type=Path)
    parser.add_argument("--qualities", default="40,60,80", help="0 to 100 (default: %(default)s)")
    options = parser.parse_args()

    rows = {}
    with tempfile.TemporaryDirectory() as folder:
        for quality in map(int, options.qualities.split(",")):
            for name, encode in ENCODERS.items():
                file = Path(folder) / f"{name}-{quality}.avif"
                encode(options.picture, file, quality)
                rows[name, quality] = summary(options.picture, file)
    table = pd.DataFrame(rows).T.rename_axis(["encoder", "quality"])
    print(table.round(2).to_string())


if __name__ == "__main__":
    main()
