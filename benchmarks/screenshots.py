"""``make screenshots``: each view of the web chat over the sample author, as pictures in docs/images.

A picture is named ``VIEW-WIDTH-THEME.png``. Its colours are reduced to a palette, as a page of plain grounds needs few.
"""

from __future__ import annotations

import argparse
import io
import shutil
import tempfile
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.web import APP, started

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FOLDER = Path(__file__).parents[1] / "docs" / "images"
SIZES = ((1300, 850), (390, 800))
THEMES = ("light", "dark")
_COLOURS = 128
_WAIT = 60_000
"""Milliseconds that a page is waited for at most."""


def _ask(question: str) -> Callable[[Page], None]:
    def ask(page: Page) -> None:
        page.locator("#ask-box").fill(question)
        page.locator("#ask-box").press("Enter")
        page.locator("#live .pt-acts").wait_for()

    return ask


def _cited(page: Page) -> None:
    page.locator("#examples button").first.click()
    page.locator("#live .pt-acts").wait_for()
    page.locator("#chat .pt-cite").first.click()
    page.locator("mark.pt-current").wait_for()


def _filter(page: Page) -> None:
    page.locator("#filter-menu summary").click()


def _paper(page: Page) -> None:
    page.locator("#view a[href*='paper=']").first.click()
    page.locator("html[data-view=library]").wait_for()
    page.wait_for_url("**paper=**")


def _nothing(page: Page) -> None:
    """The view is shown as it opens."""


VIEWS: dict[str, tuple[str, Callable[[Page], None]]] = {
    "beginning": ("", _nothing),
    "answer": ("", _cited),
    "counted": ("", _ask("How many papers each year?")),
    "filter": ("", _filter),
    "library": ("?view=library", _nothing),
    "paper": ("?view=library", _paper),
    "trends": ("?view=trends", _nothing),
    "people": ("?view=people", _nothing),
    "add": ("?view=add", _nothing),
    "settings": ("?view=settings", _nothing),
}
"""What is pictured: by its name, what the address ends in, and what is done there first."""


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    from playwright.sync_api import sync_playwright

    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        settings = {"PAPERTALK_DATA_DIR": folder, "PAPERTALK_PORT": "0"}
        arguments = ["--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        with started(APP, settings) as address:
            for name, picture in pictures(browser, address):
                (FOLDER / name).write_bytes(picture)
                print(f"{name:28} {len(picture) / 1000:6.0f} kB", flush=True)
        browser.close()


def pictures(browser: Browser, address: str) -> Iterator[tuple[str, bytes]]:
    """Each view in each size and theme: the file's name and what is in it."""
    for (width, height), theme in product(SIZES, THEMES):
        context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
        context.set_default_timeout(_WAIT)
        context.add_init_script(f"localStorage.setItem('papertalk-theme', '{theme}')")
        for name, (place, act) in VIEWS.items():
            page = context.new_page()
            page.goto(f"{address}/{place}")
            page.locator(".pt-head").wait_for()
            page.wait_for_function("document.getElementById('pt-status') !== null")
            act(page)
            page.wait_for_function("document.querySelector('[data-poll]') === null")
            page.mouse.move(0, 0)
            page.wait_for_timeout(500)  # what the page draws once more when its fonts and figures are there
            yield f"{name}-{width}-{theme}.png", small(page.screenshot())
            page.close()
        context.close()


def small(png: bytes) -> bytes:
    """The same picture with a palette of its most frequent colours."""
    from PIL import Image

    image = Image.open(io.BytesIO(png)).convert("RGB")
    palette = image.quantize(_COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    out = io.BytesIO()
    palette.save(out, "PNG", optimize=True)
    return out.getvalue()


if __name__ == "__main__":
    main()
