"""Makes a picture of every page of the console: ``python -m scripts.screenshots FOLDER``.

At 1280 × 800 and 390 × 844, light and dark, of the local AWS that the tests fill, in the browser of this machine.
"""

from __future__ import annotations

import re
import sys
import tempfile
from itertools import product
from pathlib import Path

from playwright.sync_api import sync_playwright

from cdk_sagemaker_pipelines.studio.serving import serving
from tests.browsers import BROWSER, NO_BROWSER
from tests.studio.console import of_embedded
from tests.studio.world import world

SIZES = ((1280, 800), (390, 844))


def main(folder: Path) -> int:
    """Writes the pictures, and returns how many."""
    if BROWSER is None:
        raise SystemExit(NO_BROWSER)
    folder.mkdir(parents=True, exist_ok=True)
    made = 0
    with (
        tempfile.TemporaryDirectory() as outcomes,
        world(Path(outcomes)) as found,
        serving(of_embedded(found.aws), 0) as options,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        for (width, height), scheme in product(SIZES, ("light", "dark")):
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
            page = context.new_page()
            page.goto(options.link)
            for name, address in found.addresses().items():
                page.goto(f"http://localhost:{options.port}{address}")
                file = f"{re.sub('[^a-z0-9]+', '-', name.lower())}-{width}x{height}-{scheme}.png"
                page.screenshot(path=folder / file, full_page=True)
                made += 1
            context.close()
        browser.close()
    return made


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m scripts.screenshots FOLDER")
    print(f"{main(Path(sys.argv[1]))} pictures in {sys.argv[1]}")
