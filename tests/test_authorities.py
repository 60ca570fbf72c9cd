"""Whom a name stands for: in a council's form and in others', by date, and as a passer-by."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import DataFileError
from crawler.home import CHECKOUT
from pipeline.model import Article
from pipeline.taggers import authorities
from pipeline.taggers.authorities import names
from pipeline.taggers.naming import read_gazetteer

DATA = CHECKOUT / "data"
RULES = authorities.load(DATA.joinpath)
ROWS = read_gazetteer(DATA / "authorities.csv")
STANDING = [row for row in ROWS if not row["successors"]]
COUNCILS = [row for row in STANDING if row["type"] != "hsc-trust"]
AFC = {"Kingston upon Thames", "Richmond upon Thames"}
CUMBRIA = {"Cumberland", "Westmorland and Furness"}
NORTHANTS = {"North Northamptonshire", "West Northamptonshire"}
HIGH = [row["short_name"] for row in COUNCILS if row["ambiguity"] == "HIGH"]


def about(text: str, title: str = "", day: str = "") -> set[str]:
    """The authorities that a text of a day is about."""
    published = datetime.fromisoformat(day).replace(tzinfo=UTC) if day else None
    article = Article("0", "", "", "", title, text, published_at=published)
    return {mark.label for mark in authorities.tag(article, RULES)}


ITS_OWN = (
    "{name} has said sorry to children in care.",
    "{short}'s children's services are short of social workers.",
    "Ofsted has rated {short} Council inadequate.",
    "Children's social care in {short} is inadequate, Ofsted says.",
    "Parents in {short} are waiting 60 weeks for an EHCP.",
    "our SW at {short} LA has gone off sick again",
)
ANOTHERS = (
    "{short} FC fans raised money for a children's charity.",
    "A fan of {short} United told the council that the ground was noisy.",
    "{short} Police are looking for a missing boy.",
    "A nurse at {short} Hospital said that the children had been well.",
    "She was at the University of {short} before she became a social worker.",
    "He is held at HMP {short}, and his children are in care.",
    "The family flew out of {short} Airport.",
    "Mr {short} told the council that he was sorry.",
    "The social worker, Amy {short}, was struck off. Ms {short} said that she was sorry.",
    "Children in {short}, Massachusetts, are in care.",
    "Children in New {short} are in care, and in {short} State too.",
    "The {short} Evening Post has asked the council for its report.",
    "He was found at {short} railway station by social workers.",
    "{short} Cathedral held a service for care leavers.",
    "{short}-based charity Kith helps foster carers.",
)
PASSED = (
    "A director who once worked in {short} has resigned from the council.",
    "A family court in {short} heard that the council had failed.",
    "A judge sitting in {short} praised the social workers.",
    "The mother moved from {short} to be near her children in care.",
    "The boy was sent to a children's home in {short}.",
    "A solicitor from {short} said that councils were failing.",
)


@pytest.mark.parametrize("sentence", ITS_OWN)
def test_every_council_is_found_in_a_council_s_form(sentence: str) -> None:
    for row in COUNCILS:
        text = sentence.format(short=row["short_name"], name=row["name"])
        assert about(text) == {row["short_name"]}, text


@pytest.mark.parametrize("sentence", ANOTHERS + PASSED)
def test_no_council_is_found_in_another_s_name_or_in_passing(sentence: str) -> None:
    for row in COUNCILS:
        text = sentence.format(short=row["short_name"])
        assert about(text) == set(), text


@pytest.mark.parametrize("name", HIGH)
@pytest.mark.parametrize("sentence", ITS_OWN[1:])
def test_an_ambiguous_name_is_the_council_in_a_council_s_form(name: str, sentence: str) -> None:
    assert about(sentence.format(short=name, name=name)) == {name}


@pytest.mark.parametrize("name", HIGH)
@pytest.mark.parametrize("sentence", ANOTHERS)
def test_an_ambiguous_name_is_not_the_council_in_another_s(name: str, sentence: str) -> None:
    assert about(sentence.format(short=name)) == set()


@pytest.mark.parametrize("passing", PASSED)
def test_a_passer_by_does_not_count_beside_the_subject(passing: str) -> None:
    story = "Leeds City Council has said sorry to children in care. "
    assert about(story + passing.format(short="Hull")) == {"Leeds"}
    assert about(passing.format(short="Hull") + " " + story) == {"Leeds"}


@pytest.mark.parametrize(
    "text",
    [
        "Reading is good for children in care, says the council. Reading helps them.",
        "She was reading council papers while her children took a bath.",
        "Ministers want to bury council reports on children in care.",
        "MPs in Westminster told councils to act on children in care.",
        "SCC has said sorry to parents, and SCC will act.",
        "The Bath Rugby captain met care leavers from the council.",
        "Children from Newcastle-under-Lyme wrote to the council.",
        "Devon cream and a Derby winner were on the council's menu for foster carers.",
    ],
)
def test_a_word_an_acronym_or_a_parliament_is_no_council(text: str) -> None:
    assert about(text) == set()


def traps() -> list[tuple[str, str, str]]:
    """(alias, its authority, the authority of an alias that ends it)."""
    forms = ("Council", "children's services", "children’s services", "children's social care")
    aliases = [
        (words, row["short_name"])
        for row in STANDING
        for words in [*row["aliases"].split("|"), *(f"{row['short_name']} {f}" for f in forms)]
    ]
    return sorted(
        {
            (outer, label, other)
            for outer, label in aliases
            for inner, other in aliases
            if label != other and outer.lower().endswith(f" {inner.lower()}")
        }
    )


@pytest.mark.parametrize(("alias", "label", "other"), traps())
def test_an_alias_inside_a_longer_one_is_not_found(alias: str, label: str, other: str) -> None:
    found = about(f"{alias} has said sorry to children in care.")
    assert found == {label} and other not in found


@pytest.mark.parametrize(
    ("text", "day", "labels"),
    [
        ("Cumbria's children's services are poor.", "2019-01-01", {"Cumbria"}),
        ("Cumbria's children's services are poor.", "2024-01-01", CUMBRIA),
        ("Cumbria's children's services are poor.", "", {"Cumbria"}),
        ("Cumbria County Council hid the report in 2012.", "2024-01-01", {"Cumbria"}),
        ("Northamptonshire's children's services are poor.", "2021-03-31", {"Northamptonshire"}),
        ("Northamptonshire's children's services are poor.", "2021-04-01", NORTHANTS),
        ("Poole Council is sorry.", "2019-03-31", {"Poole"}),
        ("Poole Council is sorry.", "2019-04-01", {"BCP"}),
        ("Somerset's children's services are good.", "2026-01-01", {"Somerset"}),
        ("Westmorland's children's services are good.", "2022-01-01", {"Cumbria"}),
        ("Surrey Council is sorry.", "2026-01-01", {"Surrey"}),
    ],
)
def test_a_name_means_those_that_bore_it_on_the_day(text: str, day: str, labels: set[str]) -> None:
    assert about(text, day=day) == labels


def test_a_place_is_not_a_council_of_the_past_beside_its_successor() -> None:
    text = "Families in Poole are angry. BCP Council is sorry. In Poole 300 children wait."
    assert about(text) == {"BCP"}


@pytest.mark.parametrize(
    ("body", "day", "labels"),
    [
        ("Birmingham Children's Trust", "2019-01-01", {"Birmingham"}),
        ("Bradford Children and Families Trust", "2023-05-01", {"Bradford"}),
        ("Doncaster Children's Services Trust", "2016-01-01", {"Doncaster"}),
        ("Doncaster Children's Services Trust", "2024-01-01", {"Doncaster"}),
        ("Sandwell Children's Trust", "2020-01-01", {"Sandwell"}),
        ("Slough Children's Services Trust", "2018-01-01", {"Slough"}),
        ("Slough Children First", "2022-01-01", {"Slough"}),
        ("Together for Children", "2019-01-01", {"Sunderland"}),
        ("Brighter Futures for Children", "2020-01-01", {"Reading"}),
        ("Worcestershire Children First", "2021-01-01", {"Worcestershire"}),
        ("Northamptonshire Children’s Trust", "2020-12-01", {"Northamptonshire"}),
        ("Northamptonshire Children's Trust", "2022-01-01", NORTHANTS),
        ("Achieving for Children", "2015-01-01", AFC),
        ("Achieving for Children", "2018-01-01", AFC | {"Windsor and Maidenhead"}),
        ("Achieving for Children", "", AFC | {"Windsor and Maidenhead"}),
    ],
)
def test_a_trust_or_company_is_those_it_served_on_the_day(
    body: str, day: str, labels: set[str]
) -> None:
    assert about(f"{body} has said sorry.", day=day) == labels


def test_a_body_of_several_means_the_one_that_is_named_besides() -> None:
    text = "Achieving for Children has said sorry to families. Kingston Council is angry."
    assert about(text) == {"Kingston upon Thames"}


@pytest.mark.parametrize(
    ("title", "text", "labels"),
    [
        (
            "Three councils rated good",
            "Rutland was praised.\n\nThurrock was too.\n\nIn Fife they cheered.",
            {"Rutland", "Thurrock", "Fife"},
        ),
        (
            "",
            "Barnet and Harrow, which share a service, are sorry. Enfield left.",
            {"Barnet", "Harrow"},
        ),
        (
            "Special schools are full, MPs are told",
            "England's system is broken. One mother, from Wiltshire, had waited four years.",
            set(),
        ),
        (
            "Combined authority plans ten homes",
            "The mayor of Greater Manchester says the first will open in Oldham next year.",
            set(),
        ),
    ],
)
def test_a_text_is_about_those_it_announces_or_joins(
    title: str, text: str, labels: set[str]
) -> None:
    assert about(text, title) == labels


def test_a_late_neighbour_is_no_subject_whatever_is_said_of_it() -> None:
    story = "Rochdale Council is sorry. " + "It has too few staff for children in care. " * 12
    assert about(story + "Bury has fewer still, and Oldham Council has none.") == {"Rochdale"}


@pytest.mark.parametrize("ends", ["successors", "predecessors"])
def test_succession_goes_both_ways(ends: str) -> None:
    other = {"successors": "predecessors", "predecessors": "successors"}[ends]
    rows = {row["id"]: row for row in ROWS}
    pairs = [(row["id"], end) for row in ROWS for end in row[ends].split("|") if end]
    assert pairs
    assert all(one in rows[end][other].split("|") for one, end in pairs)


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("valid_to", "March 2019"),
        ("successors", "E99999999"),
        ("delivery_bodies", "A Trust"),
        ("delivery_bodies", "A Trust [2018/]"),
    ],
)
def test_a_wrong_cell_is_refused_with_its_row(column: str, cell: str) -> None:
    with pytest.raises(DataFileError, match=ROWS[0]["id"]):
        list(names([{**ROWS[0], column: cell}]))


def test_all_that_have_children_s_services_now_and_all_traps_are_there() -> None:
    assert len(STANDING) == 212
    assert len(traps()) >= 28


PIECES = ["Leeds", "Kent", "reading", "Cumbria", "BCP", "Achieving for Children", " Council", "’s"]
PIECES += [
    " and ",
    ", ",
    "-",
    "\n\n",
    " ",
    "New ",
    "Amy ",
    " Police",
    "formerly ",
    "İ",
    "𝔘",
    "é",
    ".",
]


@given(
    st.text() | st.lists(st.sampled_from(PIECES)).map("".join),
    st.text() | st.lists(st.sampled_from(PIECES)).map("".join),
    st.none() | st.datetimes(timezones=st.just(UTC)),
)
def test_any_text_of_any_day_gives_spans_that_say_something(
    title: str, text: str, day: datetime | None
) -> None:
    article = Article("0", "", "", "", title, text, published_at=day)
    for mark in authorities.tag(article, RULES):
        assert 0 <= mark.start < mark.end <= len(text)
        assert text[mark.start : mark.end].strip()
