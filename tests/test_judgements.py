"""Which overall grades an item reports, whose they are, and which of them are past."""

import re
import shutil
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import DataFileError
from crawler.home import CHECKOUT
from pipeline.taggers import judgements
from pipeline.taggers.judgements import Judgement, Mention

DATA = CHECKOUT / "data"
RULES = judgements.load(DATA.joinpath)
LINES = tomllib.loads((DATA / "codebook" / "judgements.toml").read_text("utf-8"))
NAMES = re.compile("Leeds|Hull|Cumberland|Cumbria")


def mentions(text: str) -> list[Mention]:
    return [(match[0], match.start(), match.end()) for match in NAMES.finditer(text)]


def found(text: str, title: str = "") -> tuple[Judgement, ...]:
    return judgements.judgements(text, title, mentions(text), RULES)


def given_grades(text: str, title: str = "") -> set[str]:
    return {f"{one.authority} {one.grade}{' past' * one.past}" for one in found(text, title)}


@pytest.mark.parametrize("line", LINES["yes"], ids=lambda line: str(line["text"]))
def test_the_line_gives_its_grades(line: dict[str, object]) -> None:
    gives = line["gives"]
    assert isinstance(gives, list)
    assert given_grades(str(line["text"])) == set(gives)


@pytest.mark.parametrize("line", LINES["no"], ids=lambda line: str(line["text"]))
def test_the_line_gives_none(line: dict[str, str]) -> None:
    assert given_grades(line["text"]) == set()


def test_evidence_is_the_words_that_state_the_grade() -> None:
    text = "In 2024 Ofsted judged the children's services of Leeds to be inadequate."
    (one,) = found(text)
    assert text[one.start : one.end] == "inadequate"
    assert text[one.authority_start : one.authority_end] == "Leeds"
    assert (one.body, one.date, one.strand) == ("Ofsted", "2024", "")


def test_a_year_is_given_only_where_the_text_has_it() -> None:
    (one,) = found("Ofsted has rated children's services in Leeds good.")
    assert one.date == ""


def test_a_standing_grade_of_an_earlier_year_is_not_past() -> None:
    text = "Leeds, rated inadequate by Ofsted in 2018, has a new director of children's services."
    assert given_grades(text) == {"Leeds inadequate"}


def test_a_later_grade_makes_an_earlier_one_past() -> None:
    text = "Ofsted rated Leeds inadequate in 2015. It has now rated its services good."
    assert given_grades(text) == {"Leeds good", "Leeds inadequate past"}


def test_each_grade_of_a_sentence_has_its_own_year() -> None:
    text = "Ofsted graded Leeds requires improvement in 2017 and good in 2021."
    assert given_grades(text) == {"Leeds good", "Leeds requires-improvement past"}


def test_a_grade_kept_is_both_current_and_past() -> None:
    text = "Leeds has been rated outstanding by Ofsted for the second time running."
    assert given_grades(text) == {"Leeds outstanding", "Leeds outstanding past"}


def test_a_grade_has_one_entry_however_often_it_is_told() -> None:
    text = "Ofsted has rated Leeds good. The good rating is a relief. Leeds is good, Ofsted says."
    assert len(found(text)) == 1


def test_the_authority_is_the_one_named_nearest_before() -> None:
    text = (
        "Hull, which Ofsted has rated outstanding, will help the children's services of Leeds, "
        "which were found inadequate."
    )
    assert given_grades(text) == {"Hull outstanding", "Leeds inadequate"}


def test_a_sentence_without_a_name_is_about_the_last_one_named() -> None:
    text = "Hull is sorry. Leeds is not. Ofsted has found its children's services inadequate."
    assert given_grades(text) == {"Leeds inadequate"}


def test_both_councils_is_every_authority_named() -> None:
    text = "Leeds and Hull share a director. Both councils have been rated good by Ofsted."
    assert given_grades(text) == {"Leeds good", "Hull good"}


def test_what_an_abolished_council_got_is_past_and_its_own() -> None:
    text = (
        "Cumberland's children's services have been rated good by Ofsted. Cumbria is no more. "
        "The old authority was judged inadequate."
    )
    assert given_grades(text) == {"Cumberland good", "Cumbria inadequate past"}


def test_a_grade_only_in_the_title_is_marked_on_words_that_stand_for_it() -> None:
    text = "The council has said sorry to every child in Leeds. Ofsted was there in May."
    (one,) = found(text, "Leeds children's services rated inadequate")
    assert (one.grade, text[one.start : one.end]) == ("inadequate", "The council")
    assert one.rule.startswith("title: ")


def test_a_rating_of_a_school_in_the_title_is_none_of_the_council() -> None:
    text = "It was rated inadequate by Ofsted. Leeds City Council runs it."
    assert given_grades(text, "Primary school in special measures") == set()


def test_child_protection_stands_for_the_service_where_nothing_else_is_graded() -> None:
    line = "Ofsted has judged child protection in Leeds inadequate."
    assert given_grades(line) == {"Leeds inadequate"}
    overall = " Overall, the services for children of Leeds were rated good."
    assert given_grades(line + overall) == {"Leeds good"}


def test_where_no_overall_grade_is_given_only_those_of_earlier_years_count() -> None:
    text = (
        "Ofsted has stopped giving councils an overall grade. The services of Leeds are good, "
        "its director says. Leeds was rated inadequate in 2019."
    )
    assert given_grades(text) == {"Leeds inadequate past"}


@pytest.mark.parametrize(
    ("text", "gives"),
    [
        ("Ofsted's round.\n\nLeeds\nRequires improvement. More to do.", {"requires-improvement"}),
        ("Ofsted came.\n\nLeeds\n\nStill inadequate, with an adviser.", {"inadequate"}),
        (
            "Good in 2022, Leeds is now held to require improvement, Ofsted says.",
            {"requires-improvement", "good past"},
        ),
        ("Ofsted judged Hull good, as was Leeds.", {"good"}),
        (
            "Ofsted set up the trust in Leeds after a series of inadequate judgements. It brought "
            "Leeds up to requires improvement.",
            {"requires-improvement", "inadequate past"},
        ),
        (
            "Leeds was in Ofsted's inadequate category in 2013. It is now good.",
            {"good", "inadequate past"},
        ),
    ],
)
def test_a_grade_is_found_where_no_verb_gives_it(text: str, gives: set[str]) -> None:
    told = {one.removeprefix("Leeds ") for one in given_grades(text) if one.startswith("Leeds")}
    assert told == gives


@pytest.mark.parametrize(
    "text",
    [
        "Ofsted came to Leeds.\n\nA fresh start\n\nGood. That is what we want to hear.",
        "Ofsted is coming to Leeds. Good in parts, the show ran for a week.",
    ],
)
def test_a_sentence_that_begins_with_good_is_not_always_a_grade(text: str) -> None:
    assert given_grades(text) == set()


def test_without_an_authority_there_is_no_judgement() -> None:
    assert judgements.judgements("Ofsted rated it good.", "", [], RULES) == ()


PIECES = [
    *("Leeds", "’s ", " children's services ", "rated ", "‘inadequate’", "good", ". ", "\n\n"),
    *("Ofsted ", "İ", "𝔘", "no longer ", "up from ", ", ", "lowest rating", " in 2019", "it "),
    *("both councils ", "moved up a grade from ", "requires improvement", "care leavers "),
]


@given(st.text(), st.text() | st.lists(st.sampled_from(PIECES)).map("".join))
def test_every_span_is_in_the_text(title: str, text: str) -> None:
    for one in found(text, title):
        assert 0 <= one.start < one.end <= len(text)
        assert text[one.authority_start : one.authority_end] == one.authority
        assert one.strand == ""


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_the_order_of_the_mentions_is_of_no_matter(text: str) -> None:
    named = mentions(text)
    backwards = judgements.judgements(text, "", named[::-1], RULES)
    assert backwards == judgements.judgements(text, "", named, RULES)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("soft =", "softly =", "judgements.toml: softly: is not one of"),
        ('good = ["good"]', 'fine = ["good"]', "judgements.toml: fine: is not one of"),
        ('back = ["any more",', 'back = ["any more", "any more",', "is there twice"),
        ('"any more"', '"(any more"', "judgements.toml: back: '(any more' brackets"),
        ('Ofsted = ["Ofsted",', 'Ofsted = 1\nx = ["Ofsted",', "body.Ofsted: must be a list"),
    ],
)
def test_a_slip_is_one_clear_line(old: str, new: str, problem: str, tmp_path: Path) -> None:
    copy_data(tmp_path)
    path = tmp_path / "codebook" / "judgements.toml"
    content = path.read_text("utf-8")
    assert old in content
    path.write_text(content.replace(old, new, 1), "utf-8")
    with pytest.raises(DataFileError) as caught:
        judgements.load(tmp_path.joinpath)
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


def test_it_reads_the_files_that_it_names_and_no_others(tmp_path: Path) -> None:
    copy_data(tmp_path)
    assert judgements.load(tmp_path.joinpath).replaced >= {"Cumbria", "Northamptonshire"}


def copy_data(folder: Path) -> None:
    for file in judgements.FILES:
        (folder / file).parent.mkdir(exist_ok=True)
        shutil.copy(DATA / file, folder / file)
