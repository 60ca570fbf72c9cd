"""Makes files by jobs in worker processes, round by round, until none is missing.

An engine says where the workers are: `pool` has them on this machine, `pipeline.cluster` on a
Dask cluster. A job is pure and idempotent, so one that was lost with its worker is done again.
"""

import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from pebble import ProcessExpired, ProcessPool

from crawler.errors import StorageError, TocsinError

TRIES = 3  # rounds in a row that make nothing; a shard with deadly pages needs a second one


@dataclass(frozen=True, slots=True)
class Job:
    """One file or folder to make, and how; `out` appears only when it is whole."""

    out: Path
    make: Callable[..., None]
    args: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """An error on purpose, as it comes from a worker: not all of its classes can be pickled."""

    kind: type[TocsinError]
    message: str

    def error(self) -> TocsinError:
        """The error itself."""
        error = self.kind.__new__(self.kind)
        error.args = (self.message,)
        return error


Run = Callable[[Sequence[Job]], list[Job]]  # tries each job once; returns what was lost
Engine = Callable[[int], AbstractContextManager[Run]]  # takes the number of workers


def make(stages: Sequence[Sequence[Job]], engine: Engine, workers: int) -> list[int]:
    """Do every job whose output is not there, stage after stage; how many each stage had.

    Raises:
        StorageError: an output is missing still, after TRIES rounds that made none.
        TocsinError: what a job raised.
    """
    wanted = [[job for job in jobs if not job.out.exists()] for jobs in stages]
    if any(wanted):
        with engine(workers) as run:
            for jobs in wanted:
                _make_all(jobs, run)
    return [len(jobs) for jobs in wanted]


def _make_all(jobs: Sequence[Job], run: Run) -> None:
    """Run rounds until nothing is lost."""
    left, idle = list(jobs), 0
    while left and idle < TRIES:
        lost = run(left)
        idle = idle + 1 if len(lost) == len(left) else 0
        left = lost
    if left:
        more = f", nor {len(left) - 1} more" if len(left) > 1 else ""
        raise StorageError(f"{left[0].out}: not made{more}: its worker died {TRIES} times")


def perform(job: Job) -> Failure | None:
    """Do a job, unless its output is there; what a worker does."""
    try:
        if not job.out.exists():
            job.make(job.args[0], job.out, *job.args[1:])
    except TocsinError as error:
        return Failure(type(error), str(error))
    except OSError as error:
        return Failure(StorageError, f"{job.out}: {error}")
    return None


def lost_jobs(
    asked: Iterable[tuple[Job, Any]], deaths: tuple[type[BaseException], ...]
) -> list[Job]:
    """Wait for jobs and their futures; a job whose future ends with one of `deaths` is lost.

    Raises:
        TocsinError: what a job raised.
    """
    lost = []
    for job, future in asked:
        try:
            failure: Failure | None = future.result()
        except deaths:
            lost.append(job)
            continue
        if failure:
            raise failure.error()
    return lost


# ---- the default engine --------------------------------------------------------------------


@contextmanager
def pool(workers: int) -> Iterator[Run]:
    """Worker processes of this machine; one that dies costs only its own job."""
    yield partial(_pool_round, workers)


def _pool_round(workers: int, jobs: Sequence[Job]) -> list[Job]:
    """Try each job once; whatever ends this ends the workers too, within a second."""
    context = get_context("forkserver")  # a worker starts in 20 ms: its modules are loaded once
    context.set_forkserver_preload(["pipeline.shards", "pandas"])  # pyarrow looks for it
    busy: Any = ProcessPool(min(workers, len(jobs)), initializer=_obey, context=context)
    try:
        asked = [(job, busy.schedule(perform, (job,))) for job in jobs]
        return lost_jobs(asked, (ProcessExpired, BrokenProcessPool))
    finally:
        busy.stop()
        busy.join()


def _obey() -> None:
    """Let SIGTERM end a worker at once, also one that is in C code, where no handler runs."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
