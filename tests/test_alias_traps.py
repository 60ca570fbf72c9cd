"""Names inside longer names, and names that are also words: each row of two files of cases."""

import csv
from datetime import UTC, datetime
from typing import Any

import pytest

from crawler.home import CHECKOUT
from pipeline.model import Article
from pipeline.taggers import authorities
from pipeline.taggers.naming import read_gazetteer

DATA = CHECKOUT / "data"
RULES = authorities.load(DATA.joinpath)
ROWS = {row["id"]: row for row in read_gazetteer(DATA / "authorities.csv")}
HIGH = {name for name, row in ROWS.items() if row["ambiguity"] == "HIGH"}
SENTENCES = (  # about children's services; a name stands first, in the midst, last
    "{} let down a girl in care, a review has found.",
    "Nobody at {} acted on the referrals that her school made.",
    "A mother whose sons were put on a child protection plan has won her complaint about {}.",
)


def cases(name: str) -> list[dict[str, str]]:
    with (CHECKOUT / "tests" / "traps" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


NESTED = cases("alias_nesting.csv")
AMBIGUOUS = cases("ambiguous_names.csv")


def about(title: str, text: str, day: str = "") -> set[str]:
    """The authorities that an item of a day is about."""
    published = datetime.fromisoformat(day).replace(tzinfo=UTC) if day else None
    article = Article("0", "", "", "", title, text, published_at=published)
    return {mark.label for mark in authorities.tag(article, RULES)}


def name_of(authority_id: str) -> set[str]:
    return {ROWS[authority_id]["short_name"]}


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize("row", NESTED, ids=lambda row: row["outer_alias"])
def test_a_longer_name_is_that_of_its_own_authority_only(
    row: dict[str, str], sentence: str
) -> None:
    story = sentence.format(row["outer_alias"])
    own = name_of(row["outer_authority_id"])
    assert about("", story) == own
    assert about(story, "The family has waited for years.") == own


@pytest.mark.parametrize("row", NESTED, ids=lambda row: row["inner_alias"])
def test_the_name_inside_is_another_authority_s_where_it_stands_alone(row: dict[str, str]) -> None:
    for sentence in SENTENCES:
        story = sentence.format(row["inner_alias"])
        assert about("", story) == name_of(row["inner_authority_id"])


@pytest.mark.parametrize("row", AMBIGUOUS, ids=lambda row: row["sentence"][:40])
def test_a_name_that_is_also_a_word_is_the_council_where_it_is_meant(row: dict[str, Any]) -> None:
    assert about("", row["sentence"], row["day"]) == set(row["about"].split("|")) - {""}


def test_every_ambiguous_name_has_a_sentence_for_and_one_against() -> None:
    told = [(row["authority_id"], row["about"] == ROWS[row["authority_id"]]["short_name"])
            for row in AMBIGUOUS]  # fmt: skip
    assert sorted(told) == sorted((name, meant) for name in HIGH for meant in (True, False))
    assert len(NESTED) == 28
