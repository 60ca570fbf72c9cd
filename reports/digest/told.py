"""Remembers what each digest has told, in data/digests.json; writes files whole or not at all."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from crawler.errors import StorageError
from crawler.home import Home, sync


@dataclass(frozen=True, slots=True)
class Last:
    """The last digest of a name."""

    since: datetime  # aware, UTC: of the one before
    moment: datetime  # aware, UTC: the dataset's newest story then; what is newer was not told
    stories: tuple[str, ...]  # the ids that it told; with them, those of one as old as it


def read_last(home: Home) -> dict[str, Last]:
    """The last digest of each name.

    Raises:
        StorageError: the file cannot be read, or is not as it was written.
    """
    path = _file(home)
    try:
        known = json.loads(path.read_text("utf-8")) if path.exists() else {}
        return {name: _last(told) for name, told in known.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StorageError(f"{path}: not as it was written: {error}; {LOST}") from error


LOST = "without it, each digest tells the last week again"


def _last(told: Mapping[str, object]) -> Last:
    since, moment = (datetime.fromisoformat(str(told[key])) for key in ("since", "moment"))
    stories = told["stories"]
    if not isinstance(stories, list):
        raise TypeError("stories is not a list")
    return Last(since, moment, tuple(map(str, stories)))


def keep_last(home: Home, name: str, last: Last) -> None:
    """Remember the last digest of a name.

    Raises:
        StorageError: the file cannot be written.
    """
    known = read_last(home) | {name: last}
    told = {
        one: {
            "since": known[one].since.isoformat(),
            "moment": known[one].moment.isoformat(),
            "stories": known[one].stories,
        }
        for one in sorted(known)
    }
    write_whole(_file(home), json.dumps(told, indent=1) + "\n")


def write_whole(path: Path, text: str) -> None:
    """Write a file that is there as it was, or as it is to be, whenever the power goes.

    Raises:
        StorageError: it cannot be written.
    """
    new = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new.write_text(text, "utf-8")
        sync(new)
        new.replace(path)
        sync(path.parent)
    except OSError as error:
        raise StorageError(f"{path}: cannot be written: {error.strerror or error}") from error


def _file(home: Home) -> Path:
    return home.root / "data" / "digests.json"
