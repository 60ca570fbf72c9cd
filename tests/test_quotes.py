"""Which words of a text are quoted, and who is said to have spoken them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.home import CHECKOUT
from pipeline.taggers.quotation import quotations
from pipeline.taggers.quotes import Quote, load, quotes

RULES = load((CHECKOUT / "data").joinpath)


def quoted(text: str) -> list[str]:
    """What a text quotes, without the marks."""
    return [text[one.start : one.end] for one in quotes(text, RULES)]


def speakers(text: str) -> list[tuple[str, str]]:
    """(role, name) of each quotation."""
    return [(one.role, one.name) for one in quotes(text, RULES)]


def only(text: str) -> Quote:
    (one,) = quotes(text, RULES)
    return one


SPOKEN = "we have no room for more"


@pytest.mark.parametrize("marks", ['""', "“”", "‘’", "''", "„“", "”“", "«»", "““", "””"])
def test_marks_of_every_kind_are_read(marks: str) -> None:
    text = f"She said {marks[0]}{SPOKEN}{marks[1]} and left."
    assert quoted(text) == [SPOKEN]


def test_four_words_are_too_few_and_five_are_enough() -> None:
    assert quoted("“No room for more,” she said. “No room for any more,” she said.") == [
        "No room for any more,"
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'The council's plan isn't the parents' plan,' she said.", 1),
        ("‘The council’s plan isn’t the parents’ plan at all,’ she said.", 1),
        ("'We were goin' down the road an' talking of it,' he said.", 1),
        ("The parents' letter and the teachers' reply were both late, in the '90s.", 0),
        ("rock 'n' roll was what the boys' club played every week 'til ten", 0),
        ("Don't say that it isn't the council's, because it's theirs.", 0),
    ],
)
def test_an_apostrophe_is_no_mark(text: str, expected: int) -> None:
    assert len(quotes(text, RULES)) == expected


def test_single_quotes_keep_their_apostrophes() -> None:
    text = "‘It was the parents’ fault that we weren’t told,’ said Ann Lee."
    assert quoted(text) == ["It was the parents’ fault that we weren’t told,"]


def test_marks_inside_marks_that_nobody_speaks_belong_to_the_outer_quotation() -> None:
    text = "“The ‘no more room at all’ sign is up,” said Ann Lee."
    assert quoted(text) == ["The ‘no more room at all’ sign is up,"]


def test_what_somebody_said_inside_a_quotation_is_their_own() -> None:
    text = "“The head told me: ‘we have no room for more’ and hung up,” said Cllr Bo Hart."
    assert speakers(text) == [HART, ("teacher", "")]


def test_a_split_quotation_is_two_where_both_parts_are_long() -> None:
    text = "“We have no room at all,” she said, “and nobody will give us any.” “Yes,” he said."
    assert quoted(text) == ["We have no room at all,", "and nobody will give us any."]


def test_a_speech_that_opens_its_marks_again_goes_on() -> None:
    text = (
        "Director Ann Lee said: “We have no room for more.\n\n“The money has run out as well.\n\n"
        "“I cannot promise any better.”\n\nThe meeting was on Monday."
    )
    assert speakers(text) == [("council-officer", "Ann Lee")] * 3


def test_a_mark_that_is_never_closed_ends_with_its_paragraph() -> None:
    text = 'Ann Lee said: "We have no room for more children.\n\nThe meeting was on Monday.'
    assert quoted(text) == ["We have no room for more children."]


def test_a_forgotten_mark_does_not_turn_the_next_quotation_inside_out() -> None:
    text = '"We have no room for more, she said. "And the money has run out."'
    assert quoted(text) == ["We have no room for more,", "And the money has run out."]


@pytest.mark.parametrize(
    "text",
    [
        "Inspectors said that it “requires improvement to be good”.",
        "She wrote ‘Working Together to Safeguard Children’ in 2018.",
        "The house is 5' 10\" wide and the next one is 6' 2\" wide, she said.",
    ],
)
def test_a_grade_a_title_and_a_measure_are_no_quotations(text: str) -> None:
    assert not quotes(text, RULES)


def test_a_sentence_that_only_has_a_grade_in_it_is_a_quotation() -> None:
    assert quoted("“Requires improvement means what it says,” said Cllr Bo Hart.")


HART = ("councillor", "Cllr Bo Hart")


@pytest.mark.parametrize(
    "text",
    [
        f"Cllr Bo Hart said: “{SPOKEN}.”",
        f"“{SPOKEN},” said Cllr Bo Hart.",
        f"“{SPOKEN},” Cllr Bo Hart told the committee.",
        f"“{SPOKEN},” the cabinet member, Cllr Bo Hart, said.",
        f"Cllr Bo Hart said that the home was full. “{SPOKEN},” he added.",
        f"Cllr Bo Hart, whose ward it is, had a warning: “{SPOKEN}.”",
        f"Cllr Bo Hart said that the homes were “{SPOKEN} here”.",
        f"“{SPOKEN}?” Cllr Bo Hart asked.",
        f"According to Cllr Bo Hart, “{SPOKEN}”.",
        f"Cllr Bo Hart was not pleased.\n\n“{SPOKEN},” he said.",
        f"Cllr Bo Hart said:\n\n“{SPOKEN}.”",
        f"Cllr Bo Hart opened the home. It has nine beds.\n\n“{SPOKEN},” said Cllr Hart.",
        f"Cllr Bo Hart disagreed. “{SPOKEN}.”",
    ],
)
def test_the_speaker_is_found_wherever_the_name_stands(text: str) -> None:
    assert speakers(text) == [HART]


def test_a_quotation_without_a_speaker_of_its_own_is_the_last_ones() -> None:
    text = f"“{SPOKEN},” said Cllr Bo Hart. “The money has all been spent.”"
    assert speakers(text) == [HART, HART]


def test_a_woman_is_not_taken_up_by_he() -> None:
    text = (
        "Mr Ned Orr, the director of children's services, was there. Mrs Ida Shaw, a parent, "
        f"clapped. “{SPOKEN},” he said."
    )
    assert speakers(text) == [("council-officer", "Mr Ned Orr")]


@pytest.mark.parametrize(
    ("text", "role", "name"),
    [
        (f"Director of education Ann Lee left. “{SPOKEN},” said Ms Lee.", "council-officer", ""),
        (f"Ann Lee, the director, left. “{SPOKEN},” the director said.", "council-officer", ""),
        (f"Judge Ann Lee sat in Elm. “{SPOKEN},” the judge said.", "judge", "Judge Ann Lee"),
    ],
)
def test_a_later_short_name_is_the_first_long_one(text: str, role: str, name: str) -> None:
    assert speakers(text) == [(role, name or "Ann Lee")]


@pytest.mark.parametrize(
    ("text", "role", "name"),
    [
        (f"A spokesman for Elm Council said: “{SPOKEN}.”", "council-spokesperson", "Elm Council"),
        (
            f"Elm Council will appeal. “{SPOKEN},” a spokeswoman said.",
            *("council-spokesperson", "Elm Council"),
        ),
        (f"Ofsted came to Elm. “{SPOKEN},” the report says.", "inspector", "Ofsted"),
        (f"Ofsted came to Elm. “{SPOKEN},” inspectors write.", "inspector", "Ofsted"),
        (f"A Home Office spokesperson said: “{SPOKEN}.”", "government", "Home Office"),
        (
            f"The Elm Safeguarding Children Board met. “{SPOKEN},” the review says.",
            *("expert", "Elm Safeguarding Children Board"),
        ),
    ],
)
def test_a_body_speaks_by_its_spokesperson_or_its_report(text: str, role: str, name: str) -> None:
    assert speakers(text) == [(role, name)]


@pytest.mark.parametrize(
    ("who", "anonymous"),
    [
        ("said one mother", True),
        ("said Mrs B", True),
        ("said Kim, who asked us not to print her surname", True),
        ("a social worker told us", True),
        ("said one councillor", True),
        ("the director said", False),
        ("a council spokesman said", False),
        ("said Ann Lee, a mother of two", False),
        ("the judge said", False),
    ],
)
def test_a_private_person_without_a_name_is_anonymous(who: str, anonymous: bool) -> None:
    assert only(f"“{SPOKEN},” {who}.").anonymous == anonymous


def test_the_speakers_words_are_those_of_the_text() -> None:
    text = f"Cllr Bo Hart said no. “{SPOKEN},” said Cllr Hart."
    one = only(text)
    assert text[one.speaker_start : one.speaker_end] == "Cllr Hart"
    assert one.rule == "after"


def test_nobody_named_is_nobody() -> None:
    one = only(f"“{SPOKEN}.”")
    assert one.speaker_start == one.speaker_end
    assert (one.name, one.role) == ("", "other")


def test_a_post_with_straight_marks_is_read() -> None:
    text = f'the SW came out monday. at the end she told me "{SPOKEN}" and that was it'
    assert speakers(text) == [("social-worker", "")]


@pytest.mark.parametrize(
    ("text", "role", "name"),
    [
        (
            f"A foster carer has won. Jo Marsh, 61, rang us. “{SPOKEN},” she said.",
            "carer",
            "Jo Marsh",
        ),
        (f"Kai, who is 17, left. “{SPOKEN},” he said.", "young-person", "Kai"),
        (f"“{SPOKEN},” said their mother, Jess.", "parent", "Jess"),
        (
            f"One of the county's MPs, Ann Lee, has a caseworker. “{SPOKEN},” she said.",
            "mp",
            "Ann Lee",
        ),
        (
            f"For Ann Lee, head of fostering, it is new. “{SPOKEN},” she said.",
            "council-officer",
            "Ann Lee",
        ),
        (
            f"“{SPOKEN},” said Ann Lee, a former minister who chairs the charity.",
            "charity",
            "Ann Lee",
        ),
        (f"“{SPOKEN},” said the councillor and father Ned Orr.", "councillor", "Ned Orr"),
        (
            f"Ned Orr, a GP, wrote to the head. “{SPOKEN},” his letter says.",
            "health",
            "Ned Orr",
        ),
        (f"The head of Elm Primary, Ned Orr, left. “{SPOKEN},” he said.", "teacher", "Ned Orr"),
        (f"Bo Ray died. Bo's mother, Ann Ray, wept. “{SPOKEN},” she said.", "parent", "Ann Ray"),
        (
            f"Ned Orr cooked for four hundred. The chef, who is 29, slept. “{SPOKEN},” he said.",
            *("other", "Ned Orr"),
        ),
        (
            f"The report by Una Bell KC is out. “{SPOKEN},” she writes.",
            *("expert", "Una Bell KC"),
        ),
        (
            f"Kim Roe, policy lead at the charity First Step, said it was “{SPOKEN}”.",
            *("charity", "Kim Roe"),
        ),
        (f"Cllr Bo Hart, of the LGA, left. “{SPOKEN},” he said.", "other", "Cllr Bo Hart"),
        (
            f"Tess Lee, whose daughter is ill, was there. Dr Kai Fell, a GP, spoke.\n\n"
            f"For Tess it is late. “{SPOKEN},” she said.",
            *("parent", "Tess Lee"),
        ),
        (
            f"A review, published today after a row that the family began, says it was “{SPOKEN}”.",
            *("expert", ""),
        ),
    ],
)
def test_a_role_told_elsewhere_in_the_text_is_found(text: str, role: str, name: str) -> None:
    assert speakers(text) == [(role, name)]


def test_she_is_nobody_who_has_a_mans_name() -> None:
    text = f"Cllr Wilma Hart spoke first. Walter Orr, a GP, listened. “{SPOKEN},” she said."
    assert speakers(text) == [("councillor", "Cllr Wilma Hart")]


def test_a_short_word_is_what_the_longer_one_before_it_is() -> None:
    text = f"The Children's Commissioner came. “{SPOKEN},” the commissioner said."
    assert [role for role, _ in speakers(text)] == ["other"]


def test_a_third_member_of_staff_is_what_the_first_was() -> None:
    text = f"“{SPOKEN},” said a teacher. A third member of staff agreed. “{SPOKEN},” she said."
    assert [role for role, _ in speakers(text)] == ["teacher", "teacher"]


def test_what_a_stranger_says_tells_the_role_where_nothing_else_does() -> None:
    one = only("“My son waited for two whole years,” said Ann Lee.")
    assert (one.role, one.rule) == ("parent", "what is said")


PIECES = [
    *("“", "”", "‘", "’", '"', "'", " ", "\n\n", ". ", ": ", ", ", "?", "…", "«", "\u00a0", "_"),
    *("said", "Ann Lee", "Cllr Bo Hart", "the council", "Elm Council", "the report", "she", "it"),
    *("we have no room for more", "a spokesman for", "Mrs B", "O", "İ", "𝔘", "one of them", "by"),
]


@given(st.text() | st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
def test_spans_are_in_range_and_in_order(text: str) -> None:
    last = 0
    for one in quotes(text, RULES):
        assert last < one.start < one.end <= len(text) or last == one.start == 0
        assert text[one.start : one.end].strip() == text[one.start : one.end]
        assert 0 <= one.speaker_start <= one.speaker_end <= len(text)
        last = one.start


@given(st.text() | st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
def test_quotations_are_never_empty(text: str) -> None:
    assert all(0 <= one.start < one.end <= len(text) for one in quotations(text))
