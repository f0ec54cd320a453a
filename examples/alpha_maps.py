"""Draw which α a file's encoder chose in each block, beside the α that least squares would choose.

python examples/alpha_maps.py photo.avif alpha.png
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import cfl
from cfl.inspection import IntraMode


def alpha_maps(inspection: cfl.Inspection, plane: str) -> tuple[np.ndarray, np.ndarray]:
    """α as coded and of least squares, as pictures of 4x4 luma samples a pixel; NaN where there is no CfL."""
    is_cfl = inspection.map("uv_mode", chroma=True) == IntraMode.UV_CFL_PRED
    coded = inspection.map(f"cfl_alpha_{plane}", chroma=True).astype(float)
    fitted = inspection.map(f"alpha_ls_{plane}", chroma=True)
    return np.where(is_cfl, coded, np.nan), np.where(is_cfl, fitted, np.nan)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("avif", type=Path, help="an AVIF, IVF or OBU file of any encoder")
    parser.add_argument("figure", type=Path, help="where to draw it: .png, .svg or .pdf")
    options = parser.parse_args()

    inspection = cfl.inspect(options.avif)
    figure, axes = plt.subplots(2, 3, figsize=(13, 7), layout="constrained")
    for row, plane, name in ((axes[0], "u", "Cb"), (axes[1], "v", "Cr")):
        row[0].imshow(cfl.frame_to_rgb(inspection.frame))
        row[0].set_title("decoded picture")
        for axis, alphas, title in zip(
            row[1:], alpha_maps(inspection, plane), ("coded", "least squares"), strict=True
        ):
            image = axis.imshow(alphas, cmap="RdBu", vmin=-16, vmax=16, interpolation="nearest")
            axis.set_title(f"α of {name}, {title}")
        figure.colorbar(image, ax=row[1:], label="eighths of chroma per luma")
        for axis in row:
            axis.set(xticks=[], yticks=[], facecolor="gray")  # gray: no CfL
    figure.savefig(options.figure, dpi=80)


if __name__ == "__main__":
    main()
