"""`make screenshots`: the README's pictures of the report, from a demo of their own."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from playwright.sync_api import Browser, ViewportSize

from crawler.home import CHECKOUT, Home
from reports.site.write import write_site
from tests.browser import chromium

FOLDER = CHECKOUT / "docs" / "pictures"
SIZE = ViewportSize(width=1200, height=1400)


@dataclass(frozen=True, slots=True)
class Picture:
    """A page of the report, from its top."""

    name: str  # of the file
    page: str  # its path below the site, or a pattern of which the biggest is taken
    scheme: Literal["light", "dark"] = "light"


PICTURES = (
    Picture("overview", "index.html"),
    Picture("map", "map.html"),
    Picture("authority", "authority/*.html"),
    Picture("voices", "voices.html", "dark"),
)


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder, chromium() as browser:
        home = Home(Path(folder))
        for _ in range(2):  # between them, a page is edited
            command = [sys.executable, "-m", "tocsin", "--home", folder, "demo"]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        write_site(home)
        for picture in PICTURES:
            take(browser, picture, home.out / "site")


def take(browser: Browser, picture: Picture, site: Path) -> None:
    """Write one picture, and say how large it is."""
    page = browser.new_page(viewport=SIZE, color_scheme=picture.scheme)
    page.goto(biggest(site, picture.page).as_uri())
    path = FOLDER / f"{picture.name}.png"
    page.screenshot(path=path)
    page.close()
    print(f"{path.relative_to(CHECKOUT)}: {path.stat().st_size / 1000:.0f} KB")


def biggest(site: Path, pattern: str) -> Path:
    """Of the pages that fit a pattern, the one with most in it."""
    return max(sorted(site.glob(pattern)), key=lambda path: path.stat().st_size)


if __name__ == "__main__":
    main()
