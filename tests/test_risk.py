"""What may fall under a reporting restriction is held until a person has cleared it."""

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from crawler.errors import DataFileError, UsageError
from crawler.home import CHECKOUT, Home
from crawler.suppression import Decision, cleared, record
from pipeline.build import build
from pipeline.model import Article
from pipeline.taggers import risk
from reports.deciding import COLUMNS, clearing, held_rows
from tests.conftest import LEEDS, SOURCE, START, VIEWS, Tocsin, archive, page

DATA = CHECKOUT / "data"
TABLE = tomllib.loads((DATA / "codebook" / "risk.toml").read_text("utf-8"))
RULES = risk.load(DATA.joinpath)
LABELS = {
    **{label["id"]: label for label in TABLE["label"]},
    risk.NAMED: TABLE["named"],
    risk.JIGSAW: TABLE["jigsaw"],
}
LINES = [
    (label, kind, line)
    for label, table in LABELS.items()
    for kind in ("yes", "no")
    for line in table[kind]
]
AT, WHO = "2026-11-24T12:00:00Z", "tests"
COURT = page(
    "Judge refuses to move girl again",
    "A family court in Lincoln heard that the girl had been moved six times in a single year.",
    "The judge made a care order and told the council to find her a home within the month.",
)


def article(text: str, **said: Any) -> Article:
    return Article(
        **{"id": "0", "url": "", "page": "", "source_id": "", "title": "", **said}, text=text
    )


def labels(text: str, **said: Any) -> set[str]:
    return {mark.label for mark in risk.tag(article(text, **said), RULES)}


@pytest.mark.parametrize(("label", "kind", "line"), LINES)
def test_the_line_has_the_label_or_not(label: str, kind: str, line: str) -> None:
    assert (label in labels(line)) == (kind == "yes")


def test_a_name_in_a_headline_or_a_caption_is_shown_by_words_of_the_text() -> None:
    text = "The council said that it would not comment on a single case. It met on Monday."
    for said in (
        {"title": "Jasper Quillfeather, 12, moved again"},
        {"captions": ("Ottoline (9)",)},
    ):
        (mark,) = risk.tag(article(text, **said), RULES)
        assert mark.label == risk.NAMED
        assert text[mark.start : mark.end] == "The council"
        assert mark.rule.startswith("headline or caption: ")


def test_evidence_is_a_sentence_and_never_a_long_one() -> None:
    words = "A family court heard that the girl was moved, and the judge said so, "
    long = words + "and so on " * 200 + "."
    (mark, *_) = risk.tag(article(f"It rained. {long}"), RULES)
    assert 0 < mark.end - mark.start <= risk.LONGEST
    assert "family court" in f"It rained. {long}"[mark.start : mark.end]


def test_a_court_far_from_any_child_holds_nothing() -> None:
    filler = "The committee moved on to roads. " * 6
    assert (
        labels(f"The family court is slow, officers said. {filler} A judge opened a girls' club.")
        == set()
    )


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("near = 2", 'near = "2"', "risk.toml: near: must be a int"),
        ("\njudge = [", "\njuge = [", "risk.toml: juge: is not one of"),
        ('with = ["bench", "child"]', 'with = ["bank"]', "'bank' is not one of child, aged"),
        ('"youth court*"', '"youth court*", "youth court*"', "is there twice"),
        ("schools = [", "shools = [", "risk.toml: shools: is not one of"),
    ],
)
def test_a_slip_is_one_clear_line(old: str, new: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "codebook").mkdir()
    path = tmp_path / "codebook" / "risk.toml"
    text = (DATA / "codebook" / "risk.toml").read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(DataFileError) as caught:
        risk.load(tmp_path.joinpath)
    assert problem in str(caught.value)


# ---- held and cleared ----------------------------------------------------------------------------


def ids(home: Home, view: str) -> list[str]:
    with duckdb.connect(str(home.database), read_only=True) as con:
        return [name for (name,) in con.execute(f"SELECT article_id FROM {view}").fetchall()]


def clear(home: Home, *words: str) -> None:
    record(home, clearing(home, words, "read it", AT, WHO))
    build(home, [SOURCE], VIEWS)


def test_an_article_is_held_until_it_is_cleared_and_its_next_revision_is_held_again(
    home: Home,
) -> None:
    archive(home, "a", ("/1", COURT), ("/2", LEEDS))
    build(home, [SOURCE], VIEWS)
    (first,) = ids(home, "held")
    assert first not in ids(home, "publishable")
    number, (row,) = held_rows(home.database, 10)
    assert number == 1
    shown = dict(zip(COLUMNS, row, strict=True))
    assert (shown["id"], shown["reasons"]) == (first, ["family-court"])
    assert shown["link"] == "https://echo.example/1"
    assert "Lincoln" in str(shown["evidence"])

    clear(home, "http://www.echo.example/1/")
    assert ids(home, "held") == []
    assert ids(home, "clearance") == [first]
    assert first in ids(home, "publishable")

    again = COURT.replace(b"six times", b"seven times")
    archive(home, "b", ("/1", again), start=START + timedelta(days=1))
    build(home, [SOURCE], VIEWS)
    (second,) = ids(home, "held")
    assert second != first


def test_a_clearance_can_be_taken_back() -> None:
    told = [Decision(what, "a" * 16, "read it", AT, WHO) for what in ("clear", "hold", "clear")]
    assert [len(cleared(told[:number])) for number in range(4)] == [0, 1, 0, 1]


def test_only_what_is_held_can_be_cleared(home: Home) -> None:
    archive(home, "a", ("/2", LEEDS))
    build(home, [SOURCE], VIEWS)
    with pytest.raises(UsageError, match="is no article that carries a risk"):
        clearing(home, ["https://echo.example/2"], "x", AT, WHO)


def test_a_clearance_needs_a_reason(home: Home, tocsin: Tocsin) -> None:
    done = tocsin("clear", "0123456789abcdef")
    assert done.returncode == 2
    assert "say why: --reason" in done.stderr
    assert not home.decisions.exists()
