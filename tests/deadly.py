"""Jobs that do harm to the workers that do them; apart from the tests, for workers load little."""

import ctypes
import os
import signal
from contextlib import suppress
from pathlib import Path

from crawler.archive import Capture, read_file
from pipeline.extract import Extracted
from pipeline.model import Drop
from pipeline.poison import survivable

SECONDS = 1.0  # of CPU for a page


def write(number: int, out: Path) -> None:
    out.write_text(str(number))


def die(_: int, out: Path, times: int) -> None:
    """Kill this worker so many times, then write the output."""
    tried = out.with_suffix(".tried")
    with tried.open("a") as file:
        file.write("x")
    if tried.stat().st_size <= times:
        os.kill(os.getpid(), signal.SIGKILL)
    out.write_text("made")


def hang(_: int, out: Path) -> None:
    """Say that it has begun, and never end."""
    out.with_suffix(".begun").touch()
    signal.pause()


def refuse(_: int, __: Path, error: type[Exception], *words: str) -> None:
    raise error(*words)


def read_deadly(capture: Capture) -> Extracted | Drop:
    """Do to the reader what the page says."""
    told = capture.body.decode()
    if told == "crash":
        ctypes.string_at(0)
    if told == "spin":
        sum(range(10**12))  # in C, with the GIL held: no handler of Python runs
    if told == "out of memory":
        os.kill(os.getpid(), signal.SIGKILL)
    if told.startswith("killed once "):
        with suppress(FileExistsError):
            Path(told.removeprefix("killed once ")).touch(exist_ok=False)
            os.kill(os.getpid(), signal.SIGKILL)
    if told == "deep":
        raise RecursionError
    return Extracted(())


def read_all(archive_file: Path, out: Path) -> None:
    """Write what became of each page, one a line."""
    pages = [item for item in read_file(archive_file) if isinstance(item, Capture)]
    marker = out.with_suffix(".at")
    with survivable(read_deadly, marker, SECONDS) as read:
        found = [read(page) for page in pages]
    out.write_text("\n".join(f.detail if isinstance(f, Drop) else "read" for f in found))
    marker.unlink(missing_ok=True)
