"""Survives the pages that kill their reader: by CPU without end, a crash of the parser, memory.

libxml2 keeps the GIL for as long as it reads, so no Python in the same process can stop it. The
kernel can: a timer on CPU time ends the process. A marker file says which page it was reading,
and where one was left behind, the next try reads each page in a child of its own.
"""

import ctypes
import faulthandler
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NoReturn

from crawler.archive import Capture
from pipeline.extract import Extracted
from pipeline.model import Drop

PAGE_SECONDS = 20.0  # of CPU for one page; long ones of real sites take under one
SLEEP = 10  # a child that takes so much longer by the clock sleeps: on a lock that a thread held
ID_BYTES = 128  # of the marker; what stands behind them was written by the timer's signal
RAISED = 70  # exit code of a child in which reading raised an exception (EX_SOFTWARE)
PR_SET_PDEATHSIG = 1  # Linux: the signal that a process gets when its parent ends

Read = Callable[[Capture], Extracted | Drop]


@contextmanager
def survivable(read: Read, marker: Path, seconds: float) -> Iterator[Read]:
    """Give a way to read pages by which one that kills its reader becomes a Drop, at the next try.

    Remove the marker once the results are safe. It does no harm where it stays, but reading in
    children costs some milliseconds a page.
    """
    if marker.exists():
        yield partial(_read_alone, read, _guilty(marker), seconds)
        return
    descriptor = os.open(marker, os.O_RDWR | os.O_CREAT, 0o666)
    os.lseek(descriptor, ID_BYTES, os.SEEK_SET)
    faulthandler.register(signal.SIGPROF, descriptor, all_threads=False, chain=True)
    try:
        yield partial(_read_here, read, descriptor, seconds)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        faulthandler.unregister(signal.SIGPROF)
        os.close(descriptor)


def _read_here(read: Read, marker: int, seconds: float, capture: Capture) -> Extracted | Drop:
    """Read a page in this process, which the kernel ends if that takes too much CPU."""
    os.pwrite(marker, _name(capture), 0)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    return _read(read, capture)


def _read_alone(read: Read, guilty: bytes, seconds: float, capture: Capture) -> Extracted | Drop:
    """Read a page in a child; if the child dies of it, that is what became of the page."""
    if _name(capture) == guilty:
        return _drop(capture, -signal.SIGPROF, seconds)
    for _ in range(2):  # what somebody else killed is innocent; memory runs out again
        found, code = _ask_child(read, seconds, capture)
        if code not in (-signal.SIGKILL, -signal.SIGALRM):
            break
    if code == RAISED:
        return _read(read, capture)  # to raise it here
    return found or _drop(capture, code, seconds)


def _read(read: Read, capture: Capture) -> Extracted | Drop:
    try:
        return read(capture)
    except (MemoryError, RecursionError) as error:
        return Drop(capture.id, "parse_failed", f"the parser failed: {type(error).__name__}")


def _ask_child(read: Read, seconds: float, capture: Capture) -> tuple[Extracted | Drop | None, int]:
    """(what a forked child read in a page, its exit code: minus the signal that ended it)."""
    receiving, sending = Pipe(duplex=False)
    parent = os.getpid()
    child = os.fork()
    if not child:
        receiving.close()
        _answer(sending, partial(_read, read, capture), seconds, parent)
    sending.close()
    found = None
    with receiving, suppress(EOFError, OSError):  # dead before it answered
        found = receiving.recv()
    return found, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _answer(pipe: Connection, read: Callable[[], object], seconds: float, parent: int) -> NoReturn:
    """The child's whole life: read, send, end; nothing of its parent's is cleaned up by it."""
    code = RAISED
    try:
        _die_with(parent)
        signal.setitimer(signal.ITIMER_PROF, seconds)
        signal.setitimer(signal.ITIMER_REAL, SLEEP * seconds)
        found = read()
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        pipe.send(found)
        code = 0
    finally:
        os._exit(code)


def _die_with(parent: int) -> None:
    """Have the kernel end this process when its parent ends, or end it if that is so already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(RAISED)


def _drop(capture: Capture, code: int, seconds: float) -> Drop:
    """What becomes of a page whose reader ended with this exit code."""
    if code == -signal.SIGPROF:
        return Drop(capture.id, "parse_failed", f"over {seconds:g} s of CPU")
    how = f"signal {-code}" if code < 0 else f"exit {code}"
    return Drop(capture.id, "parse_failed", f"the parser crashed: {how}")


def _guilty(marker: Path) -> bytes:
    """The name of the page whose reader the timer ended; b"" where another thing ended it."""
    content = marker.read_bytes()
    return content[:ID_BYTES] if len(content) > ID_BYTES else b""


def _name(capture: Capture) -> bytes:
    """A capture's id, as long as every other."""
    return capture.id.encode()[:ID_BYTES].ljust(ID_BYTES)
