"""Who holds a public office: the lines of office.toml, and that nobody else is named."""

import shutil
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import DataFileError
from crawler.home import CHECKOUT
from pipeline.model import Article
from pipeline.taggers import office

DATA = CHECKOUT / "data"
RULES = office.load(DATA.joinpath)
OFFICES = tomllib.loads((DATA / "codebook" / "office.toml").read_text("utf-8"))["office"]
LINES = [
    (entry["id"], kind, line) for entry in OFFICES for kind in ("yes", "no") for line in entry[kind]
]


def found(text: str) -> list[tuple[str, str, str]]:
    """(office, who, evidence) of each mark."""
    article = Article("0", "", "", "", "", text)
    marks = [*office.tag(article, RULES)]
    assert all(text[m.subject_start : m.subject_end] == m.subject for m in marks)
    return [(m.label, m.subject, text[m.start : m.end]) for m in marks]


def holders(text: str) -> set[tuple[str, str]]:
    return {(label, who) for label, who, _ in found(text)}


@pytest.mark.parametrize(("label", "kind", "line"), LINES)
def test_the_line_names_a_holder_or_not(label: str, kind: str, line: str) -> None:
    assert (label in {one for one, _, _ in found(line)}) == (kind == "yes")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "Cllr Bryn Hadley, the cabinet member for children and young people, said no.",
            "Cllr Bryn Hadley, the cabinet member for children and young people",
        ),
        ("Labour MP Lawrie Cotterill asked.", "MP Lawrie Cotterill"),
        ("Leeds City Council leader Ann Bloor hit back.", "Council leader Ann Bloor"),
        ("Sir Lionel Garstang MP asked.", "Sir Lionel Garstang MP"),
        (
            "The mayor of Middlesbrough, Gil Sturrock, said so.",
            "mayor of Middlesbrough, Gil Sturrock",
        ),
        (
            "Coun Ann Lee (Lab), who is Hull City Council's lead member, said so.",
            "Coun Ann Lee (Lab), who is Hull City Council's lead member",
        ),
    ],
)
def test_the_evidence_is_the_words_for_person_and_office(text: str, told: str) -> None:
    assert [evidence for _, _, evidence in found(text)] == [told]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Dan Frost MP was told.", {("mp", "Dan Frost")}),
        ("Said Kay Finn, Oakham MP Dan Frost was told.", {("mp", "Dan Frost")}),
        ("Cllr Ann Lee, council leader, and Bo Ray came.", {("leader", "Cllr Ann Lee")}),
        (
            "The children's minister, Janet Orme, met the council's chief executive, Al Roe.",
            {("minister", "Janet Orme"), ("chief-executive", "Al Roe")},
        ),
    ],
)
def test_an_office_is_that_of_its_holder_only(text: str, told: set[tuple[str, str]]) -> None:
    assert holders(text) == told


@pytest.mark.parametrize(
    "text",
    [
        "Kay Finn, a foster carer, wrote to the director of children's services.",
        "Kay Finn, whose son is in care, told the MP that nobody rang.",
        "They were the director of children's services, Kay Finn, a mother of two, and a teacher.",
        "Jo Marsh, the council leader, Kay Finn and two carers met.",
        "A letter to the MP, Kay Finn and Jo Marsh, was lost.",
        "Kay Finn, daughter of the mayor, is a social worker.",
        "Kay Finn, a social worker under the director of children's services, was struck off.",
        "“Kay Finn, director of children's services, knew nothing,” the mother wrote.",
        "The leader of the scout group, Kay Finn, fosters two boys.",
        "The director of children's services said that Kay Finn, 16, had left.",
        "The mother, Kay Finn. Director of children's services at fault, judge says.",
        "The boy was known to the ombudsman as Kay Finn.",
    ],
)
def test_nobody_gets_an_office_by_standing_near_it(text: str) -> None:
    assert "Kay Finn" not in {who for _, who in holders(text)}


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("portfolio = [", "portfolios = [", "office.toml: portfolios: is not one of"),
        ('id = "mayor"', 'id = "leader"', "office.toml: office: an id is there twice"),
        ("council = true", 'council = "true"', "office.toml: council: must be a bool"),
        ('"ombudsman",', '"ombudsman", "ombudsman",', "is there twice, as 'ombudsman'"),
    ],
)
def test_a_slip_is_one_clear_line(old: str, new: str, problem: str, tmp_path: Path) -> None:
    shutil.copytree(DATA / "codebook", tmp_path / "codebook")
    path = tmp_path / "codebook" / "office.toml"
    head, office_lines = path.read_text("utf-8").split("not_before", 1)
    path.write_text(f"{head}not_before{office_lines.replace(old, new, 1)}", "utf-8")
    with pytest.raises(DataFileError) as caught:
        office.load(tmp_path.joinpath)
    assert problem in str(caught.value)


PIECES = [
    "Ann Lee",
    ", ",
    "the ",
    "council",
    "’s ",
    "leader",
    " MP",
    " for ",
    "children",
    "\n",
    "“",
]


@given(st.text() | st.lists(st.sampled_from(PIECES)).map("".join))
def test_any_text_gives_holders_whose_name_is_in_the_evidence(text: str) -> None:
    for label, who, evidence in found(text):
        assert label in {entry["id"] for entry in OFFICES}
        assert who.strip()
        assert who in evidence
