"""Phrases are found as whole words, at the offsets of the text as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import DataFileError
from pipeline.phrases import (
    PhraseError,
    check_phrases,
    check_table,
    compile_phrases,
    expand,
    find,
    lower,
    plain,
    stand_in,
)

WORDS = ("children's services", "caseload*", "(rated|judged) inadequate", "MASH", "front door")
PHRASES = compile_phrases([(phrase, phrase) for phrase in WORDS])
TEXTS = st.text() | st.lists(st.sampled_from(["MASH", "caseloads", "İ", "’", "-", " ", "ß"])).map(
    "".join
)


def found(phrase: str, text: str) -> list[str]:
    """What a phrase finds in a text, as the text has it."""
    hits = find(compile_phrases([(phrase, None)]), text)
    return [text[hit.start : hit.end] for hit in hits]


@given(TEXTS)
def test_folding_keeps_every_character_in_its_place(text: str) -> None:
    assert len(lower(plain(text))) == len(text)


@given(TEXTS)
def test_hits_are_whole_words_in_range(text: str) -> None:
    for hit in find(PHRASES, text):
        assert 0 <= hit.start < hit.end <= len(text)
        assert not (hit.start and text[hit.start - 1].isalnum())
        assert not text[hit.end : hit.end + 1].isalnum()


@given(TEXTS, st.sampled_from(["children's services", "MASH", "front door"]), TEXTS)
def test_a_phrase_between_spaces_is_always_found(before: str, phrase: str, after: str) -> None:
    hits = find(PHRASES, f"{before} {phrase} {after}")
    assert any(hit.phrase == phrase and hit.start == len(before) + 1 for hit in hits)


@pytest.mark.parametrize(
    ("phrase", "text", "words"),
    [
        ("children's services", "CHILDREN’S SERVICES", "CHILDREN’S SERVICES"),
        ("children's services", "Childrens services", "Childrens services"),
        ("looked after child", "a looked-after child", "looked-after child"),
        ("looked-after child", "a looked after child", "looked after child"),
        ("section 47", "a section\u00a047 enquiry", "section\u00a047"),
        ("front door", "the front\ndoor", "front\ndoor"),
        ("caseload*", "caseloads, İ caseload", "caseloads"),
        ("(rated|judged) inadequate", "judged inadequate", "judged inadequate"),
        ("(the |)front door", "front door", "front door"),
        ("MASH", "the MASH team", "MASH"),
    ],
)
def test_a_phrase_meets(phrase: str, text: str, words: str) -> None:
    assert words in found(phrase, text)


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("MASH", "sausage and mash"),
        ("care order", "a scare ordered"),
        ("caseload", "caseloads"),
        ("front door", "in front.\n\nDoor to door"),
        ("front door", "the front – door"),
    ],
)
def test_a_phrase_does_not_meet(phrase: str, text: str) -> None:
    assert found(phrase, text) == []


def test_alternatives_multiply_out() -> None:
    assert expand("(a|b) c(d|)") == ["a c", "a cd", "b c", "b cd"]


@pytest.mark.parametrize("phrase", ["(a|b", "a|b", "a)", "", "(|)", "* a", "chil* care", "a *"])
def test_bad_syntax_is_refused(phrase: str) -> None:
    with pytest.raises(PhraseError):
        expand(phrase)


def test_a_phrase_that_stands_for_thousands_is_refused() -> None:
    with pytest.raises(PhraseError, match="more than"):
        expand(" ".join(["(a|b|c|d)"] * 6))


def test_a_doubled_phrase_is_named_with_its_file_and_entry() -> None:
    with pytest.raises(DataFileError, match=r"care\.toml: anchor: 'in-care' is there twice"):
        check_phrases("care.toml", "anchor", ["(in|into) care", "in-care"])


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ({"id": "a", "words": ["b"], "wrods": []}, "x.toml: wrods: is not one of id, words"),
        ({"id": "a"}, "x.toml: words: is missing"),
        ({"id": "a", "words": []}, "x.toml: words: is empty"),
        ({"id": 3, "words": ["b"]}, "x.toml: id: must be a str"),
    ],
)
def test_a_wrong_table_is_one_clear_line(table: dict[str, object], problem: str) -> None:
    with pytest.raises(DataFileError) as caught:
        check_table("x.toml", table, {"id": str, "words": list})
    assert str(caught.value) == problem


@given(TEXTS)
def test_what_stands_for_a_title_lies_in_the_text(text: str) -> None:
    span = stand_in(text)
    assert (span is None) == (text.strip() == "")
    if span:
        assert text[span[0] : span[1]].strip()


def test_the_council_stands_for_a_title_before_the_first_sentence_does() -> None:
    text = "It rained. The county council met."
    start, end = stand_in(text) or (0, 0)
    assert text[start:end] == "The county council"
    assert stand_in("It rained. All day.") == (0, 10)
