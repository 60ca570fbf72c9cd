"""Whether the body that an item criticises is given its say, and in which sentence."""

import shutil
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import DataFileError
from crawler.home import CHECKOUT
from pipeline.taggers import reply

DATA = CHECKOUT / "data"
RULES = reply.load(DATA.joinpath)
FILE = tomllib.loads((DATA / "codebook" / "reply.toml").read_text("utf-8"))
CRITICAL = {"critical": 1.0, "supportive": 0.0, "mixed": 0.0, "neutral": 0.0}
SUPPORTIVE = CRITICAL | {"critical": 0.0, "supportive": 1.0}
NEUTRAL = CRITICAL | {"critical": 0.0, "neutral": 1.0}
ANSWER = "A spokesperson for the council said that it was sorry."


def has_reply(text: str, stances: dict[str, float] = CRITICAL) -> bool:
    return reply.reply("", text, RULES, stances)[0]


@pytest.mark.parametrize("text", FILE["yes"])
def test_the_line_has_a_reply(text: str) -> None:
    assert has_reply(text)


@pytest.mark.parametrize("text", FILE["no"])
def test_the_line_has_none(text: str) -> None:
    assert not has_reply(text)


def test_the_span_is_the_sentence_of_the_answer() -> None:
    text = f"Children wait too long. {ANSWER} The report is out today."
    answered, span = reply.reply("", text, RULES, CRITICAL)
    assert answered
    assert span
    assert text[slice(*span)] == ANSWER


def test_a_spokesperson_is_a_surer_reply_than_a_member() -> None:
    text = f"The cabinet member said that she was sad. {ANSWER}"
    span = reply.reply("", text, RULES, CRITICAL)[1]
    assert span
    assert text[slice(*span)] == ANSWER


def test_where_nobody_is_criticised_there_is_no_reply() -> None:
    assert not has_reply(ANSWER, NEUTRAL)
    assert not has_reply(ANSWER, SUPPORTIVE)


def test_praise_with_caveats_can_be_replied_to() -> None:
    text = f"Inspectors were pleased. Not everything was perfect: plans lack detail. {ANSWER}"
    assert has_reply(text, SUPPORTIVE)


def test_a_refusal_is_a_reply() -> None:
    assert has_reply("Children wait too long. The council declined to comment.")


def test_being_asked_is_not_a_reply() -> None:
    assert not has_reply("Children wait too long. The council has been approached for comment.")
    assert not has_reply("Children wait too long. A spokesperson had not replied yet.")


def test_a_charity_does_not_reply_for_the_council() -> None:
    assert not has_reply("Children wait too long. “It is sad,” said a spokesman for the charity.")


def test_quotations_of_a_known_role_are_replies() -> None:
    text = "Children wait too long. Jo Bell thinks “we will be fine”."
    start = text.index("we will")
    assert reply.reply("", text, RULES, CRITICAL) == (False, None)
    quotes = [("council-officer", start, len(text) - 2)]
    assert reply.reply("", text, RULES, CRITICAL, quotes) == (True, (start, len(text) - 2))
    parent = [("parent", start, len(text) - 2)]
    assert reply.reply("", text, RULES, CRITICAL, parent) == (False, None)


def test_whom_a_first_person_account_quotes_is_no_reply() -> None:
    text = "I rang again. My son was crying. “It is not my case,” she told me."
    start = text.index("It is")
    quotes = [("council-officer", start, start + 19)]
    assert reply.reply("", text, RULES, CRITICAL, quotes) == (False, None)


def test_a_spokesperson_needs_less_criticism_than_a_member_to_reply() -> None:
    half = CRITICAL | {"critical": 0.5, "neutral": 0.5}
    assert has_reply(f"Children wait too long. {ANSWER}", half)
    assert has_reply("Children wait too long. The council declined to comment.", half)
    assert not has_reply("Children wait too long. The cabinet member said she was sad.", half)


def test_words_to_a_family_are_no_reply_but_words_to_the_press_are() -> None:
    assert not has_reply("The council told the family that it could not help.")
    assert has_reply("The council said that it was putting things right.")


def test_the_opposition_does_not_reply_for_the_council() -> None:
    assert not has_reply("“It is a shambles,” said the opposition's lead member, Cllr Jo Bell.")


def test_a_quotation_beside_another_body_is_not_the_councils() -> None:
    text = "A charity ran the numbers. “It is longer than ever,” said its manager."
    start = text.index("It is")
    quotes = [("council-officer", start, start + 22)]
    assert reply.reply("", text, RULES, CRITICAL, quotes) == (False, None)


PIECES = [
    ANSWER,
    "\n\n",
    "The council refused to comment",
    ". ",
    "“",
    "İ",
    "𝔘",
    "has been asked to",
]


@given(st.text(), st.text() | st.lists(st.sampled_from(PIECES)).map("".join))
def test_a_reply_has_a_span_in_the_text(title: str, text: str) -> None:
    answered, span = reply.reply(title, text, RULES, CRITICAL)
    assert answered == (span is not None)
    if span:
        assert 0 <= span[0] < span[1] <= len(text)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("least =", "last =", "reply.toml: last: is not one of"),
        ("least = 0.6", 'least = "x"', "reply.toml: least: must be a float"),
        ('id = "refusal"', 'id = "denial"', "reply.toml: class "),
        ('"no comment",', '"no comment", "no comment",', "reply.toml: refusal: 'no comment' is"),
    ],
)
def test_a_slip_is_one_clear_line(old: str, new: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "codebook").mkdir()
    path = tmp_path / reply.FILES[0]
    shutil.copy(DATA / reply.FILES[0], path)
    content = path.read_text("utf-8")
    assert old in content
    path.write_text(content.replace(old, new, 1), "utf-8")
    with pytest.raises(DataFileError) as caught:
        reply.load(tmp_path.joinpath)
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)
