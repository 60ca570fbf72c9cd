"""Where things lie: one folder holds a store, and may override the checkout's data files."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from crawler.errors import LockedError, StorageError

CHECKOUT = Path(__file__).resolve().parent.parent
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Home:
    """The folder that holds the store: archive, frontier, build, database and reports."""

    root: Path

    @property
    def archive(self) -> Path:
        return self.root / "data" / "archive"

    @property
    def frontier(self) -> Path:
        return self.root / "data" / "frontier.sqlite"

    @property
    def demo_mark(self) -> Path:
        """There in a home that holds the demo: the first port that its world was served on."""
        return self.root / "data" / "demo.port"

    @property
    def logs(self) -> Path:
        return self.root / "data" / "logs"

    @property
    def build(self) -> Path:
        return self.root / "data" / "build"

    @property
    def database(self) -> Path:
        return self.root / "data" / "tocsin.duckdb"

    @property
    def pseudonym_key(self) -> Path:
        """The secret that makes pseudonyms of forum authors; who loses it gets other ones."""
        return self.root / "data" / "pseudonym.key"

    @property
    def releases(self) -> Path:
        """Frozen exports: cited by others, so neither disposable nor ever overwritten."""
        return self.root / "data" / "releases"

    @property
    def decisions(self) -> Path:
        """What people decided: what is suppressed, what is cleared; see crawler.suppression."""
        return self.root / "data" / "decisions.jsonl"

    @property
    def out(self) -> Path:
        return self.root / "reports" / "out"

    def data(self, name: str) -> Path:
        """A data file or folder by its name below data/: this home's own, else the checkout's."""
        top = Path(name).parts[0]
        base = self.root if (self.root / "data" / top).exists() else CHECKOUT
        return base / "data" / name

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the one lock of this home; the kernel lets go of it however the process ends.

        Raises:
            LockedError: another process works here (exit 75).
            StorageError: the folder cannot be written.
        """
        path = self.root / "data" / "run.lock"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StorageError(f"{path}: cannot be written: {error.strerror}") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(handle)
            raise LockedError(f"{self.root}: another run is at work here") from error
        try:
            yield
        finally:
            os.close(handle)


def sync(path: Path) -> None:
    """Make a file, or the renames in a folder, last through a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def pseudonym_key(path: Path) -> bytes:
    """The key of the pseudonyms, 32 random bytes that only the owner may read; made if missing.

    Raises:
        StorageError: it cannot be read or written.
    """
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            new = path.with_suffix(".new")
            new.touch(mode=0o600)
            with new.open("wb") as file:
                file.write(secrets.token_bytes(KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)
        key = path.read_bytes()
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror}") from error
    if len(key) != KEY_BYTES:
        raise StorageError(f"{path}: {len(key)} bytes, where the key of pseudonyms has {KEY_BYTES}")
    return key
