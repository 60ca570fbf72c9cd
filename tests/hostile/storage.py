"""Cases 95-108: full disks, killed runs, torn files, wrong clocks; what was acknowledged stays."""

import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from crawler.archive import Capture, archive_files, read_file
from crawler.home import Home
from tests.conftest import rows
from tests.hostile.scripts import article, feed_of, noise, raw, reply
from tests.hostile.server import HostileServer, Script, Site, serving
from tests.hostile.world import ALLOW_ALL, LENIENT, Case, ended, started, tocsin, write_home

PAGES = 60
BULKY = 30_000  # characters of a page that no gzip makes much shorter than half
PATHS = [f"/p{n}" for n in range(PAGES)]
PAUSE = 4  # seconds without a request, to believe that there is a delay
QUICK = 10  # seconds in which a run must end once it is told to


@dataclass(frozen=True, slots=True)
class Press:
    """A home with one source, and the server of that source."""

    home: Path
    server: HostileServer

    @property
    def asked(self) -> list[str]:
        """The pages that were asked for so far."""
        return [target for target in self.server.targets("press") if target in PATHS]

    def until(self, target: str, number: int = 1) -> None:
        """Wait until a target was asked for; "" stands for any page."""
        for _ in range(600):
            found = self.server.targets("press") if target else self.asked
            if (found.count(target) if target else len(found)) >= number:
                return
            time.sleep(0.02)
        raise AssertionError(f"{target or 'no page'} was not asked for")

    def acknowledged(self) -> set[str]:
        """The pages of which the frontier says that they were fetched."""
        path = self.home / "data" / "frontier.sqlite"
        with closing(sqlite3.connect(path)) as db:
            found = db.execute(
                "SELECT url FROM attempt JOIN page USING (identity)"
                " WHERE attempt.outcome = 'ok' AND kind = 'page'"
            ).fetchall()
        return {"/" + url.split("/", 3)[3] for (url,) in found}

    def archived(self) -> list[str]:
        """The pages that can be read from the archive."""
        items = (i for file in archive_files(Home(self.home).archive) for i in read_file(file))
        kept = [i for i in items if isinstance(i, Capture) and i.kind == "page"]
        return ["/" + item.url.split("/", 3)[3] for item in kept if item.status == 200]

    def crawl(self, shell: str = "") -> int:
        return tocsin(self.home, "crawl", "--json", shell=shell).code

    def build(self, shell: str = "") -> int:
        return tocsin(self.home, "build", shell=shell).code


@contextmanager
def press(
    folder: Path, scripts: dict[str, Script] | None = None, **config: object
) -> Iterator[Press]:
    """A small local press: a feed of bulky pages."""
    pages = {path: reply(article(path[1:], after=f"<!--{noise(BULKY)}-->")) for path in PATHS}
    usual = {"/robots.txt": ALLOW_ALL, "/feed": reply(feed_of(PATHS), kind="text/xml")}
    with serving([Site("press", {**usual, **pages, **(scripts or {})})]) as server:
        home = folder / "home"
        named = {"id": "press", "name": "Press", "homepage": server.base("press") + "/"}
        write_home(home, [{**LENIENT, **named, "feeds": ["/feed"]}], **config)
        yield Press(home, server)


def is_whole(paper: Press) -> None:
    """Another run finishes the work: every page is fetched, and none twice but what was lost."""
    acknowledged = paper.acknowledged()
    before = len(paper.asked)
    assert paper.crawl() == 0
    assert paper.acknowledged() == set(PATHS)
    assert not acknowledged & set(paper.asked[before:]), "asked again although acknowledged"
    assert acknowledged <= set(paper.archived()), "acknowledged, and lost"
    assert set(paper.archived()) == set(PATHS)


# ---- disks ---------------------------------------------------------------------------------


def full_while_crawling(folder: Path) -> None:
    """Case 95: no file may grow any more; the run ends with 4, and what it told is true."""
    with press(folder) as paper:
        assert paper.crawl(shell="ulimit -f 400") == 4
        is_whole(paper)


def full_while_building(folder: Path) -> None:
    """Case 95: no database rather than half a one."""
    with press(folder) as paper:
        assert paper.crawl() == 0
        assert paper.build(shell="ulimit -f 100") == 4
        assert not Home(paper.home).database.exists()
        assert paper.build() == 0
        assert tocsin(paper.home, "export", shell="ulimit -f 8").code == 4
        assert tocsin(paper.home, "export").code == 0


def nearly_full(folder: Path) -> None:
    """Case 96: a run does not begin on a disk with less than 2 GB."""
    with press(folder) as paper:
        inside = folder / "small"
        inside.mkdir()
        script = (
            f"mount -t tmpfs -o size=900m tmpfs {inside} && cp -r {paper.home}/. {inside}"
            f' && exec "$@"'
        )
        done = in_namespace(script, inside, "crawl", "--json")
        assert done.returncode == 4
        assert "GB" in done.stderr
        assert str(inside) in done.stderr
        assert paper.server.connections["press"] == 0


def in_namespace(script: str, home: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """The command line where it sees a small disk; needs the right to mount."""
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        pytest.skip("no right to make a small disk")
    command = ["unshare", "-m", "sh", "-c", script, "sh"]
    command += [sys.executable, "-m", "tocsin", "--home", str(home), *words]
    return subprocess.run(command, cwd="/", capture_output=True, text=True, timeout=60, check=False)


# ---- the end of a process --------------------------------------------------------------------


def killed_at(pages: int) -> Callable[[Path], None]:
    """Case 97: kill -9 after so many pages were asked for."""

    def trial(folder: Path) -> None:
        with press(folder) as paper:
            with started(paper.home, "crawl") as run:
                paper.until("", pages)
                run.kill()
            is_whole(paper)
            assert paper.build() == 0
            with duckdb.connect(str(Home(paper.home).database), read_only=True) as con:
                counts = con.execute(
                    "SELECT count(*), count(DISTINCT page) FROM article"
                ).fetchall()
            assert counts == [(PAGES, PAGES)]

    return trial


def two_at_once(folder: Path) -> None:
    """Case 98: the second run leaves at once, and changes nothing."""
    with (
        press(folder, {"/p0": raw(then="hang")}, timeout_seconds=60) as paper,
        started(paper.home, "crawl"),
    ):
        paper.until("/p0")
        before = set(contents(paper.home))
        second = tocsin(paper.home, "crawl")
        assert second.code == 75
        assert second.seconds < QUICK
        assert set(contents(paper.home)) == before


def contents(home: Path) -> dict[str, int]:
    return {str(path): path.stat().st_size for path in home.rglob("*") if path.is_file()}


def stale_lock(folder: Path) -> None:
    """Case 99: what a dead process left in the lock's file is nothing."""
    with press(folder) as paper:
        (paper.home / "data" / "run.lock").write_text("999999\n")
        assert paper.crawl() == 0
        assert paper.acknowledged() == set(PATHS)


def told_to_stop(number: signal.Signals) -> Callable[[Path], None]:
    """Case 108: the run ends soon, and says by what."""

    def trial(folder: Path) -> None:
        with press(folder, {"/p0": raw(then="hang")}, timeout_seconds=60) as paper:
            with started(paper.home, "crawl", "--json") as run:
                paper.until("/p0")
                run.send_signal(number)
                done = ended(run, patience=60)
            assert done.code == 128 + number
            assert done.seconds < QUICK
            assert done.report["stopped"]
            with closing(sqlite3.connect(paper.home / "data" / "frontier.sqlite")) as db:
                sql = "SELECT count(*) FROM attempt WHERE outcome IS NULL"
                assert db.execute(sql).fetchone() == (0,)
            assert paper.acknowledged() <= set(paper.archived())

    return trial


# ---- clocks --------------------------------------------------------------------------------

TIMES = {
    "page": ("due_at", "found_at", "captured_at", "fetched_at"),
    "attempt": ("opened_at", "closed_at"),
    "run": ("started_at", "finished_at"),
    "rules": ("fetched_at",),
}


def clock_off_by(years: int) -> Callable[[Path], None]:
    """Case 100: an earlier run had a clock that was wrong by a year; this one has a right one."""

    def trial(folder: Path) -> None:
        with press(folder) as paper:
            assert paper.crawl() == 0
            move_times(paper.home / "data" / "frontier.sqlite", years)
            feeds = paper.server.targets("press").count("/feed")
            assert paper.crawl() == 0
            assert paper.server.targets("press").count("/feed") == feeds + 1
            ids = {path.name.partition("-")[0] for path in archive_files(Home(paper.home).archive)}
            assert len(ids) == 2
            assert set(paper.archived()) == set(PATHS)

    return trial


def move_times(frontier: Path, years: int) -> None:
    with closing(sqlite3.connect(frontier)) as db, db:
        for table, columns in TIMES.items():
            for name in columns:
                later = f"(CAST(substr({name}, 1, 4) AS INTEGER) + {years}) || substr({name}, 5)"
                db.execute(f"UPDATE {table} SET {name} = {later} WHERE {name} > ''")


# ---- damage --------------------------------------------------------------------------------


def torn_tail(folder: Path) -> None:
    """Case 101: the whole records of a torn file are kept; the next run writes another file."""
    with press(folder) as paper:
        assert paper.crawl() == 0
        (file,) = archive_files(Home(paper.home).archive)
        torn = file.rename(f"{file}.open")
        with torn.open("r+b") as tail:
            tail.truncate(torn.stat().st_size - 2_000)
        size = torn.stat().st_size
        assert paper.crawl() == 0
        assert file.stat().st_size <= size
        assert len(archive_files(Home(paper.home).archive)) == 2
        assert len(paper.archived()) >= PAGES - 1
        logs = "".join(path.read_text() for path in Home(paper.home).logs.glob("*.jsonl"))
        assert file.name in logs, "not reported"


def flipped_bit(folder: Path) -> None:
    """Case 102: of a damaged file all records are read but the damaged one."""
    with press(folder) as paper:
        assert paper.crawl() == 0
        (file,) = archive_files(Home(paper.home).archive)
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes(data)
        assert paper.build() in (0, 3)
        with duckdb.connect(str(Home(paper.home).database), read_only=True) as con:
            (count,) = con.execute("SELECT count(*) FROM article").fetchall()
        assert count[0] >= PAGES - 1


def lost_database(folder: Path) -> None:
    """Case 103: absent, garbage, cut in half: the next build makes the same tables."""
    with press(folder) as paper:
        assert paper.crawl() == 0
        assert paper.build() == 0
        home = Home(paper.home)
        before = rows(home)
        for harm in (Path.unlink, garble, halve):
            harm(home.database)
            assert paper.build() == 0
            assert rows(home) == before
        shutil.rmtree(home.build)
        home.database.unlink()
        assert paper.build() == 0
        assert rows(home) == before


def garble(path: Path) -> None:
    path.write_bytes(b"garbage" * 999)


def halve(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def reader_and_writer(folder: Path) -> None:
    """Case 104: a reader keeps the last snapshot, and disturbs nobody."""
    with press(folder) as paper:
        assert paper.crawl() == 0
        assert paper.build() == 0
        database = Home(paper.home).database
        shutil.rmtree(Home(paper.home).build)
        with duckdb.connect(str(database), read_only=True) as con:
            database.unlink()
            assert paper.build() == 0
            assert con.execute("SELECT count(*) FROM article").fetchall() == [(PAGES,)]
        assert tocsin(paper.home, "query", "SELECT 1").code == 0


def in_the_way(name: str) -> Callable[[Path], None]:
    """Case 105: something stands where the store should be; the path is named, nothing fetched."""

    def trial(folder: Path) -> None:
        with press(folder) as paper:
            obstacle = paper.home / "data" / name
            obstacle.mkdir() if "." in name else obstacle.write_text("in the way")
            done = tocsin(paper.home, "crawl")
            assert done.code == 4, done.log
            assert str(obstacle) in done.log
            assert "Traceback" not in done.log
            assert paper.server.connections["press"] == 0

    return trial


def failing_fsync(folder: Path) -> None:
    """Case 106: what cannot be made to last is not called fetched."""
    with press(folder) as paper:
        done = tocsin(paper.home, "crawl", env={"HOSTILE_FSYNC": "1"})
        assert done.code == 4, done.log
        assert paper.acknowledged() == set()
        is_whole(paper)


def scarce(limit: str) -> Callable[[Path], None]:
    """Case 107: too few files or too little memory; whatever ends the run, the next is sound."""

    def trial(folder: Path) -> None:
        with press(folder) as paper:
            assert paper.crawl(shell=limit) in (0, 1, 3, 4)
            is_whole(paper)

    return trial


def asks_for_ages(folder: Path) -> None:
    """Case 47: a delay that would mean never is cut to two minutes, and the log says so."""
    rules = reply(b"User-agent: *\nCrawl-delay: 1000000000\n", kind="text/plain")
    with press(folder, {"/robots.txt": rules}) as paper:
        with started(paper.home, "crawl", "--json") as run:
            paper.until("/robots.txt")
            time.sleep(PAUSE)
            run.terminate()
            assert ended(run).code == 128 + signal.SIGTERM
        assert len(paper.asked) <= 1
        logs = "".join(path.read_text() for path in Home(paper.home).logs.glob("*.jsonl"))
        assert "Crawl-delay 120 s, of 1e+09 s asked" in logs


CASES = (
    Case(95, "the disk is full", trials=(full_while_crawling, full_while_building)),
    Case(96, "the disk is nearly full at the start", trials=(nearly_full,)),
    Case(97, "kill -9", trials=(killed_at(5), killed_at(55))),
    Case(98, "two runs at once", trials=(two_at_once,)),
    Case(99, "the lock of a dead process", trials=(stale_lock,)),
    Case(100, "clocks that were wrong", trials=(clock_off_by(1), clock_off_by(-1))),
    Case(101, "a torn archive file", trials=(torn_tail,)),
    Case(102, "a flipped bit in an archive file", trials=(flipped_bit,)),
    Case(103, "the database is lost or damaged", trials=(lost_database,)),
    Case(104, "a reader during a build", trials=(reader_and_writer,)),
    Case(
        105,
        "what cannot be written",
        trials=tuple(in_the_way(name) for name in ("archive", "frontier.sqlite", "logs")),
    ),
    Case(106, "fsync fails", trials=(failing_fsync,)),
    Case(
        107,
        "few files, little memory",
        trials=(scarce("ulimit -n 64"), scarce("ulimit -v 900000")),
    ),
    Case(
        108,
        "SIGTERM and SIGINT",
        trials=(told_to_stop(signal.SIGTERM), told_to_stop(signal.SIGINT)),
    ),
)
