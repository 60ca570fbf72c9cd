"""One JSON log a run: what happened, never what an article says, and nobody's address."""

import json
import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from crawler.errors import StorageError

MASKS = (
    (re.compile(r"(?<=://)[^/\s@]+@"), "***@"),  # a name and password in a URL
    (re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+"), "<e-mail>"),
    (re.compile(r"(?<![\w/.:-])(\+44|0)[\d ]{9,13}\d(?![\w/.-])"), "<phone>"),
)
KEEP_DAYS = 90
QUIET = ("scrapy", "aiohttp", "pebble", "asyncio")  # of these warnings and worse


class JsonFormatter(logging.Formatter):
    """One line a record: time (UTC), level, logger, message."""

    def format(self, record: logging.LogRecord) -> str:
        text = record.getMessage()
        if record.exc_info:
            text = f"{text}\n{self.formatException(record.exc_info)}"
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": masked_text(text),
        }
        return json.dumps(line, ensure_ascii=False)


def masked_text(text: str) -> str:
    """The text without passwords, e-mail addresses and telephone numbers."""
    for pattern, mask in MASKS:
        text = pattern.sub(mask, text)
    return text


@contextmanager
def logging_to(path: Path) -> Iterator[None]:
    """Send what is logged meanwhile to a new file that only its owner and group may read.

    Raises:
        StorageError: it cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
    except OSError as error:
        raise StorageError(f"{path}: cannot be written: {error.strerror}") from error
    handler = logging.StreamHandler(os.fdopen(descriptor, "a", encoding="utf-8"))
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
        handler.stream.close()


def forget_logs(folder: Path, now: datetime) -> None:
    """Remove the logs of runs of more than KEEP_DAYS ago."""
    for path in folder.glob("*.jsonl"):
        if now.timestamp() - path.stat().st_mtime > KEEP_DAYS * 86_400:
            path.unlink()
