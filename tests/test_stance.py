"""What an item's evidence says of the service's performance, and which sentences carry it."""

import math
import shutil
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import DataFileError
from crawler.home import CHECKOUT
from pipeline.taggers import stance
from pipeline.taggers.weighing import evidence

DATA = CHECKOUT / "data"
RULES = stance.load(DATA.joinpath)
FILE = tomllib.loads((DATA / "codebook" / "stance.toml").read_text("utf-8"))
BAD = "Inspectors found serious failings at the council, and children were left at risk of harm."
GOOD = "Inspectors praised the committed and skilled staff, and children thrive."


def label(text: str, title: str = "", grades: stance.Grades = ()) -> str:
    return stance.stance(title, text, RULES, grades)[0]


@pytest.mark.parametrize(("wanted", "text"), FILE["yes"])
def test_the_line_has_its_stance(wanted: str, text: str) -> None:
    assert label(text) == wanted


@pytest.mark.parametrize(("unwanted", "text"), FILE["no"])
def test_the_line_has_another_stance(unwanted: str, text: str) -> None:
    assert label(text) != unwanted


def test_the_sentences_that_carry_it_are_those_with_its_words() -> None:
    text = f"The report is 20 pages long. {BAD} It was printed in Leeds."
    name, spans = stance.stance("", text, RULES)
    assert name == "critical"
    assert BAD in [text[start:end] for start, end in spans]


def test_a_text_without_such_words_is_carried_by_what_stands_for_it() -> None:
    _, spans = stance.stance("", "The council met on Monday.", RULES)
    assert spans


def test_an_empty_text_is_carried_by_nothing() -> None:
    assert stance.stance("Good", " \n", RULES)[1] == ()


def test_negation_turns_praise_round() -> None:
    plain = evidence("", "Staff are skilled.", RULES.phrases).features
    negated = evidence("", "Staff are not at all skilled.", RULES.phrases).features
    assert "whole praise" in plain
    assert "whole praise" not in negated
    assert "whole fault" in negated


def test_a_negation_in_another_clause_turns_nothing() -> None:
    features = evidence("", "It was not quick, but skilled.", RULES.phrases).features
    assert "whole praise" in features


def test_a_better_grade_makes_an_item_less_critical() -> None:
    plain = stance.assess("", BAD, RULES)[2]
    up = stance.assess("", BAD, RULES, [("good", False), ("inadequate", True)])[2]
    assert up["critical"] < plain["critical"]
    assert up["supportive"] > plain["supportive"]


def test_the_title_counts() -> None:
    plain = stance.assess("", GOOD, RULES)[2]
    titled = stance.assess("Damning report on failings", GOOD, RULES)[2]
    assert titled["critical"] > plain["critical"]


def test_a_burden_that_grows_less_speaks_for_the_service() -> None:
    less, more = (
        stance.features(evidence("", f"Waits have {verb} since May.", RULES.phrases), (), RULES)
        for verb in ("fallen", "risen")
    )
    assert (less["burdens eased"], less["burdens grown"]) == (0.5, 0.0)
    assert (more["burdens eased"], more["burdens grown"]) == (0.0, 0.5)
    assert less["balance"] > more["balance"]


def test_what_comes_first_weighs_more() -> None:
    def opening(text: str) -> float:
        features = stance.features(evidence("", text, RULES.phrases), (), RULES)
        return features["opening balance"]

    assert opening(f"{BAD} {BAD} {GOOD} {GOOD}") < 0 < opening(f"{GOOD} {GOOD} {BAD} {BAD}")


def test_good_and_bad_together_are_likelier_mixed_than_either() -> None:
    mixed = [
        stance.assess("", text, RULES)[2]["mixed"] for text in (GOOD, f"{GOOD} But {BAD}", BAD)
    ]
    assert mixed[1] > max(mixed[0], mixed[2])


@given(
    st.text(),
    st.text()
    | st.lists(st.sampled_from([BAD, GOOD, " ", "\n\n", "İ", "𝔘", "not ", "?"])).map("".join),
)
def test_every_span_is_in_the_text_and_the_scores_add_up(title: str, text: str) -> None:
    name, spans = stance.stance(title, text, RULES)
    assert name in stance.STANCES
    assert len(spans) <= stance.MOST_SENTENCES
    assert list(spans) == sorted(spans)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert math.isclose(sum(stance.assess(title, text, RULES)[2].values()), 1)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("against =", "counter =", "stance.toml: counter: is not one of"),
        (
            'negated = "fault"',
            'negated = "flaw"',
            "stance.toml: praise: negated 'flaw' is no class",
        ),
        ('id = "swift"', 'id = "praise"', "stance.toml: class: an id is there twice"),
        ('id = "swift"', 'name = "swift"', "stance.toml: name: is not one of"),
        ('"as friends",', '"as friends", "as friends",', "stance.toml: warmth: 'as friends' is"),
        ('"bias" = [', '"bias" = [0.0, ', "stance.toml: weights.bias: must be a list of 4"),
        ('"bias" = [', '"slant" = [', "stance.toml: weights.bias: is missing"),
        ('"bias" = [', '"slant" = ["x", 0.0, 0.0, 0.0]\n"bias" = [', "must be of numbers"),
    ],
)
def test_a_slip_is_one_clear_line(old: str, new: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "codebook").mkdir()
    path = tmp_path / stance.FILES[0]
    shutil.copy(DATA / stance.FILES[0], path)
    content = path.read_text("utf-8")
    assert old in content
    path.write_text(content.replace(old, new, 1), "utf-8")
    with pytest.raises(DataFileError) as caught:
        stance.load(tmp_path.joinpath)
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)
