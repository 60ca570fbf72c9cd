"""The codebook as a page: all that a researcher needs is on it, in words, and as data."""

import json
import shutil
import tomllib
from dataclasses import asdict
from pathlib import Path

import pytest

from crawler.errors import DataFileError, UsageError
from crawler.home import CHECKOUT, Home
from pipeline.taggers import TAGGERS
from reports.codebook import WIDTH, codebook, only, page
from reports.codebook_parts import SPECS, readable
from tests.conftest import Tocsin

CODEBOOK = CHECKOUT / "data" / "codebook"
THEMES = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in CODEBOOK.glob("themes/*")}
BOOK = codebook(Home(CHECKOUT))
PARTS = {part.id: part for part in BOOK.parts}
PAGE = page(BOOK)


def joined(text: str) -> str:
    """A text in one line, so that a sentence is found wherever its lines break."""
    return " ".join(text.split())


@pytest.fixture
def own(home: Home) -> Home:
    """A home with a codebook of its own."""
    shutil.copytree(CODEBOOK, home.root / "data" / "codebook")
    return home


def edit(home: Home, name: str, old: str, new: str) -> None:
    path = home.root / "data" / "codebook" / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


@pytest.mark.parametrize("theme", THEMES)
def test_a_theme_is_on_the_page_with_its_meaning_and_its_sentences(theme: str) -> None:
    text, table = joined(PAGE), THEMES[theme]
    assert f"### {table['label']} (`{theme}`)" in text
    for words in (table["definition"], table["include"], table["exclude"]):
        assert words in text
    for line in (*table["yes"], *table["no"]):
        assert f"- {joined(line)}" in text


@pytest.mark.parametrize("theme", THEMES)
def test_a_theme_has_each_phrase_of_its_file_once(theme: str) -> None:
    entry = next(entry for entry in PARTS["themes"].entries if entry.id == theme)
    lists = ("anchor", "support", "weak", "subject", "finding", "context", "false_friends")
    told = [readable(phrase) for key in lists for phrase in THEMES[theme].get(key, ())]
    assert sorted(phrase for _, phrases in entry.words for phrase in phrases) == sorted(told)


@pytest.mark.parametrize(
    ("phrase", "told"),
    [
        ("caseload*", "caseload…"),
        ("(rated|judged) inadequate", "rated/judged inadequate"),
        ("(the |)council", "[the] council"),
        ("at risk of (serious |significant |)harm", "at risk of [serious/significant] harm"),
        ("(social services|the NSPCC) called", "(social services / the NSPCC) called"),
        ("chairs (the |its )(council|panel)*", "chairs the/its council/panel…"),
        ("children's services", "children's services"),
    ],
)
def test_a_phrase_is_shown_without_its_grammar(phrase: str, told: str) -> None:
    assert readable(phrase) == told


def test_no_phrase_on_the_page_has_grammar_left() -> None:
    shown = [p for part in BOOK.parts for e in part.entries for _, ps in e.words for p in ps]
    assert len(shown) > 3000
    assert [phrase for phrase in shown if set("|*") & set(phrase) or not phrase.strip()] == []


def test_every_tagger_has_a_part_and_every_part_a_version_and_labels() -> None:
    assert {spec.tagger for spec in SPECS.values()} | set(PARTS) >= set(TAGGERS)
    assert list(PARTS)[: len(SPECS)] == list(SPECS)
    for part in BOOK.parts:
        assert f"## {part.title}\n" in PAGE
        assert f"Version `{part.version}`." in PAGE
        assert len(part.version) == 16
        assert part.entries or part.id not in SPECS


def test_the_page_says_how_relevance_comes_about() -> None:
    table = tomllib.loads((CODEBOOK / "relevance.toml").read_text("utf-8"))
    text = joined(PAGE)
    assert f"The sum begins at {table['bias']:+g}" in text
    assert f"From {table['threshold']:.0%} on the text is relevant" in text
    reason = table["reason"][0]
    assert f"{reason['weight']:+g} a phrase; at most {reason['most']} different ones" in text


def test_the_page_says_what_counts_as_past_and_what_each_role_is() -> None:
    judgements = {entry.id: entry for entry in PARTS["judgements"].entries}
    past = [phrase for _, phrases in judgements["past"].words for phrase in phrases]
    assert "previously" in past
    assert {"outstanding", "good", "requires-improvement", "inadequate"} <= set(judgements)
    roles = [entry.id for entry in PARTS["quotes"].entries]
    assert len(roles) == len(set(roles))
    assert {"council-spokesperson", "parent", "whistleblower"} <= set(roles)


def test_lines_are_as_narrow_as_a_page() -> None:
    wide = [line for line in PAGE.splitlines() if len(line) > WIDTH + 4]
    assert [line for line in wide if " " in line.strip("-# ") and not line.startswith("#")] == []


def test_a_version_is_that_of_its_own_files(own: Home) -> None:
    before = {part.id: part.version for part in codebook(own).parts}
    edit(own, "themes/care.toml", '"placements"', '"placements", "bed nights"')
    after = {part.id: part.version for part in codebook(own).parts}
    assert {name for name in before if before[name] != after[name]} == {"themes"}


def test_a_home_s_own_codebook_is_what_is_printed(own: Home) -> None:
    edit(
        own, "themes/care.toml", THEMES["care"]["definition"], "Children who live in a lighthouse."
    )
    assert "Children who live in a lighthouse." in page(codebook(own))


def test_a_wrong_file_is_one_clear_line(own: Home) -> None:
    edit(own, "guide.toml", 'id = "stance"', 'id = "stanze"')
    with pytest.raises(DataFileError, match=r"guide\.toml: stan[cz]e: is no part"):
        codebook(own)
    edit(own, "themes/care.toml", "anchor =", "anchors =")
    with pytest.raises(DataFileError, match=r"care\.toml: anchors: is not one of"):
        codebook(own)


def test_one_theme_is_alone_on_its_page() -> None:
    text = page(only(BOOK, "care"))
    assert text.startswith(f"### {THEMES['care']['label']} (`care`)\n")
    assert text.count("###") == 1
    assert text.endswith(f"Version `{PARTS['themes'].version}`.\n")
    with pytest.raises(UsageError):
        only(BOOK, "cares")


def test_the_command_prints_the_page(tocsin: Tocsin) -> None:
    done = tocsin("codebook")
    assert (done.returncode, done.stdout) == (0, PAGE)
    done = tocsin("codebook", "--theme", "care")
    assert (done.returncode, done.stdout) == (0, page(only(BOOK, "care")))


def test_the_command_prints_the_same_as_data(tocsin: Tocsin) -> None:
    done = tocsin("codebook", "--json")
    assert json.loads(done.stdout) == json.loads(json.dumps(asdict(BOOK)))
    done = tocsin("codebook", "--theme", "care", "--json")
    (part,) = json.loads(done.stdout)["parts"]
    assert [entry["id"] for entry in part["entries"]] == ["care"]


def test_an_unknown_theme_is_one_clear_line(tocsin: Tocsin) -> None:
    done = tocsin("codebook", "--theme", "cars")
    assert done.returncode == 2
    assert done.stderr.startswith("tocsin: --theme cars: no such theme; there are adoption")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_the_readme_names_the_command() -> None:
    assert "tocsin codebook" in (CHECKOUT / "README.md").read_text("utf-8")


def test_the_page_needs_no_store(tmp_path: Path) -> None:
    codebook(Home(tmp_path))
    assert list(tmp_path.iterdir()) == []
