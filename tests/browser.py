"""The Chromium of the tests of pages: found or installed, started, and what it saw of a page."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Error,
    Page,
    Request,
    ViewportSize,
    sync_playwright,
)

NAMES = ("chromium", "chromium-browser", "google-chrome")
DEBIAN = ("chromium", "fonts-liberation")  # without a font, no letter is as wide as for readers

WIDE, NARROW = 1400, 360  # pixels: of a window on a desk, and of a telephone
SIZES = {width: ViewportSize(width=width, height=900) for width in (WIDE, NARROW)}


def installed() -> str | None:
    """Where this machine's own Chromium is; None where Playwright's must do."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium. Playwright runs it without its sandbox, which root cannot have."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=installed(), args=["--disable-gpu", "--disable-quic"]
        )
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visits:
    """What happened when each page was opened in a wide window and in a narrow one."""

    asked: list[tuple[str, str]] = field(default_factory=list)  # page, address of a request
    faults: list[tuple[str, str]] = field(default_factory=list)  # page, what the browser said
    spills: list[tuple[str, int, int]] = field(default_factory=list)  # page, window, its width

    def listen(self, page: Page) -> None:
        """Keep what a tab asks for and complains of."""

        def requested(request: Request) -> None:
            self.asked.append((page.url, request.url))

        def logged(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning"):
                self.faults.append((page.url, message.text))

        def failed(error: Error) -> None:
            self.faults.append((page.url, error.message))

        page.on("request", requested)
        page.on("console", logged)
        page.on("pageerror", failed)

    def open(self, page: Page, path: Path) -> None:
        """Go to a page in the window as it is, then change to the other, and see how wide it is."""
        page.goto(path.as_uri())
        self._measure(page, path)
        page.set_viewport_size(SIZES[WIDE if page.viewport_size == SIZES[NARROW] else NARROW])
        self._measure(page, path)

    def _measure(self, page: Page, path: Path) -> None:
        width, window = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        if width > window:
            self.spills.append((path.name, window, width))


def install() -> bool:
    """Install Debian's Chromium, as root; if that cannot be, the one that Playwright downloads."""
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = [*root, "apt-get", "-qq"]
    steps = ([*apt, "update"], [*apt, "install", "--no-install-recommends", "--yes", *DEBIAN])
    if all(_done(step, quiet) for step in steps) and installed():
        return True
    return _done([sys.executable, "-m", "playwright", "install", "chromium"], quiet)


def _done(command: list[str], environment: dict[str, str]) -> bool:
    """Whether a command could be run, and ended well."""
    try:
        return subprocess.run(command, env=environment).returncode == 0
    except FileNotFoundError:  # a machine without apt-get, or without sudo
        return False


if __name__ == "__main__":
    sys.exit(0 if installed() or install() else "no Chromium, and none can be installed")
