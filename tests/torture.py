"""Kills and hinders runs of the demo world at random moments, and checks what is left.

`python -m tests.torture KILLS FAULTS [SEED]`, or `make torture`. After each blow the next run must
finish the work without help: no acknowledged page lost, none doubled, every file opens.
"""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb

from crawler.archive import Capture, archive_files, read_file
from crawler.demo import World, load_world, serve
from crawler.home import CHECKOUT, Home
from reports.database import run_checks

FIRST_PORT = 24100
LONGEST = 6.0  # seconds: a whole run of the demo takes about five
LARGEST = 4_000_000  # bytes: of a file that a hindered run may write

# A run whose writes fail beyond a size, or whose n-th fsync fails; argv: home, bytes, n.
HINDERED = """
import errno, os, resource, sys
import tocsin

def hinder(most, nth):
    if most:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    synced, real = [], os.fsync

    def fsync(descriptor):
        synced.append(descriptor)
        if len(synced) == nth:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        real(descriptor)

    os.fsync = fsync

if __name__ == "__main__":
    hinder(int(sys.argv[2]), int(sys.argv[3]))
    sys.argv = ["tocsin", "--home", sys.argv[1], "run"]
    tocsin.main()
"""


@contextmanager
def small_world(first_port: int = FIRST_PORT) -> Iterator[World]:
    """The demo world as a first crawl meets it, served."""
    world = load_world(CHECKOUT / "data" / "demo", 1, first_port)
    with serve(world):
        yield world


def kill_one(world: World, folder: Path, dice: random.Random) -> None:
    """Kill a run at a random moment, and have the next one finish.

    Raises:
        AssertionError: something is lost, doubled, or needs a hand.
    """
    home = prepared(world, folder)
    with start(home) as running:
        time.sleep(dice.uniform(0, LONGEST))
        running.send_signal(signal.SIGKILL)
    recover(world, home)


def hinder_one(world: World, folder: Path, dice: random.Random) -> None:
    """Let a run's writes or a sync fail, and have the next one finish.

    Raises:
        AssertionError: it did not say so (exit 4), or something is lost, doubled, or needs a hand.
    """
    home = prepared(world, folder)
    most, nth = dice.choice([(dice.randrange(1_000, LARGEST), 0), (0, dice.randrange(1, 8))])
    script = folder / "hindered.py"
    script.write_text(HINDERED)
    command = [sys.executable, str(script), str(home.root), str(most), str(nth)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=120)
    assert done.returncode in (0, 4), f"exit {done.returncode}: {done.stderr}"
    assert "Traceback" not in done.stderr, done.stderr
    recover(world, home)


def prepared(world: World, folder: Path) -> Home:
    home = Home(folder)
    home.demo_mark.parent.mkdir(parents=True)
    home.demo_mark.write_text(str(world.sites[0].port))
    (folder / "tocsin.toml").write_text("report = false\n")  # it has blows of its own
    return home


def start(home: Home) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "tocsin", "--home", str(home.root), "run"]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, env=environment(), stdout=quiet, stderr=quiet)


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(CHECKOUT)}


def recover(world: World, home: Home) -> None:
    """Run again, and check that all is there, once, and opens."""
    acknowledged = acknowledged_pages(home)
    with start(home) as running:
        assert running.wait(timeout=120) == 0, "the next run needs a hand"
    captured = {
        c.url for p in archive_files(home.archive) for c in read_file(p) if isinstance(c, Capture)
    }
    assert acknowledged <= captured, f"lost: {acknowledged - captured}"
    assert list(home.archive.glob("*.open")) == []
    with closing(sqlite3.connect(home.frontier)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("SELECT count(*) FROM attempt WHERE outcome IS NULL").fetchone() == (0,)
    assert set(run_checks(home.database, CHECKOUT / "reports" / "checks").values()) == {0}
    with duckdb.connect(str(home.database), read_only=True) as con:
        found = con.execute("SELECT url, count(*) FROM article GROUP BY url").fetchall()
    assert {number for _, number in found} == {1}, "doubled"
    assert len(found) == articles(world), f"{len(found)} articles of {articles(world)}"


def acknowledged_pages(home: Home) -> set[str]:
    """The URLs of pages that a run has acknowledged, by their last address."""
    if not home.frontier.exists():
        return set()
    with closing(sqlite3.connect(home.frontier)) as db:
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master").fetchall()}
        if not {"attempt", "page"} <= tables:
            return set()
        rows = db.execute(
            "SELECT final_url FROM page JOIN attempt USING (identity)"
            " WHERE kind = 'page' AND attempt.outcome = 'ok'"
        ).fetchall()
    return {url for (url,) in rows}


def articles(world: World) -> int:
    """How many articles the world holds for a crawler that obeys: pages, and posts of threads."""
    return sum(
        max(1, len(story.posts))
        for site in world.sites
        for story in site.stories
        if not story.forbidden
    )


def main(kills: int, faults: int, seed: int) -> None:
    """Run so many blows, print each that fails, and exit with 1 if any did."""
    dice, failed = random.Random(seed), 0  # no secret
    blows = [kill_one] * kills + [hinder_one] * faults
    dice.shuffle(blows)
    with small_world() as world:
        for number, blow in enumerate(blows, 1):
            with tempfile.TemporaryDirectory() as folder:
                try:
                    blow(world, Path(folder), dice)
                except AssertionError as error:
                    failed += 1
                    print(f"{number}: {blow.__name__}: {error}", flush=True)
            if number % 20 == 0:
                print(f"{number} of {len(blows)} blows, {failed} not survived", flush=True)
    print(f"seed {seed}: {len(blows) - failed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    main(*numbers, *([int(time.time())] if len(numbers) < 3 else []))
