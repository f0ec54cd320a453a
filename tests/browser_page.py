"""A page in a real browser: Chromium without a window, through Selenium."""

import contextlib
import json
import shutil
import time

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
    "--no-first-run", "--force-color-profile=srgb", "--force-device-scale-factor=1", "--window-size=1400,900",
)  # fmt: skip


@contextlib.contextmanager
def chromium():
    """A driver of Chromium; a skip where there is none."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="Selenium is not installed")
    if CHROMIUM is None or DRIVER is None:
        pytest.skip("Chromium and its driver are not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    try:
        yield driver
    finally:
        driver.quit()


class Page:
    """A page that is open in a browser."""

    def __init__(self, driver, path):
        self.driver = driver
        driver.get_log("performance")
        driver.get_log("browser")
        driver.get(path.as_uri())
        self.wait("document.body.dataset.state === 'ready'")

    def run(self, script, *arguments):
        """Run JavaScript; return what it returns."""
        return self.driver.execute_script(script, *arguments)

    def wait(self, condition, seconds=60):
        """Wait until an expression is true."""
        end = time.monotonic() + seconds
        while not self.run(f"return {condition}"):
            assert time.monotonic() < end, f"never: {condition}; {self.text('status')}; {self.errors()}"
            time.sleep(0.03)

    def drawn(self):
        """Wait until the canvas shows everything."""
        self.run("viewer.view.isWhole = false; viewer.view.redraw()")
        self.wait("viewer.view.isWhole")

    def text(self, name):
        """The text of an element."""
        return self.run("return document.getElementById(arguments[0]).textContent", name)

    def choose(self, name, value):
        """Choose a value of a list, or set a slider or a box, as a person does."""
        self.run(
            "const e = document.getElementById(arguments[0]), v = arguments[1];"
            "if (e.type === 'checkbox') e.checked = v; else e.value = v;"
            "e.dispatchEvent(new Event('input')); e.dispatchEvent(new Event('change'));",
            name, value,
        )  # fmt: skip
        self.wait("document.getElementById('status').hidden")

    def pixels(self, x, y, w=1, h=1):
        """RGB of the canvas from a pixel of the screen on, as (h, w, 3) lists."""
        flat = self.run(
            "const [x, y, w, h] = arguments, c = document.getElementById('canvas').getContext('2d');"
            "return Array.from(c.getImageData(x, y, w, h).data);",
            x, y, w, h,
        )  # fmt: skip
        return [[flat[4 * (w * row + i) :][:3] for i in range(w)] for row in range(h)]

    def chosen(self):
        """The numbers of the chosen blocks."""
        return self.run(
            "return viewer.chosen ? [...viewer.chosen.keys()].filter((i) => viewer.chosen[i]) : null"
        )

    def errors(self):
        """What the browser's console has said, but for advice on `pixels`, which is the tests'."""
        said = [entry["message"] for entry in self.driver.get_log("browser")]
        return [message for message in said if "willReadFrequently" not in message]

    def requests(self):
        """The addresses that were asked for since the page was opened."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
