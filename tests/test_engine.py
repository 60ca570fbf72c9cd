"""Engines: what kills a worker costs one page or one try, never a shard, whoever does the work."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from distributed import LocalCluster

from crawler.archive import archive_files
from crawler.errors import ArchiveError, StorageError, UsageError
from crawler.home import CHECKOUT, Home
from pipeline.build import build
from pipeline.cluster import cluster_at, local_cluster, perform_as, software
from pipeline.engine import Engine, Job, Run, make, pool
from pipeline.reading.rules import load_rules
from pipeline.shards import extract_shard
from tests.conftest import HULL, LEEDS, SOURCE, START, VIEWS, Tocsin, archive, minutes, rows
from tests.deadly import SECONDS, die, hang, read_all, refuse, write
from tests.hostile.html import attributes
from tests.test_demo import free_ports

ENGINES = pytest.mark.parametrize("engine", [pool, local_cluster], ids=["pool", "dask"])
pytestmark = pytest.mark.enable_socket
RULES = load_rules(Home(CHECKOUT).data)


def fates(home: Home, engine: Engine, *pages: str) -> list[str]:
    """What becomes of pages."""
    bodies = [(f"/{n}", text.encode()) for n, text in enumerate(pages)]
    archive(home, "a", *bodies)
    job = Job(home.root / "fates", read_all, tuple(archive_files(home.archive)))
    make([[job]], engine, workers=1)
    assert not job.out.with_suffix(".at").exists()
    return job.out.read_text().split("\n")


# ---- pages ---------------------------------------------------------------------------------


@ENGINES
def test_a_page_without_end_is_dropped_and_its_shard_unharmed(home: Home, engine: Engine) -> None:
    archive(home, "a", ("/1", LEEDS), ("/2", attributes(100_000)), ("/3", HULL))
    job = Job(home.root / "shard", extract_shard, (*archive_files(home.archive), RULES, SECONDS))
    make([[job]], engine, workers=1)
    dropped = pq.read_table(job.out / "dropped.parquet").to_pylist()
    assert [(row["reason"], row["detail"]) for row in dropped] == [
        ("parse_failed", "over 1 s of CPU")
    ]
    urls = pq.read_table(job.out / "article.parquet")["url"].to_pylist()
    assert urls == ["https://echo.example/1", "https://echo.example/3"]
    assert [path for path in home.root.iterdir() if path.name.startswith("shard")] == [job.out]


@ENGINES
def test_each_way_to_kill_a_reader_is_told_apart(home: Home, engine: Engine) -> None:
    assert fates(home, engine, "news", "crash", "spin", "out of memory", "deep", "news") == [
        "read",
        "the parser crashed: signal 11",
        "over 1 s of CPU",
        "the parser crashed: signal 9",
        "the parser failed: RecursionError",
        "read",
    ]


@ENGINES
def test_a_page_whose_reader_somebody_killed_is_read_again(home: Home, engine: Engine) -> None:
    mark = home.root / "mark"
    assert fates(home, engine, "news", f"killed once {mark}", "news") == ["read"] * 3
    assert mark.exists()


def test_ten_deadly_pages_take_two_rounds(home: Home) -> None:
    rounds: list[int] = []

    @contextmanager
    def counted(workers: int) -> Iterator[Run]:
        with pool(workers) as run:

            def once(jobs: Sequence[Job]) -> list[Job]:
                rounds.append(len(jobs))
                return run(jobs)

            yield once

    found = fates(home, counted, *["news", "crash"] * 10)
    assert found == ["read", "the parser crashed: signal 11"] * 10
    assert rounds == [1, 1]


# ---- workers -------------------------------------------------------------------------------


def shards(home: Home) -> list[Path]:
    """The archive of a busy day: six files of forty pages."""
    for name in "abcdef":
        pages = [(f"/{name}{n}", LEEDS.replace(b"30", str(n).encode())) for n in range(40)]
        archive(home, name, *pages, start=minutes(START)[60 * ord(name) % 900])
    return archive_files(home.archive)


@contextmanager
def killing_a_reader(home: Home) -> Iterator[list[int]]:
    """Kill -9 the first process that is seen reading a shard's pages; gives its id."""
    killed: list[int] = []
    over = threading.Event()

    def watch() -> None:
        while not killed and not over.is_set():
            for link in Path("/proc").glob("[0-9]*/fd/*"):
                with suppress(OSError):
                    if str(link.readlink()).startswith(f"{home.build}/shards/"):
                        killed.append(int(link.parts[2]))
                        os.kill(killed[0], signal.SIGKILL)
                        return

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield killed
    finally:
        over.set()
        thread.join()


@ENGINES
def test_a_build_one_of_whose_workers_is_killed_gives_the_rows_of_any_other(
    home: Home, engine: Engine
) -> None:
    shards(home)
    with killing_a_reader(home) as killed:
        first = build(home, [SOURCE], VIEWS, workers=2, engine=engine)
    assert killed
    assert first.extracted == len(list((home.build / "shards").iterdir())) == 6
    after_a_kill = rows(home)
    for path in (home.build, home.database):
        path.rename(path.with_suffix(".first"))
    build(home, [SOURCE], VIEWS, workers=2)
    assert rows(home) == after_a_kill
    assert len(after_a_kill["capture"]) == 240


@ENGINES
def test_jobs_whose_workers_die_are_done_by_others(tmp_path: Path, engine: Engine) -> None:
    deadly = [Job(tmp_path / f"{n}.out", die, (n, n)) for n in range(3)]
    plain = [Job(tmp_path / f"{n}.out", write, (n,)) for n in range(3, 9)]
    assert make([deadly, plain], engine, workers=2) == [3, 6]
    assert all(job.out.exists() for job in [*deadly, *plain])


def test_it_goes_on_for_as_long_as_a_round_makes_something(tmp_path: Path) -> None:
    jobs = [Job(tmp_path / f"{n}.out", die, (n, n)) for n in range(5)]
    assert make([jobs], pool, workers=2) == [5]


def test_what_kills_every_worker_is_named_in_the_end(tmp_path: Path) -> None:
    jobs = [Job(tmp_path / "1.out", write, (1,)), Job(tmp_path / "2.out", die, (2, 99))]
    with pytest.raises(StorageError, match=r"/2\.out: not made: its worker died 3 times"):
        make([jobs], pool, workers=2)
    assert jobs[0].out.exists()


@ENGINES
@pytest.mark.parametrize(
    ("raised", "words", "kind"),
    [
        (ArchiveError, ("a.warc.gz", "record 3", "cut short"), ArchiveError),
        (OSError, ("no space left",), StorageError),
        (KeyError, ("our bug",), KeyError),
    ],
)
def test_what_a_job_raises_comes_up(
    tmp_path: Path,
    engine: Engine,
    raised: type[Exception],
    words: tuple[str],
    kind: type[Exception],
) -> None:
    with pytest.raises(kind, match=words[-1]):
        make([[Job(tmp_path / "out", refuse, (0, raised, *words))]], engine, workers=1)


# ---- the front door ------------------------------------------------------------------------


DASK = ("build", "--engine", "dask")


def session(leader: int) -> list[int]:
    """The processes of a session that are not dead."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, _, its_session = stat.read_text().rpartition(")")[2].split()[:4]
            if int(its_session) == leader and state != "Z":
                found.append(int(stat.parent.name))
    return found


def wait_until(true: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize("words", [("build",), DASK], ids=["pool", "dask"])
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_stopped_build_leaves_no_process(
    home: Home, words: Sequence[str], sent: signal.Signals, code: int
) -> None:
    archive(home, "a", ("/1", LEEDS), ("/2", attributes(200_000)))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's "&" has it ignored
    with running(sys.executable, "-m", "tocsin", "--home", str(home.root), *words) as run:
        wait_until(lambda: any((home.build / "shards").glob("*.at")), 60)
        run.send_signal(sent)
        assert run.wait(timeout=10) == code
        wait_until(lambda: not session(run.pid), 5)


def test_a_build_by_the_workers_of_a_scheduler(home: Home, tocsin: Tocsin) -> None:
    archive(home, "a", ("/1", LEEDS), source="pink-tape")  # one of the registry
    with LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0"
    ) as cluster:
        done = tocsin(*DASK, "--scheduler", cluster.scheduler_address)
    assert done.returncode == 0, done.stderr
    assert len(rows(home)["article"]) == 1


def test_a_scheduler_that_is_lost_ends_the_build(tmp_path: Path) -> None:
    address = f"tcp://127.0.0.1:{free_ports(1)}"
    dask = [sys.executable, "-m", "dask"]
    quiet = ["--host", "127.0.0.1", "--no-dashboard"]
    job = Job(tmp_path / "out", hang, (1,))
    with (
        running(*dask, "scheduler", *quiet, "--port", address.rpartition(":")[2]) as scheduler,
        running(*dask, "worker", *quiet, "--nthreads", "1", address),
        ThreadPoolExecutor() as threads,
    ):
        engine = partial(cluster_at, address)
        build = threads.submit(make, [[job]], engine, 1)
        wait_until(job.out.with_suffix(".begun").exists, 30)
        scheduler.kill()
        with pytest.raises(StorageError, match="lost"):
            build.result()


@contextmanager
def running(*command: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A process of its own session, which is killed whole at the end."""
    with subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def test_workers_of_many_threads_are_refused(home: Home) -> None:
    archive(home, "a", ("/1", LEEDS))
    with (
        LocalCluster(n_workers=1, threads_per_worker=2, dashboard_address="127.0.0.1:0") as cluster,
        pytest.raises(UsageError, match="--nthreads 1"),
    ):
        build(home, [SOURCE], VIEWS, engine=partial(cluster_at, cluster.scheduler_address))


def test_a_worker_with_other_code_is_refused(tmp_path: Path) -> None:
    job = Job(tmp_path / "out", write, (1,))
    failure = perform_as("other code", job)
    assert failure and failure.kind is UsageError
    assert not job.out.exists()
    assert perform_as(software(), job) is None
    assert job.out.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((*DASK, "--scheduler", "tcp://127.0.0.1:9"), "--scheduler tcp://127.0.0.1:9: Timed out"),
        ((*DASK, "--scheduler", "nowhere"), "--scheduler nowhere: missing port number"),
        (("build", "--scheduler", "tcp://127.0.0.1:9"), "--scheduler needs --engine dask"),
    ],
)
def test_a_scheduler_that_cannot_be_had_is_one_clear_line(
    home: Home, tocsin: Tocsin, words: Sequence[str], said: str
) -> None:
    archive(home, "a", ("/1", LEEDS))
    done = tocsin(*words)
    assert done.returncode == 2
    assert done.stderr.startswith(f"tocsin: {said}")
    assert done.stderr.count("\n") == 1


def test_without_the_extra_one_line_says_how_to_get_it(
    home: Home, tocsin: Tocsin, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("dask", "distributed"):
        (home.root / f"{name}.py").write_text("raise ModuleNotFoundError(name=__name__)")
    monkeypatch.setenv("PYTHONPATH", str(home.root))
    done = tocsin(*DASK)
    assert done.returncode == 2
    assert done.stderr == ("tocsin: --engine dask needs the extra: pip install 'tocsin[cluster]'\n")
