"""Many at once: `python -m tests.crowd STARTS READS`, or `make crowd`.

A demo world is crawled and built by one run, while so many others are started beside it, and the
published database of an earlier run is read so often. One works; the others leave with 75.
"""

import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import duckdb

from crawler.demo import load_world, serve
from crawler.home import CHECKOUT, Home

FIRST_PORT = 24300
AT_ONCE = 10  # started in one moment; more only measure how fast this machine starts Python


def run(home: Home, *words: str) -> tuple[int, float]:
    """(exit code, seconds) of one `tocsin`."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "tocsin", "--home", str(home.root), *words]
    code = subprocess.run(command, cwd=CHECKOUT, capture_output=True, check=False).returncode
    return code, time.perf_counter() - start


def read(home: Home, times: int, faults: list[str]) -> None:
    """Open the published database and read from it, again and again."""
    for _ in range(times):
        try:
            with duckdb.connect(str(home.database), read_only=True) as con:
                con.execute("SELECT count(*) FROM article").fetchall()
        except duckdb.Error as error:
            faults.append(str(error))


def main(starts: int, reads: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        assert run(home, "demo", "--port", str(FIRST_PORT))[0] == 0
        ended: list[tuple[int, float]] = []
        faults: list[str] = []
        with serve(load_world(CHECKOUT / "data" / "demo", 2, FIRST_PORT)), home.lock():
            beside = [
                threading.Thread(target=lambda: ended.append(run(home, "run")))
                for _ in range(starts)
            ]
            for first in range(0, starts, AT_ONCE):
                for thread in beside[first : first + AT_ONCE]:
                    thread.start()
                for thread in beside[first : first + AT_ONCE]:
                    thread.join()
        reader = threading.Thread(target=read, args=(home, reads, faults))
        with serve(load_world(CHECKOUT / "data" / "demo", 2, FIRST_PORT)):
            reader.start()
            while reader.is_alive():
                worker, _ = run(home, "run")
        reader.join()
    seconds = sorted(seconds for _, seconds in ended)
    codes = dict(Counter(code for code, _ in ended))
    print(
        f"{starts} starts beside one that holds the lock: exit codes {codes},"
        f" {AT_ONCE} at once each took {seconds[0]:.2f} to {seconds[-1]:.2f} s;"
        f" {reads} reads while runs ended with {worker}: {len(faults)} faults"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
