"""What the words of a text, taken together, add to what its phrases say."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import DataFileError
from crawler.home import CHECKOUT
from pipeline.model import Article
from pipeline.taggers import relevance, themes
from pipeline.taggers.wording import load_wording, loudest, weigh

WORDS = CHECKOUT / "data" / "codebook" / "words.csv"
DATA = CHECKOUT / "data"
THEMES = tuple(sorted(path.stem for path in (DATA / "codebook" / "themes").glob("*.toml")))
CLASS = "The boy missed lessons and his classroom was empty. Teachers set work for pupils at home."


def article(text: str) -> Article:
    return Article(id="0", url="", page="", source_id="", title="", text=text)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "words.csv"
    path.write_text("word,care,send\nbed,0.5,-0.5\npupils,0,2\n,-1,-1\n", "utf-8")
    return path


def test_words_about_lessons_speak_for_education() -> None:
    told = weigh(CLASS, load_wording(WORDS, THEMES))
    assert max(told, key=lambda theme: told[theme]) == "education"


def test_each_word_counts_once_however_it_is_written(small: Path) -> None:
    words = load_wording(small, ("send",))
    assert weigh("Pupils", words) == weigh("PUPILS, pupils and pupils.", words)
    assert weigh("Pupils", words)["send"] > weigh("bed", words)["send"]


def test_a_text_without_a_known_word_says_nothing(small: Path) -> None:
    assert weigh("Ouse, Wharfe and Nidd.", load_wording(small, ("care",))) == {"care": 0.0}


def test_a_label_that_was_never_fitted_is_not_moved(small: Path) -> None:
    assert weigh("pupils", load_wording(small, ("nurture",))) == {"nurture": 0.0}


def test_no_text_has_a_theme_for_its_words_alone() -> None:
    rules = themes.load(DATA.joinpath)
    assert weigh(CLASS, rules.wording)["education"] > 0
    bare = "Invoice after invoice went unpaid and the ledger was bare."
    assert list(themes.tag(article(bare), rules)) == []


def test_words_move_relevance_by_no_more_than_the_codebook_says() -> None:
    rules = relevance.load(DATA.joinpath)
    weights = [
        mark.weight
        for text in (CLASS * 9, "A goal and a bridge and a bakery. " * 9, "social workers " * 50)
        for mark in relevance.tag(article(text), rules)
        if mark.rule.startswith("wording")
    ]
    assert weights
    assert max(map(abs, weights)) <= rules.most_wording


@given(st.text(max_size=300))
def test_the_loudest_word_is_in_the_text(text: str) -> None:
    words = load_wording(WORDS, ("relevant",))
    for sign in (1.0, -1.0):
        span = loudest(text, words, sign)
        assert span is None or text[slice(*span)].strip()


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ("", "words.csv: file: is not a table"),
        ("word,care\nbed,1\n", "words.csv: file: is not a table of words that ends with any"),
        ("word,care\nbed,1\nbed,2\n,0\n", "words.csv: file: a word is there twice"),
        ("word,care\nbed,1,2\n,0\n", "words.csv: bed: must have 2 cells"),
        ("word,care\nbed,much\n,0\n", "words.csv: bed: could not convert"),
    ],
)
def test_a_slip_is_one_clear_line(table: str, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "words.csv"
    path.write_text(table, "utf-8")
    with pytest.raises(DataFileError) as caught:
        load_wording(path, ("care",))
    assert problem in str(caught.value)
