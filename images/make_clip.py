"""Makes the pictures and the clip of this folder anew: `python images/make_clip.py`.

Cuts the photographs out of those that scikit-image installs, draws the rest, and pans over the coffee cup for
the clip.
"""

import colorsys
from pathlib import Path

import numpy as np
import skimage
from PIL import Image, ImageDraw, ImageFont

HERE = Path(__file__).parent
PHOTOGRAPHS = Path(skimage.__file__).parent / "data"

CROPS = {
    "astronaut.png": ("astronaut.png", (96, 0, 416, 320)),
    "coffee.png": ("coffee.png", (108, 62, 492, 350)),
    "chelsea.png": ("chelsea.png", (96, 40, 297, 221)),
    "rocket.png": ("rocket.jpg", (160, 116, 480, 356)),
    "retina.jpg": ("retina.jpg", (176, 496, 560, 880)),
}
"""Made file: (file of scikit-image, (left, top, right, bottom))."""

CODE = """\
def slope(xs, ys):
    mean_x = sum(xs) / len(xs)
    mean_y = sum(ys) / len(ys)
    sxx = sum((x - mean_x) ** 2
              for x in xs)
    sxy = sum((x - mean_x)
              * (y - mean_y)
              for x, y in zip(xs, ys))
    return sxy / sxx

# chroma = slope * luma + rest
print(slope(luma, chroma))"""
LINE_COLOURS = (
    "#ff79c6", "#f8f8f2", "#f8f8f2", "#8be9fd", "#8be9fd", "#50fa7b",
    "#50fa7b", "#f1fa8c", "#ff79c6", "#f8f8f2", "#6272a4", "#ffb86c",
)  # fmt: skip

CLIP_SIZE = (176, 144)
CLIP_FRAMES = 8
CLIP_STEP = (7, 3)
"""Pixels to the right and down from frame to frame."""


def draw_screen() -> Image.Image:
    """320x240 of a computer's screen: coloured text on dark, and a chart on white."""
    picture = Image.new("RGB", (320, 240), "#3b6ea5")
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default_imagefont()
    draw.rectangle((8, 8, 251, 186), "#282a36", "#191a21")
    draw.rectangle((8, 8, 251, 22), "#44475a")
    draw.text((14, 10), "slope.py", "#ffffff", font)
    for number, colour in enumerate(("#ff5555", "#f1fa8c", "#50fa7b")):
        draw.ellipse((214 + 12 * number, 12, 221 + 12 * number, 19), colour)
    for number, (line, colour) in enumerate(zip(CODE.splitlines(), LINE_COLOURS, strict=True)):
        draw.text((16, 28 + 13 * number), line, colour, font)
    draw.rectangle((150, 130, 311, 231), "#ffffff", "#808080")
    draw.text((156, 133), "chroma by luma", "#202020", font)
    draw.line((162, 150, 162, 222, 304, 222), "#202020")
    for x in range(0, 136, 5):
        y = 214 - x * 2 // 5 + (x * 37 % 13 - 6)
        draw.ellipse((164 + x, y - 2, 168 + x, y + 2), "#d62728" if x % 2 else "#1f77b4")
    draw.line((164, 214, 302, 159), "#2ca02c", 2)
    return picture


def draw_colours() -> Image.Image:
    """256x192 of full saturation: all hues from black up, above squares whose colours jump."""
    picture = np.empty((192, 256, 3), np.uint8)
    for y in range(96):
        for x in range(256):
            picture[y, x] = [round(255 * part) for part in colorsys.hsv_to_rgb(x / 256, 1, (y + 1) / 96)]
    for row in range(8):
        for column in range(16):
            hue, value = (7 * column + 5 * row) % 16 / 16, (3, 2, 1)[(column + row) % 3] / 3
            colour = [round(255 * part) for part in colorsys.hsv_to_rgb(hue, 1, value)]
            picture[96 + 12 * row : 108 + 12 * row, 16 * column : 16 * column + 16] = colour
    return Image.fromarray(picture)


def pan(picture: Image.Image, path: Path) -> None:
    """Write a Y4M clip of a window that moves over the picture: full-range BT.601, 4:2:0 sited as in JPEG."""
    width, height = CLIP_SIZE
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F25:1 Ip A1:1 C420jpeg XCOLORRANGE=FULL\n".encode())
        for number in range(CLIP_FRAMES):
            left, top = (20 + number * step for step in CLIP_STEP)
            window = picture.crop((left, top, left + width, top + height)).convert("YCbCr")
            y, *chroma = (np.asarray(plane) for plane in window.split())
            file.write(b"FRAME\n" + y.tobytes())
            for plane in chroma:
                sums = plane.reshape(height // 2, 2, width // 2, 2).sum(axis=(1, 3), dtype=np.uint16)
                file.write(((sums + 2) // 4).astype(np.uint8).tobytes())


def main() -> None:
    """Make all files beside this script."""
    for name, (source, box) in CROPS.items():
        Image.open(PHOTOGRAPHS / source).convert("RGB").crop(box).save(HERE / name, optimize=True, quality=90)
    draw_screen().save(HERE / "screen.png", optimize=True)
    draw_colours().save(HERE / "colours.png", optimize=True)
    with Image.open(PHOTOGRAPHS / "coffee.png") as coffee:
        pan(coffee.convert("RGB").resize((300, 200), Image.Resampling.LANCZOS), HERE / "coffee_pan.y4m")


if __name__ == "__main__":
    main()
