"""Scores: what the measure says of texts that are right, half right and wrong."""

import gzip
import json
from pathlib import Path

import pytest

from crawler.errors import DataFileError
from crawler.home import CHECKOUT, Home
from pipeline.evaluate import as_shipped, ours, precision_and_recall, read_pages, score, shingles
from pipeline.reading.rules import load_rules
from tests.conftest import HULL, LEEDS, Tocsin

WORDS = "one two three four five six seven eight"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A test set of two pages that we wrote."""
    (tmp_path / "html").mkdir()
    truth = {}
    for name, page in (("leeds", LEEDS), ("hull", HULL)):
        (tmp_path / "html" / f"{name}.html.gz").write_bytes(gzip.compress(page))
        text = page.decode().partition("</h1>")[2].partition("</article>")[0]
        truth[name] = {"url": f"https://{name}.example/1", "articleBody": text.replace("<p>", " ")}
    (tmp_path / "ground-truth.json").write_text(json.dumps(truth))
    return tmp_path


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (WORDS, (1.0, 1.0)),
        ("", (0.0, 0.0)),
        ("one two three four", (1.0, 0.2)),
        (f"{WORDS} nine", (5 / 6, 1.0)),
        (f"{WORDS} {WORDS}", (5 / 13, 1.0)),
        ("ONE two, three; four", (0.0, 0.0)),
    ],
)
def test_precision_and_recall_count_runs_of_four_words(
    found: str, expected: tuple[float, float]
) -> None:
    assert precision_and_recall(WORDS, found) == pytest.approx(expected)


def test_a_text_of_fewer_words_is_one_run() -> None:
    assert shingles("one two").total() == shingles("").total() == 1


def test_the_spread_holds_the_score_and_is_the_same_every_time() -> None:
    pairs = [(WORDS, WORDS), (WORDS, "one two three four"), (WORDS, f"{WORDS} nine")]
    found = score(pairs)
    assert found.low < found.f1 < found.high
    assert found == score(pairs)


def test_our_own_pages_are_read_whole(folder: Path) -> None:
    way = ours(load_rules(Home(CHECKOUT).data))
    pages = list(read_pages(folder))
    assert len(pages) == 2
    for page in pages:
        assert way(page).split() == page.text.replace("</p>", " ").split()
        assert as_shipped(page)


@pytest.mark.parametrize(
    "broken", ["", "{", "[]", '{"a": {}}', '{"a": {"url": "", "articleBody": ""}}']
)
def test_a_broken_test_set_is_one_clear_error(broken: str, folder: Path) -> None:
    (folder / "ground-truth.json").write_text(broken)
    with pytest.raises(DataFileError, match="ground-truth"):
        list(read_pages(folder))


def test_the_command_prints_both_extractors(folder: Path, tocsin: Tocsin) -> None:
    shown = tocsin("evaluate", "extraction", str(folder), "--json")
    assert shown.returncode == 0, shown.stderr
    assert set(json.loads(shown.stdout)) == {"Tocsin", "trafilatura"}
