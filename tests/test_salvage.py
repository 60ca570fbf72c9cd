"""What a killed run left open: saved up to its last whole record."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.archive import ArchiveWriter, Capture, Exchange, archive_files, read_file, salvage

NOW = datetime(2026, 9, 1, 6, 0, tzinfo=UTC)
EXCHANGE = Exchange("https://echo.example/a", 200, "OK", [], [], b"<p>Body</p>" * 50, NOW)
RECORDS = 5


@pytest.mark.parametrize(
    ("kept", "least"), [(0.0, 0), (0.1, 0), (0.5, 2), (0.9, 4), (0.999, 4), (1.0, RECORDS)]
)
def test_a_torn_file_is_cut_after_its_last_whole_record(
    tmp_path: Path, kept: float, least: int
) -> None:
    writer = ArchiveWriter(tmp_path, "run", {"isPartOf": "run"})
    for _ in range(RECORDS):
        writer.add(EXCHANGE, {"source": "echo", "kind": "page", "outcome": "ok"})
    left = next(tmp_path.glob("*.open"))
    content = left.read_bytes()
    writer.close({}, NOW)
    left.with_suffix("").unlink()
    left.write_bytes(content[: int(len(content) * kept)])  # as a kill would leave it
    saved = salvage(tmp_path)
    found = [item for path in saved for item in read_file(path) if isinstance(item, Capture)]
    assert least <= len(found) <= RECORDS
    assert {capture.body for capture in found} <= {EXCHANGE.body}
    assert archive_files(tmp_path) == saved
    assert list(tmp_path.glob("*.open")) == []
