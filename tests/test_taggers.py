"""What the taggers say of a text: its themes, its authorities, and whether it is relevant."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.home import CHECKOUT
from pipeline.model import Article, Mark
from pipeline.taggers import TAGGERS, relevance

DATA = CHECKOUT / "data"
RULES = {name: tagger.load(DATA.joinpath) for name, tagger in TAGGERS.items()}

STORY = (
    "Derwentside children's services 'overwhelmed', says watchdog",
    "Ofsted has told Leeds City Council that its children's services require improvement.\n\n"
    "Inspectors say caseloads are too high and that children in care wait too long for a "
    "permanent home. “We accept every word,” said the director, who previously worked in Kent.\n\n"
    "The council will spend another £2m on foster carers. Wakefield Council is not affected.",
)
POST = (
    "",
    "our SW has left again, thats the third one since xmas. EHCP review was meant to be in june "
    "and nobody from the LA turned up. we're in Suffolk. MASH told the HT it doesnt meet "
    "threshold. what do i do??",
)


def article(title: str, text: str) -> Article:
    return Article(id="0", url="", page="", source_id="", title=title, text=text)


def tag(tagger: str, title: str, text: str) -> list[Mark]:
    return list(TAGGERS[tagger].tag(article(title, text), RULES[tagger]))


def labels(tagger: str, title: str, text: str) -> set[str]:
    return {mark.label for mark in tag(tagger, title, text)}


def about(text: str) -> set[str]:
    """The authorities that a text without a title is about."""
    return labels("authorities", "", text)


def score(title: str, text: str) -> float:
    return relevance.score(tag("relevance", title, text), RULES["relevance"])


PIECES = ["Leeds City Council", "’s", " ", "\n\n", "children in care", "İ", "𝔘", "é", "Ofsted", "."]


@given(st.text(), st.text() | st.lists(st.sampled_from(PIECES)).map("".join))
def test_every_mark_is_in_range_and_on_whole_words(title: str, text: str) -> None:
    for name in TAGGERS:
        for mark in tag(name, title, text):
            assert 0 <= mark.start < mark.end <= len(text)
            if not mark.rule.startswith("title: "):
                assert not (mark.start and text[mark.start - 1].isalnum())
                assert not text[mark.end : mark.end + 1].isalnum()


@pytest.mark.parametrize("name", TAGGERS)
def test_a_title_without_a_text_has_no_marks(name: str) -> None:
    assert tag(name, "Leeds City Council's children's services rated inadequate", " \n") == []


def test_a_news_story_is_tagged() -> None:
    assert labels("authorities", *STORY) == {"Leeds"}
    assert {"inspection", "workforce", "care", "adoption-fostering"} <= labels("themes", *STORY)
    assert score(*STORY) > 0.9


def test_a_forum_post_is_tagged() -> None:
    assert labels("authorities", *POST) == {"Suffolk"}
    assert {"workforce", "send", "referrals"} <= labels("themes", *POST)
    assert score(*POST) > 0.9


def test_rules_say_which_phrase() -> None:
    rules = {mark.rule for name in TAGGERS for mark in tag(name, *STORY)}
    assert {"council form: Leeds City Council", "support: caseload*"} & rules
    assert "council form: Leeds City Council" in rules


def test_what_only_the_title_says_is_marked_on_words_that_stand_for_it() -> None:
    text = "Parents are angry. The council has said sorry."
    (mark,) = tag("authorities", "Rochdale says sorry to children", text)
    assert (text[mark.start : mark.end], mark.rule) == ("The council", "title: Rochdale")


@pytest.mark.parametrize(
    ("title", "text"),
    [
        (
            "Nursery rated inadequate",
            "Ofsted said that toddlers at the nursery were bored. The nursery has new managers.",
        ),
        (
            "Kittens in care",
            "The RSPCA has 40 cats and kittens in care and needs foster carers. The vet is paid.",
        ),
        (
            "Section 20 notices",
            "Leaseholders got section 20 notices from the council for the roof of their block.",
        ),
        (
            "Judge warns Tusla",
            "Tusla, in Dublin, has 400 children in care without a social worker, a judge said.",
        ),
        (
            "Care for older people",
            "The Care Quality Commission says adult social care for older people in care homes "
            "requires improvement. The council has apologised.",
        ),
    ],
)
def test_a_near_miss_is_not_relevant(title: str, text: str) -> None:
    assert score(title, text) < 0.5


def test_the_score_depends_on_the_weights_alone() -> None:
    rules = RULES["relevance"]
    marks = tag("relevance", *STORY)
    moved = [Mark("relevant", 0, 1, "", mark.weight) for mark in reversed(marks)]
    assert relevance.score(moved, rules) == relevance.score(marks, rules)
    assert 0 < relevance.score([], rules) < rules.threshold
    assert relevance.score([Mark("relevant", 0, 1, "", -5000.0)], rules) < 1e-9


def nesting() -> list[tuple[str, str]]:
    """(inner, outer) aliases of different authorities, the inner a part of the outer's words."""
    with (DATA / "authorities.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    aliases = [(a, r["short_name"]) for r in rows for a in r["aliases"].split("|") if a]
    return [
        (outer, label)
        for outer, label in aliases
        for inner, other in aliases
        if label != other and outer.endswith(f" {inner}")
    ]


@pytest.mark.parametrize(("alias", "label"), nesting())
def test_the_longest_alias_wins(alias: str, label: str) -> None:
    assert about(f"{alias} has said sorry. It is sorry.") == {label}


@pytest.mark.parametrize(
    ("outer", "label"),
    [
        ("North East Lincolnshire", "North East Lincolnshire"),
        ("North Lincolnshire", "North Lincolnshire"),
        ("South Gloucestershire", "South Gloucestershire"),
        ("East Renfrewshire", "East Renfrewshire"),
        ("North Somerset", "North Somerset"),
        ("Bath and North East Somerset", "Bath and North East Somerset"),
    ],
)
@pytest.mark.parametrize("service", ["children's services", "children’s social care", "Council"])
def test_a_compass_point_is_part_of_the_name(outer: str, label: str, service: str) -> None:
    assert about(f"{outer} {service} has too few staff.") == {label}


def test_every_authority_is_found_by_its_council_or_trust() -> None:
    with (DATA / "authorities.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    missed = [r["name"] for r in rows if r["short_name"] not in about(f"{r['name']} met today.")]
    assert len(rows) >= 220
    assert missed == []


@pytest.mark.parametrize(
    "text",
    [
        "Reading is good for children. Bury the hatchet. A hull was found. Devon cream.",
        "Kent Police and Derby County FC ran a day for children.",
        "Children in New Hampshire and at Kent State, and North Somersetshire folk.",
        "He was sentenced at Leeds Crown Court. He had been at Leeds Crown Court before.",
        "Nurses at Hull University Hospitals treated the children.",
        "Councils across England are short of social workers.",
    ],
)
def test_a_name_that_is_another_thing_is_no_authority(text: str) -> None:
    assert about(text) == set()


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Reading Borough Council is sorry.", "Reading"),
        ("Kent's children's services are sorry.", "Kent"),
        ("The council in Bury has children in care. Its staff are sorry.", "Bury"),
        ("HULL CITY COUNCIL is sorry.", "Hull"),
        ("Nottinghamshire County Council is sorry.", "Nottinghamshire"),
        ("Nottingham City Council is sorry.", "Nottingham"),
        ("The Northern Health and Social Care Trust is sorry.", "Northern Trust"),
        ("Cumbria County Council was failed in 2012.", "Cumbria"),
        ("Bradford Children and Families Trust is sorry.", "Bradford"),
    ],
)
def test_an_ambiguous_name_in_its_form_is_the_authority(text: str, label: str) -> None:
    assert about(text) == {label}


@pytest.mark.parametrize(
    "passing",
    [
        "Its director previously worked at Kent County Council.",
        "Bradford Council, next door, is not involved.",
        "Unlike Wakefield Council, it has enough staff.",
    ],
)
def test_an_authority_that_is_passed_by_is_no_subject(passing: str) -> None:
    assert about(f"Leeds City Council has said sorry. {passing}") == {"Leeds"}


def test_a_list_of_a_crowd_is_about_none_of_it() -> None:
    crowd = ("Leeds", "Bolton", "Oldham", "Wigan", "Salford", "Sefton", "Walsall", "Dudley")
    assert about(" ".join(f"{name} Council met." for name in crowd)) == set()
    few = " ".join(f"{name} Council met." for name in crowd[:3])
    assert about(f"Three councils met. {few}") == set(crowd[:3])


def test_a_theme_word_inside_a_false_friend_does_not_count() -> None:
    text = "The council's children's services noted the adoption of the budget."
    assert "adoption-fostering" not in labels("themes", "", text)
