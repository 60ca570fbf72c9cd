"""The words that name speakers prove themselves, and a slip in them is one clear line."""

import shutil
import tomllib
from pathlib import Path

import pytest

from crawler.errors import DataFileError
from crawler.home import CHECKOUT
from pipeline.taggers import quotes, speakers

DATA = CHECKOUT / "data"
RULES = quotes.load(DATA.joinpath)
TABLE = tomllib.loads((DATA / speakers.FILES[0]).read_text("utf-8"))
LINES = [
    (role["id"], kind, line)
    for role in TABLE["role"]
    for kind in ("yes", "no")
    for line in role[kind]
]


def test_the_words_cover_every_role_of_the_codebook() -> None:
    assert {role["id"] for role in TABLE["role"]} == set(speakers.ROLES)


@pytest.mark.parametrize(("role", "kind", "line"), LINES)
def test_the_line_is_spoken_in_the_role_or_not(role: str, kind: str, line: str) -> None:
    found = quotes.quotes(line, RULES)
    assert found
    assert all((one.role == role) == (kind == "yes") for one in found)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("verbs = [", "verb = [", "speakers.toml: verb: is not one of"),
        ('id = "judge"', 'id = "jugde"', "speakers.toml: role: 'jugde' is not one of teacher"),
        ('alone = "union"', 'alone = "onion"', "speakers.toml: job: 'onion' is not one of"),
        ('authors = ["judge"]', 'authors = ["jury"]', "document: 'jury' is not one of"),
        ("private = true", "private = 1", "speakers.toml: private: must be a bool"),
        ('"Ofsted", ', '"Ofsted", "Ofsted", ', "words: 'Ofsted' is there twice"),
        ('"Ofsted", ', '"(Ofsted", ', "'(Ofsted' brackets or | do not pair up"),
        ('"Ofsted", ', "7, ", "words: 7 is not text"),
        ("nobody = [", "nobody = []\nnone = [", "speakers.toml: none: is not one of"),
        ("[[document]]", "[document]", "speakers.toml: file: "),
    ],
)
def test_a_slip_is_one_clear_line(old: str, new: str, problem: str, tmp_path: Path) -> None:
    shutil.copytree(DATA / "codebook", tmp_path / "codebook")
    path = tmp_path / speakers.FILES[0]
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(DataFileError) as caught:
        speakers.load(tmp_path.joinpath)
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


def named(text: str) -> list[tuple[str, str]]:
    """What a text has of people and bodies: (kind, words)."""
    tokens = speakers.scan(text, RULES)
    return [(t.kind, text[t.start : t.end]) for t in tokens if t.kind in ("person", "body")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Finance director Tess Orme told them.", ("person", "Tess Orme")),
        ("The leader, Cllr Una Voss-Hale, left.", ("person", "Cllr Una Voss-Hale")),
        ("said Judge Amos Brand in court", ("person", "Judge Amos Brand")),
        ("Labour MP Lena Roe asked why.", ("person", "Lena Roe")),
        ("said Ned Orr KC, who led it", ("person", "Ned Orr KC")),
        ("Oakshire County Council has closed it.", ("body", "Oakshire County Council")),
        ("the Isle of Elm Council", ("body", "Isle of Elm Council")),
    ],
)
def test_a_name_keeps_its_title_and_loses_the_job(text: str, expected: tuple[str, str]) -> None:
    assert expected in named(text)


@pytest.mark.parametrize("text", ["They met in Market Harding.", "On Elm Tree Road it rained."])
def test_a_place_or_a_street_is_no_person(text: str) -> None:
    assert not named(text)
