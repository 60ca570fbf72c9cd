"""What the person with the cron job lives with: locks, signals, exit codes, status, schedules."""

import csv
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.errors import UsageError
from crawler.frontier import Frontier
from crawler.home import Home
from crawler.log import masked_text
from crawler.order import checked_day, read_urls
from crawler.schedule import schedule
from crawler.status import Status, status
from tests.conftest import LEEDS, SOURCE, Tocsin
from tests.web import Web, serve_web

NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
ENTRY = """
publisher = "Tests"
[[source]]
id            = "{id}"
name          = "Echo"
kind          = "feed"
medium        = "local-newspaper"
homepage      = "{home}/"
feeds         = ["/rss"]
loopback      = true
delay_seconds = {delay}
poll_hours    = [0, 0]
revisit_hours = [0, 0]
"""


@pytest.fixture
def web() -> Iterator[Web]:
    with serve_web() as served:
        yield served


def register(home: Home, web: Web, delay: float = 0, name: str = "echo") -> None:
    """Give a home a registry of its own with this one source."""
    folder = home.root / "data" / "sources"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.toml").write_text(ENTRY.format(id=name, home=web.home, delay=delay))


def start(home: Home, *words: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tocsin", "--home", str(home.root), *words]
    return subprocess.Popen(
        command, cwd="/", text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def state(home: Home, **told: Any) -> Status:
    return status(home, [SOURCE], told.pop("now", NOW), told.pop("max_age_hours", 26.0))


# ---- signals and locks ---------------------------------------------------------------------


@pytest.mark.enable_socket
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)], ids=["TERM", "INT"]
)
def test_a_run_that_is_told_to_stop_does_so_in_ten_seconds_with_its_books_closed(
    number: int, code: int, home: Home, web: Web
) -> None:
    asked = threading.Event()

    def stall() -> tuple[int, dict[str, str], bytes]:
        asked.set()
        time.sleep(20)
        return 200, {}, b""

    web.feed("/rss", *(f"/{n}" for n in range(30)))
    web.pages |= {f"/{n}": stall for n in range(30)}
    register(home, web)
    with start(home, "crawl", "--json") as running:
        assert asked.wait(30)
        told = time.monotonic()
        running.send_signal(number)
        assert running.wait(timeout=30) == code
        assert time.monotonic() - told < 10
        assert running.stdout
        assert json.loads(running.stdout.read())["stopped"] is True
    with closing(Frontier(home.frontier)) as frontier:
        (run,) = frontier.runs(9)
        ends = {end for *_, end, _, _ in frontier.attempts(run["id"])}
        assert run["exit_code"] == code
    assert ends <= {"ok", "deferred"}
    assert list(home.archive.glob("*.open")) == []


@pytest.mark.enable_socket
@pytest.mark.parametrize("known", [True, False])
def test_a_run_that_waits_for_a_long_delay_stops_as_fast(home: Home, web: Web, known: bool) -> None:
    """After a feed; and, where the host's rules are not known yet, after robots.txt."""
    web.feed("/rss", "/a", "/b")
    web.put("/a", LEEDS)
    if known:
        register(home, web)
        with start(home, "crawl", "--limit", "1") as earlier:
            assert earlier.wait(timeout=60) == 0
    register(home, web, delay=60)
    asked, first = len(web.asked), "/rss" if known else "/robots.txt"
    with start(home, "crawl") as running:
        while first not in web.asked[asked:] and running.poll() is None:
            time.sleep(0.05)
        time.sleep(0.5)
        told = time.monotonic()
        running.terminate()
        assert running.wait(timeout=30) == 143
        assert time.monotonic() - told < 10
    assert web.asked[asked:] == [first]


@pytest.mark.enable_socket
def test_of_many_runs_at_once_one_works_and_the_others_leave_at_once(home: Home, web: Web) -> None:
    release = threading.Event()

    def wait() -> tuple[int, dict[str, str], bytes]:
        release.wait(60)
        return 200, {}, LEEDS

    web.feed("/rss", "/a")
    web.pages["/a"] = wait
    register(home, web)
    with start(home, "crawl") as first:
        while web.count("/a") == 0:
            assert first.poll() is None
            time.sleep(0.05)
        others = [start(home, "run") for _ in range(5)]
        codes = [other.wait(timeout=60) for other in others]
        for other in others:
            other.communicate()
        release.set()
        assert first.wait(timeout=60) == 0
    assert codes == [75] * 5
    assert web.count("/a") == 1


# ---- exit codes ----------------------------------------------------------------------------


@pytest.mark.enable_socket
def test_a_source_that_cannot_be_read_is_exit_3_and_the_others_are_kept(
    home: Home, web: Web, tocsin: Tocsin
) -> None:
    web.feed("/rss", "/a")
    web.put("/a", LEEDS)
    register(home, web)
    with serve_web() as dead:
        register(home, dead, name="dead")
    done = tocsin("crawl", "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 3
    assert report["silent_sources"] == ["dead"]
    assert report["ok"] == 2


@pytest.mark.enable_socket
@pytest.mark.parametrize("where", ["archive", "frontier.sqlite"])
def test_what_cannot_be_written_is_exit_4_that_names_it(
    where: str, home: Home, tocsin: Tocsin
) -> None:
    with serve_web() as web:
        web.feed("/rss", "/a")
        register(home, web)
        if where == "archive":
            home.archive.write_text("a file stands where the folder should be")
        else:
            home.frontier.mkdir()
        done = tocsin("crawl")
        assert done.returncode == 4
        assert where in done.stderr
        assert done.stderr.count("\n") == 1
        assert where == "archive" or web.asked == []


@pytest.mark.enable_socket
def test_a_disk_that_fills_up_ends_the_run_with_exit_4_and_the_next_goes_on(
    home: Home, web: Web, tocsin: Tocsin
) -> None:
    paths = [f"/{n}" for n in range(60)]
    web.feed("/rss", *paths)
    for number, path in enumerate(paths):
        web.put(path, LEEDS.replace(b"30", f"{number} {web.home}".encode() * 40))
    register(home, web)
    limited = (
        "import resource, sys, tocsin;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (90_000, 90_000));"
        "sys.argv[1:] = ['--home', sys.argv[1], 'crawl'];"
        "tocsin.main()"
    )
    command = [sys.executable, "-c", limited, str(home.root)]
    full = subprocess.run(command, cwd="/", capture_output=True, text=True, timeout=60)
    assert full.returncode == 4, full.stderr
    assert full.stderr.count("\n") == 1
    assert tocsin("crawl").returncode == 0
    assert tocsin("build").returncode == 0
    done = tocsin("query", "--csv", "SELECT count(DISTINCT url) AS n FROM article")
    assert done.stdout.splitlines()[1] == "60"


# ---- status, schedule, health --------------------------------------------------------------


def test_before_the_first_run_status_says_so_and_fails(tocsin: Tocsin) -> None:
    done = tocsin("status")
    assert done.returncode == 3
    assert "no good run yet" in done.stdout


def finish(home: Home, code: int, hours_ago: float) -> None:
    with closing(Frontier(home.frontier)) as frontier:
        moment = NOW - timedelta(hours=hours_ago)
        frontier.start_run(moment.isoformat(), moment)
        frontier.finish_run(moment.isoformat(), moment, code, {"ok": 7})


@pytest.mark.parametrize(
    ("code", "hours_ago", "good"), [(0, 1, True), (3, 1, True), (0, 27, False), (4, 1, False)]
)
def test_status_is_good_while_the_last_good_run_is_young(
    code: int, hours_ago: float, good: bool, home: Home
) -> None:
    finish(home, code, hours_ago)
    assert state(home).good is good


@pytest.mark.enable_socket
def test_status_names_what_is_wrong_with_whom(home: Home, web: Web, tocsin: Tocsin) -> None:
    web.feed("/rss", "/a")
    web.put("/a", "<p>no</p>", 403)
    register(home, web)
    with serve_web() as dead:
        register(home, dead, name="dead")
    for _ in range(3):
        with closing(Frontier(home.frontier)) as frontier:
            frontier._db.execute("UPDATE page SET due_at = '2026' WHERE source_id = 'dead'")
        tocsin("crawl")
    done = tocsin("status", "--json")
    told = json.loads(done.stdout)
    found = {(trouble["who"], trouble["what"]) for trouble in told["troubles"]}
    site = web.home.removeprefix("http://")
    assert found == {("dead", "failing"), (site, "paused")}
    assert len(told["runs"]) == 3
    assert done.returncode == 0
    assert "nothing more" not in tocsin("status").stderr


def test_the_schedule_can_be_pasted_as_it_is(tmp_path: Path) -> None:
    home = Home(tmp_path / "a home with 100% spaces")
    text = schedule(home, 17)
    (line,) = [line for line in text.splitlines() if line.startswith("17 * * * *")]
    assert r"100\%" in line
    assert "'--home'" not in line
    unit = next(line for line in text.splitlines() if line.startswith("ExecStart="))
    assert f'--home "{str(home.root).replace("%", "%%")}" run --json' in unit


@pytest.mark.enable_socket
def test_sources_check_visits_each_document_once_and_writes_how_it_is(
    home: Home, web: Web, tocsin: Tocsin
) -> None:
    date = "<pubDate>Mon, 23 Nov 2026 07:00:00 GMT</pubDate>"
    web.feed("/rss", "/a", "/b", extra=date)
    register(home, web)
    with serve_web() as dead:
        register(home, dead, name="dead")
    for _ in range(2):
        done = tocsin("sources", "check")
        assert done.returncode == 3
    (path,) = (home.root / "data" / "health").iterdir()
    with path.open(encoding="utf-8", newline="") as file:
        rows = {row["source_id"]: row for row in csv.DictReader(file)}
    assert (rows["echo"]["outcome"], rows["echo"]["links"]) == ("unchanged", "")
    assert rows["dead"]["outcome"] == "robots_unreachable"
    assert web.count("/rss") == 2
    assert web.count("/a") == 0


# ---- orders --------------------------------------------------------------------------------


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", "24/11/2026", ""])
def test_a_day_that_is_none_is_refused(day: str) -> None:
    with pytest.raises(UsageError, match="write it as"):
        checked_day(day, NOW)


def test_a_day_in_the_future_is_refused() -> None:
    with pytest.raises(UsageError, match="future"):
        checked_day("2026-11-25", NOW)


def test_urls_belong_to_the_source_whose_hosts_they_are_on(tmp_path: Path) -> None:
    path = tmp_path / "urls.txt"
    path.write_text("# mine\n\nhttps://www.echo.example/a?utm_source=x\n")
    assert read_urls(path, [SOURCE]) == (("echo", "https://www.echo.example/a"),)


@pytest.mark.parametrize(
    "line", ["https://stranger.example/a", "echo.example/a", "ftp://echo.example/"]
)
def test_a_url_of_nobody_is_refused_with_its_line(line: str, tmp_path: Path) -> None:
    path = tmp_path / "urls.txt"
    path.write_text(f"# mine\n{line}\n")
    with pytest.raises(UsageError, match=r"urls.txt: line 2: .*of no source"):
        read_urls(path, [SOURCE])


@pytest.mark.enable_socket
def test_a_dry_run_says_what_is_due_and_changes_nothing(
    home: Home, web: Web, tocsin: Tocsin
) -> None:
    register(home, web)
    done = tocsin("crawl", "--dry-run", "--since", "2026-01-01", "--json")
    assert json.loads(done.stdout) == [
        {"source": "echo", "kind": "feed", "due": 1},
        {"source": "echo", "kind": "robots", "due": 1},
    ]
    assert web.asked == []
    assert not home.archive.exists()
    with closing(Frontier(home.frontier)) as frontier:
        assert frontier.sites() == []


# ---- the log -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("GET https://me:secret@echo.example/a", "GET https://***@echo.example/a"),
        ("write to jo.bloggs+news@echo.example now", "write to <e-mail> now"),
        ("ring 0121 496 0000 or +44 121 496 0000", "ring <phone> or <phone>"),
        ("https://echo.example/news/12345678901", "https://echo.example/news/12345678901"),
        ("20261124T054131000000Z", "20261124T054131000000Z"),
    ],
)
def test_a_log_says_nobodys_address(text: str, masked: str) -> None:
    assert masked_text(text) == masked
