"""Which sections of the law a text names: the lines of law.toml, and what no line can say."""

import shutil
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import DataFileError
from crawler.home import CHECKOUT
from pipeline.model import Article
from pipeline.taggers import law

DATA = CHECKOUT / "data"
RULES = law.load(DATA.joinpath)
ACTS = tomllib.loads((DATA / "codebook" / "law.toml").read_text("utf-8"))["act"]
LINES = [
    (law.Section(act["id"], act.get("unit", "section"), entry["number"]).label, kind, line)
    for act in ACTS
    for entry in act["section"]
    for kind in ("yes", "no")
    for line in entry[kind]
]
CARE = "Social workers in child protection spoke. "


def found(text: str, title: str = "") -> list[tuple[str, str]]:
    """(label, evidence) of each mark."""
    article = Article("0", "", "", "", title, text)
    return [(mark.label, text[mark.start : mark.end]) for mark in law.tag(article, RULES)]


def labels(text: str, title: str = "") -> set[str]:
    return {label for label, _ in found(text, title)}


@pytest.mark.parametrize(("label", "kind", "line"), LINES)
def test_the_line_names_the_section_or_not(label: str, kind: str, line: str) -> None:
    assert (label in labels(line)) == (kind == "yes")


@pytest.mark.parametrize("line", [line for _, kind, line in LINES if kind == "no"])
def test_a_line_that_names_no_section_names_none_of_another_act(line: str) -> None:
    assert labels(line) == set()


def test_every_act_says_where_it_can_be_read() -> None:
    assert all("https://www.legislation.gov.uk/" in act["source"] for act in ACTS)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "Help under sections 17 and 47 came late.",
            [("ca1989-s17", "sections 17"), ("ca1989-s47", "47")],
        ),
        ("under ss 17, 20 and 47.", ["ss 17", "20", "47"]),
        ("Section 17/47 assessments", ["Section 17", "47"]),
        ("a section 17 and section 47 assessment", ["section 17", "section 47"]),
        ("a section 20(1) agreement", ["section 20(1)"]),
        ("an S47 enquiry", ["S47"]),
        ("it went from a s.17 to a 47, she says", ["s.17", "47"]),
        ("Article 66 of the Children (NI) Order 1995", [("nico1995-art66", "Article 66")]),
    ],
)
def test_the_evidence_is_the_words_that_name_the_section(
    text: str, told: list[tuple[str, str] | str]
) -> None:
    seen = found(CARE + text)
    assert told in (seen, [evidence for _, evidence in seen])


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("under section 25 of the Children (Scotland) Act 1995", "csa1995-s25"),
        ("under section 25 of the Children Act 1989", "ca1989-s25"),
        ("Under the Children (Scotland) Act, a section 25 order", "csa1995-s25"),
        (
            "under section 37 of the Social Services and Well\u2010being (Wales) Act",
            "sswbwa2014-s37",
        ),
        ("under section 37 of the Children’s Hearings (Scotland) Act 2011", "chsa2011-s37"),
        ("a section 37 report", "ca1989-s37"),
        ("under section 11 of the Children Act 2004", "ca2004-s11"),
        ("(section 20, Children Act 1989)", "ca1989-s20"),
        ("under section 20 of the Act", "ca1989-s20"),
    ],
)
def test_one_number_is_the_section_of_the_act_that_is_named(text: str, label: str) -> None:
    assert labels(CARE + text) == {label}


@pytest.mark.parametrize(
    "text",
    [
        "section 17 of the report",
        "Section 17 of its improvement plan",
        "a Section 21 notice",
        "a section 20 notice about the lift",
        "section 20 of the Landlord and Tenant Act 1985",
        "section 47 of the Offences against the Person Act 1861",
        "the S17 postcode",
        "a flat in S20",
        "an S17 socket",
        "his Samsung S20 rang",
        "Hull's 17 children",
        "the boys' 47 visits",
        "the M17 and the A47",
        "sections one and two",
        "article 17 in her series",
    ],
)
def test_another_s_number_is_no_section(text: str) -> None:
    assert labels(f"{CARE}It was {text}.") == set()


def test_letters_that_only_look_like_those_of_an_act_name_none() -> None:
    act = "section 37 of the Social Services and Well-being (Wales) Act"
    assert labels(CARE + act) == {"sswbwa2014-s37"}
    assert labels(CARE + act.replace("S", "ſ")) == set()


def test_a_count_after_a_section_is_no_section() -> None:
    assert labels(CARE + "Under section 17, 47 children and 20 carers got help.") == {"ca1989-s17"}
    assert labels(CARE + "Under section 17 and 47 children got help.") == {"ca1989-s17"}


def test_a_number_by_itself_needs_a_text_about_children_s_services() -> None:
    assert labels("She was helped under section 17.") == set()
    assert labels("She was helped under section 17 by a social worker.") == {"ca1989-s17"}
    assert labels("She was helped under section 17.", "Social worker struck off") == {"ca1989-s17"}


def test_a_text_of_leases_names_no_section_by_number_alone() -> None:
    lease = "A foster carer and leaseholder had never heard of section 20."
    assert labels(lease) == set()
    assert labels(lease + " She signed a section 20 agreement for the boy.") == {"ca1989-s20"}


def test_a_section_in_the_title_only_is_marked_on_words_that_stand_for_it() -> None:
    text = "My son is ill. The council says that six hours are enough for his EHCP."
    assert found(text, "Section 19 - what now?") == [("ea1996-s19", "The council")]
    assert found(" \n", "Section 47 enquiry") == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("not_after =", "not_before =", "law.toml: not_before: is not one of"),
        ('number = "17"', 'nummer = "17"', "law.toml: nummer: is not one of"),
        ('number = "20"', 'number = "17"', "law.toml: ca1989-s17: is there twice"),
        ('unit = "article"', 'unit = "rule"', "law.toml: nico1995: unit 'rule' is not one of"),
        ('"(interim|order|orders)"', '"(interim"', "law.toml: ca1989 38: '(interim' brackets"),
        ("\nbare = true", '\nbare = "yes"', "law.toml: bare: must be a bool"),
    ],
)
def test_a_slip_is_one_clear_line(old: str, new: str, problem: str, tmp_path: Path) -> None:
    shutil.copytree(DATA / "codebook", tmp_path / "codebook")
    path = tmp_path / "codebook" / "law.toml"
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(DataFileError) as caught:
        law.load(tmp_path.joinpath)
    assert problem in str(caught.value)


PIECES = ["section ", "s", "S", ".", "17", "47", " and ", "(1)", " of the Children Act", " a 47,"]


@given(st.text() | st.lists(st.sampled_from(PIECES)).map("".join))
def test_any_text_gives_labels_of_the_file_on_words_that_are_there(text: str) -> None:
    known = {label for label, _, _ in LINES}
    for label, evidence in found(text + " social worker"):
        assert label in known
        assert evidence.strip()
