"""What a case is, and the crawl that meets all of them: a real process on hostile sites."""

import ast
import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from crawler.archive import Capture, archive_files, read_file
from tests.hostile.certificates import authority_pem
from tests.hostile.scripts import feed_of, good, reply
from tests.hostile.server import HostileServer, Script, Site, serving

RETRIES = 2  # in a run, after the first try
TIMEOUT_SECONDS = 3  # of a request, in the crawl of the catalogue
PATIENCE = 150  # seconds for a whole crawl; then it hangs, and is killed
ALLOW_ALL = reply(b"User-agent: *\nDisallow:\n", kind="text/plain")
SPY = Path(__file__).with_name("spy")
SECRET = "the-contents-of-a-file-of-this-machine"
NEIGHBOUR = "neighbour"  # the well-behaved site of every run


@dataclass(frozen=True, slots=True)
class Hostile:
    """One site of the crawl: its scripts, its registry entry, and how each of its URLs must end."""

    id: str
    # Listed by its feed: the script and the outcome of each; "" where a check says more of it.
    pages: Mapping[str, tuple[Script, str]] = field(default_factory=dict)
    scripts: Mapping[str, Script] = field(default_factory=dict)  # of all else, and of its feed
    ends: Mapping[str, str] = field(default_factory=dict)  # outcomes of other URLs, as /feed
    entry: Mapping[str, object] = field(default_factory=dict)  # keys of its registry entry
    again: Mapping[str, str] = field(default_factory=dict)  # outcomes of the second crawl
    site: Mapping[str, Any] = field(default_factory=dict)  # of server.Site: tls, host, otherwise

    def served(self) -> Site:
        """The site as the server needs it."""
        own = {path: script for path, (script, _) in self.pages.items()}
        usual = {"/robots.txt": ALLOW_ALL, "/feed": reply(feed_of(self.pages), kind="text/xml")}
        return Site(self.id, {**usual, **own, **self.scripts}, **self.site)

    def expected(self) -> dict[str, str]:
        """The outcome of each URL in the first crawl."""
        polled = not self.listens_only and self.entry.get("feeds") != []
        feed = {"/feed": "ok"} if polled else {}
        pages = {path: outcome for path, (_, outcome) in self.pages.items()}
        return {url: end for url, end in {**feed, **pages, **self.ends}.items() if end}

    @property
    def listens_only(self) -> bool:
        """Whether it is no source, only an address that others point to."""
        return self.entry.get("status") == "none"


def bystander(name: str, scripts: Mapping[str, Script] | None = None, **site: Any) -> Hostile:
    """A site that is no source of its own."""
    return Hostile(name, scripts=scripts or {}, entry={"status": "none"}, site=site)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of the frontier's, with its page's address."""

    run_id: str
    url: str
    outcome: str
    detail: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the command line, as its caller sees it."""

    code: int
    out: str
    log: str
    seconds: float
    peak: int  # bytes of memory of the largest of its processes

    @property
    def last_words(self) -> str:
        """The last line that it said on stderr."""
        return (self.log.strip().splitlines() or [""])[-1]

    @property
    def report(self) -> dict[str, Any]:
        assert self.out.startswith("{"), f"exit {self.code}: {self.last_words}"
        return dict(json.loads(self.out))


@dataclass(frozen=True, slots=True)
class Crawled:
    """The catalogue's crawls, and all that can be asked of them afterwards."""

    home: Path
    server: HostileServer
    runs: tuple[Run, ...]
    built: Run

    def attempts(self, site: str, run: int = 1) -> dict[str, list[Attempt]]:
        """The attempts of a site's URLs in one of the crawls, by path (and query)."""
        sql = (
            "SELECT run_id, url, attempt.outcome, coalesce(detail, ''),"
            " (julianday(closed_at) - julianday(opened_at)) * 86400"
            " FROM attempt JOIN page USING (identity) WHERE run_id = ? AND source_id = ?"
        )
        found: dict[str, list[Attempt]] = {}
        for row in self.frontier(sql, self.runs[run - 1].report["run"], site):
            attempt = Attempt(*row)
            path = "/" + attempt.url.split("/", 3)[3]
            found.setdefault(path, []).append(attempt)
        return found

    def detail(self, site: str, path: str, run: int = 1) -> str:
        return self.attempts(site, run)[path][0].detail

    def outcomes(self, site: str, run: int = 1) -> dict[str, list[str]]:
        """How the attempts at each of a site's URLs ended."""
        found = self.attempts(site, run)
        return {path: [one.outcome for one in attempts] for path, attempts in found.items()}

    def frontier(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of the frontier."""
        path = self.home / "data" / "frontier.sqlite"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            return db.execute(sql, values).fetchall()

    def ask(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of the database that was built of the crawls."""
        with duckdb.connect(str(self.home / "data" / "tocsin.duckdb"), read_only=True) as con:
            return con.execute(sql, list(values)).fetchall()

    def paused_until(self, site: str) -> datetime:
        """Until when nothing is asked of a site; long ago where it is not paused."""
        where = self.server.base(site).partition("//")[2]
        found = self.frontier("SELECT paused_until FROM site WHERE site = ?", where)
        return datetime.fromisoformat(found[0][0] if found else "1970-01-01T00:00:00Z")

    def rows(self, site: str) -> dict[str, dict[str, Any]]:
        """The frontier's pages of a site, by path."""
        path = self.home / "data" / "frontier.sqlite"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            db.row_factory = sqlite3.Row
            rows = db.execute("SELECT * FROM page WHERE source_id = ?", (site,)).fetchall()
        return {"/" + row["url"].split("/", 3)[3]: dict(row) for row in rows}

    def captures(self, site: str, path: str) -> list[Capture]:
        """What the archive holds of a URL."""
        files = archive_files(self.home / "data" / "archive")
        items = (item for file in files for item in read_file(file))
        url = self.server.base(site) + path
        return [item for item in items if isinstance(item, Capture) and item.url == url]

    def targets(self, site: str) -> list[str]:
        """What was asked of a site in all crawls, in order of arrival."""
        return self.server.targets(site)

    @property
    def connects(self) -> set[str]:
        """The addresses of all hosts that the crawls connected to."""
        lines = (self.home / "connects").read_text().splitlines()
        return {str(ast.literal_eval(line)[0]) for line in lines if line.startswith("(")}

    @property
    def logs(self) -> str:
        """All that was said: on stderr and stdout, and in log files."""
        files = (self.home / "data" / "logs").glob("*.jsonl")
        said = [run.log + run.out for run in self.runs]
        return "\n".join([*said, *(path.read_text("utf-8", "replace") for path in files)])


Check = Callable[[Crawled], None]
Trial = Callable[[Path], None]


@dataclass(frozen=True, slots=True)
class Case:
    """One entry of the catalogue: what is served in the crawl, and what is tried besides."""

    number: int
    title: str
    sites: tuple[Hostile, ...] = ()
    checks: tuple[Check, ...] = ()  # on the crawls
    trials: tuple[Trial, ...] = ()  # each in a folder of its own


NEIGHBOURLY = Hostile(NEIGHBOUR, {f"/n{n}": (good(f"n{n}"), "ok") for n in range(5)})


@contextmanager
def crawled(home: Path, cases: Sequence[Case], crawls: int = 2) -> Iterator[Crawled]:
    """Crawl the sites of all cases, and a good neighbour, in one home; then build its database."""
    sites = [NEIGHBOURLY, *(site for case in cases for site in case.sites)]
    with serving([site.served() for site in sites]) as server:
        server.secret = str(home / "secret")
        home.mkdir(parents=True, exist_ok=True)
        (home / "secret").write_text(SECRET)
        (home / "authority.pem").write_bytes(authority_pem())
        write_home(home, [_entry(site, server) for site in sites if not site.listens_only])
        runs = []
        for number in range(1, crawls + 1):
            server.edition = number
            trusted = {"SSL_CERT_FILE": str(home / "authority.pem")}
            runs.append(tocsin(home, "crawl", "--json", spied=True, env=trusted))
        yield Crawled(home, server, tuple(runs), tocsin(home, "build", "--json"))


def write_home(home: Path, entries: Sequence[Mapping[str, object]], **config: object) -> None:
    """A home with these sources, and the configuration of a test."""
    folder = home / "data" / "sources"
    folder.mkdir(parents=True, exist_ok=True)
    told = {"contact": "tests@example.org", "timeout_seconds": TIMEOUT_SECONDS, **config}
    (home / "tocsin.toml").write_text(toml(told))
    text = "".join(f"\n[[source]]\n{toml(entry)}" for entry in entries)
    (folder / "hostile.toml").write_text('publisher = "Tests"\n' + text)


def toml(table: Mapping[str, object]) -> str:
    """Texts, numbers, truth values and lists of them are written in TOML as in JSON."""
    return "".join(f"{key} = {json.dumps(value)}\n" for key, value in table.items())


def _entry(site: Hostile, server: HostileServer) -> dict[str, object]:
    ports = {one.name: server.port(one.name) for one in server.sites}
    usual: dict[str, object] = {"homepage": server.base(site.id) + "/", "feeds": ["/feed"]}
    told = {**usual, **LENIENT, **site.entry}
    return {"id": site.id, "name": site.id, **{k: _with_ports(v, ports) for k, v in told.items()}}


LENIENT: dict[str, object] = {
    "kind": "feed",
    "medium": "blog",
    "loopback": True,
    "delay_seconds": 0,
    "poll_hours": [0, 0],
    "revisit_hours": [720],
}


def _with_ports(value: object, ports: Mapping[str, int]) -> object:
    """A value of an entry, with "{a-name}" replaced by that site's port."""
    if isinstance(value, list):
        return [_with_ports(one, ports) for one in value]
    return value.format_map(ports) if isinstance(value, str) else value


# ---- the command line as a process -----------------------------------------------------------


def tocsin(
    home: Path,
    *words: str,
    spied: bool = False,
    shell: str = "",
    patience: float = PATIENCE,
    env: Mapping[str, str] | None = None,
) -> Run:
    """Run the command line to its end, from another folder; it is killed if it hangs."""
    with started(home, *words, spied=spied, shell=shell, env=env) as process:
        return ended(process, patience)


def ended(process: "subprocess.Popen[str]", patience: float = PATIENCE) -> Run:
    """Wait for a process to end, and watch its memory."""
    watch, begun = Watch(process.pid), time.monotonic()
    killer = threading.Timer(patience, process.kill)
    killer.start()
    out, log = process.communicate()
    killer.cancel()
    return Run(process.returncode, out, log, time.monotonic() - begun, watch.stop())


@contextmanager
def started(
    home: Path,
    *words: str,
    spied: bool = False,
    shell: str = "",
    env: Mapping[str, str] | None = None,
) -> Iterator["subprocess.Popen[str]"]:
    """The command line at work; `shell` is run before it, in the same process (ulimit …)."""
    command = [sys.executable, "-m", "tocsin", "--home", str(home), *words]
    if shell:
        command = ["/bin/sh", "-c", f'{shell}; exec "$@"', "sh", *command]
    path = os.pathsep.join(filter(None, (str(SPY), os.environ.get("PYTHONPATH"))))
    more = {"PYTHONPATH": path, **(env or {})} if spied or env else {}
    if spied:
        more["HOSTILE_CONNECTS"] = str(home / "connects")
    with subprocess.Popen(
        command,
        cwd="/",
        env={**os.environ, **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as run:
        try:
            yield run
        finally:
            run.kill()


class Watch:
    """Looks at a process and its children until stopped: the most memory that one had."""

    def __init__(self, pid: int):
        self._pid, self._peak, self._ended = pid, 0, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """End the watch; bytes of the largest process at its largest."""
        self._ended.set()
        self._thread.join()
        return self._peak

    def _look(self) -> None:
        while not self._ended.wait(0.05):
            self._peak = max([self._peak, *map(_high_water, _family(self._pid))])


def _family(pid: int) -> Iterator[int]:
    """A process and all that it started."""
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from _family(int(child))


def _high_water(pid: int) -> int:
    """The most memory that a process had so far (VmHWM), in bytes; 0 once it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    line = next((one for one in status.splitlines() if one.startswith("VmHWM")), "VmHWM: 0 kB")
    return int(line.split()[1]) * 1024
