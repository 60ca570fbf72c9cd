"""The engine for a Dask cluster; the only file that knows Dask, which is an extra.

The jobs and their outputs are those of the pool, so archive, data files and build folder must be
on a file system that all workers share (docs/cluster.md).
"""

import logging
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from functools import cache, partial
from importlib.metadata import version
from typing import Any

import dask
from distributed import Client, KilledWorker, LocalCluster

from crawler.errors import StorageError, UsageError
from crawler.home import CHECKOUT
from pipeline.engine import Failure, Job, Run, lost_jobs, perform
from pipeline.shards import LIBRARIES, fingerprint

PATIENCE = "5s"  # for a scheduler to answer
LONELY_SECONDS = 20.0  # without any worker; a nanny replaces one in about two
TICK = 0.1  # seconds
# No pages for browsers; their servers themselves cannot be left out.
SILENT: dict[str, list[str]] = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}


@contextmanager
def local_cluster(workers: int) -> Iterator[Run]:
    """Workers of this machine; others on it are kept out by TLS with keys of this run."""
    yield partial(_local_round, workers)


@contextmanager
def cluster_at(scheduler: str, _: int) -> Iterator[Run]:
    """The workers that a scheduler has, however many.

    Raises:
        UsageError: it does not answer, or its workers have more than one thread.
        StorageError: it is lost.
    """
    try:
        client = Client(scheduler, timeout=PATIENCE)
    except (OSError, ValueError) as error:
        raise UsageError(f"--scheduler {scheduler}: {error}") from error
    with client:
        if max(client.nthreads().values(), default=1) > 1:
            raise UsageError(f"--scheduler {scheduler}: start its workers with --nthreads 1")
        yield partial(_remote_round, client, scheduler)


def _local_round(workers: int, jobs: Sequence[Job]) -> list[Job]:
    """One cluster, and one try at each job (Dask makes up to four of it)."""
    with (
        dask.config.set(SILENT),
        LocalCluster(
            n_workers=min(workers, len(jobs)),
            threads_per_worker=1,  # the limit on a page's CPU is one of the process
            host="127.0.0.1",
            security=True,
            dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": False},
            silence_logs=logging.ERROR,
        ) as cluster,
        Client(cluster) as client,
    ):
        return _round(client, perform, jobs, lambda: bool(cluster.scheduler.workers))


def _remote_round(client: Client, scheduler: str, jobs: Sequence[Job]) -> list[Job]:
    """One try at each job; workers may come and go meanwhile, and there may be none at first."""
    as_here = partial(perform_as, software())
    lost = _round(client, as_here, jobs, lambda: client.status != "closed")
    if client.status == "closed":
        raise StorageError(f"--scheduler {scheduler}: lost; what was made stays")
    return lost


def _round(
    client: Client,
    do: Callable[[Job], Failure | None],
    jobs: Sequence[Job],
    tended: Callable[[], bool],
) -> list[Job]:
    """Have jobs done, for as long as there is somebody to do them; returns what was lost.

    A future may wait for ever where its client has lost the scheduler, or a worker that died as
    it began was not replaced.
    """
    futures: list[Any] = client.map(do, jobs, pure=False)
    alone = 0.0
    while alone < LONELY_SECONDS and not all(future.done() for future in futures):
        alone = 0.0 if tended() else alone + TICK
        time.sleep(TICK)
    told = [(job, future) for job, future in zip(jobs, futures, strict=True) if future.done()]
    lost = lost_jobs(told, (KilledWorker, CancelledError))
    return lost + [job for job, future in zip(jobs, futures, strict=True) if not future.done()]


def perform_as(wanted: str, job: Job) -> Failure | None:
    """Do a job as the software would that asks for it: an output's name says what made it."""
    if software() != wanted:
        return Failure(UsageError, f"{platform.node()}: a worker with other code or libraries")
    return perform(job)


@cache
def software() -> str:
    """The fingerprint of the code and the libraries here that outputs depend on."""
    rooms = (CHECKOUT / "crawler", CHECKOUT / "pipeline")
    code = sorted(path for room in rooms for path in room.rglob("*.py"))
    return fingerprint(*code, *map(version, (*LIBRARIES, "pyarrow")))
