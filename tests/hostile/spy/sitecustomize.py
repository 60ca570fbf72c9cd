"""Loaded by the crawl's own interpreter: notes each address that it connects to, and can make a
disk fail. The program does not know; what leaves the process is seen where it leaves.
"""

import errno
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import HasFileno

CONNECTS = os.environ.get("HOSTILE_CONNECTS", "")
FAILING_FSYNC = os.environ.get("HOSTILE_FSYNC", "")


def _note(event: str, args: tuple[object, ...]) -> None:
    if event == "socket.connect":
        with Path(CONNECTS).open("a") as file:
            file.write(f"{args[1]!r}\n")


def _no_fsync(fd: "int | HasFileno") -> None:
    raise OSError(errno.EIO, os.strerror(errno.EIO), str(fd))


if CONNECTS:
    sys.addaudithook(_note)
if FAILING_FSYNC:
    os.fsync = _no_fsync
