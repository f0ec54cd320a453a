"""The page of `cfl inspect --html`: its size, the time until it is ready in Chromium, and pictures a second.

The picture is encoded by libaom (Pillow, speed 8). Chromium runs without a window and without a graphics
processor. "Ready" is from the start of loading until the picture, the layer and all tables are shown.
"""

import argparse
import io
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

import cfl
from bench.pictures import photographs
from bench.timing import machine

FRAMES = """
const done = arguments[1], view = viewer.view, start = performance.now(), shown = [start];
view.zoomTo(arguments[0]);
view.centre(view.width / 2, view.height / 2);
function step() {
  shown.push(performance.now());
  if (shown.at(-1) - start > 4000) return done(shown.slice(1).map((at, i) => at - shown[i]));
  const turn = Math.floor(shown.length / 60) % 2 ? -1 : 1;
  view.pan(20 * turn, 12 * turn);
  requestAnimationFrame(step);
}
requestAnimationFrame(step);
"""
SCALES = (0.25, 1, 4)


def run(arguments: list[str]) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser("python -m bench viewer", description=__doc__.splitlines()[0])
    parser.add_argument("picture", nargs="?", type=Path, help="a picture (default: the shipped ones, tiled)")
    parser.add_argument("--size", default="6000x4000", help="without a picture (default: %(default)s)")
    parser.add_argument("--quality", type=int, default=60, help="of Pillow (default: %(default)s)")
    parser.add_argument("--loads", type=int, default=3, help="open the page so often (default: %(default)s)")
    options = parser.parse_args(arguments)
    console = Console(width=110)
    console.print(f"The viewer. {machine()}")
    data = _encoded(options)
    inspection = cfl.inspect(data)
    start = time.perf_counter()
    page = inspection.to_html("bench").encode("utf-16")
    console.print(_sizes(inspection, len(data), len(page), time.perf_counter() - start))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "page.html")
        path.write_bytes(page)
        console.print(_in_a_browser(path, options.loads))


def _encoded(options: argparse.Namespace) -> bytes:
    if options.picture is None:
        width, height = map(int, options.size.split("x"))
        picture = Image.fromarray(cfl.frame_to_rgb(photographs(width, height, "4:4:4")))
    else:
        picture = Image.open(options.picture).convert("RGB")
    file = io.BytesIO()
    picture.save(file, "AVIF", quality=options.quality, speed=8)
    return file.getvalue()


def _sizes(inspection: cfl.Inspection, avif: int, page: int, seconds: float) -> Table:
    table = Table("picture", "blocks", "AVIF", "page", "2 x AVIF + 12 a block", "made in")
    frame, blocks = inspection.frame, len(inspection.blocks)
    limit = 2 * avif + 12 * blocks
    sizes = [f"{size:,}" for size in (blocks, avif, page, limit)]
    table.add_row(f"{frame.width}x{frame.height}", *sizes, f"{seconds:.1f} s")
    return table


def _in_a_browser(path: Path, loads: int) -> Table:
    table = Table("", "median", "worst")
    driver = _driver()
    try:
        ready = [_load(driver, path) for _ in range(loads)]
        table.add_row("ready", f"{np.median(ready):.2f} s", f"{max(ready):.2f} s")
        for scale in SCALES:
            driver.set_script_timeout(60)
            gaps = np.array(driver.execute_async_script(FRAMES, scale))
            words = f"{1000 / np.median(gaps):.0f} a second", f"{gaps.max():.0f} ms for one"
            table.add_row(f"panning at {scale:g}", *words)
    finally:
        driver.quit()
    return table


def _driver() -> Any:
    import shutil

    try:
        from selenium import webdriver
    except ImportError:
        sys.exit("Selenium is not installed: pip install selenium")
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if browser is None or driver is None:
        sys.exit("chromium and chromedriver are not installed (Debian: chromium, chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for flag in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1500,950"):
        options.add_argument(flag)
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))


def _load(driver: Any, path: Path) -> float:
    """Seconds from the start of loading until everything is shown."""
    driver.get(path.as_uri())
    while driver.execute_script("return document.body.dataset.state") != "ready":
        time.sleep(0.02)
    return float(driver.execute_script("return document.body.dataset.readyAfter")) / 1000
