"""The codebook proves itself: each theme's yes and no lines, and clear words for a slip."""

import shutil
import tomllib
from pathlib import Path

import pytest

from crawler.errors import DataFileError
from crawler.home import CHECKOUT
from pipeline.model import Article
from pipeline.taggers import TAGGERS, authorities, relevance, themes

DATA = CHECKOUT / "data"
THEMES = {
    path.stem: tomllib.loads(path.read_text())
    for path in sorted((DATA / "codebook" / "themes").glob("*.toml"))
}
RULES = themes.load(DATA.joinpath)
LINES = [
    (theme, kind, line)
    for theme, table in THEMES.items()
    for kind in ("yes", "no")
    for line in table[kind]
]


def article(text: str) -> Article:
    return Article(id="0", url="", page="", source_id="", title="", text=text)


def test_the_codebook_has_its_twenty_themes() -> None:
    assert len(THEMES) == 20
    assert set(RULES.themes) == set(THEMES)


@pytest.mark.parametrize(("theme", "kind", "line"), LINES)
def test_the_line_has_the_theme_or_not(theme: str, kind: str, line: str) -> None:
    labels = {mark.label for mark in themes.tag(article(line), RULES)}
    assert (theme in labels) == (kind == "yes")


@pytest.mark.parametrize("theme", THEMES)
def test_a_theme_has_four_lines_of_each_kind(theme: str) -> None:
    assert min(len(THEMES[theme]["yes"]), len(THEMES[theme]["no"])) >= 4


@pytest.mark.parametrize("theme", THEMES)
def test_an_anchor_at_the_head_of_a_text_is_enough(theme: str) -> None:
    signs = [float(sign in ("bias", "anchor", "lead")) for sign in themes.SIGNS]
    assert themes.likely(signs, RULES.weights[theme]) >= RULES.threshold


def test_a_theme_that_was_never_fitted_has_the_weights_of_any(tmp_path: Path) -> None:
    shutil.copytree(DATA / "codebook", tmp_path / "codebook")
    folder = tmp_path / "codebook" / "themes"
    text = (folder / "care.toml").read_text()
    (folder / "nurture.toml").write_text(text.replace('id = "care"', 'id = "nurture"', 1))
    weights = themes.load(tmp_path.joinpath).weights
    assert weights["nurture"] not in [weights[theme] for theme in THEMES]


@pytest.mark.parametrize("name", TAGGERS)
def test_a_tagger_reads_the_files_that_it_names_and_no_others(name: str, tmp_path: Path) -> None:
    for pattern in TAGGERS[name].FILES:
        for path in DATA.glob(pattern):
            copy = tmp_path / path.relative_to(DATA)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
    assert TAGGERS[name].load(tmp_path.joinpath)


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        ("themes/care.toml", "anchor =", "anchors =", "care.toml: anchors: is not one of"),
        ("themes/care.toml", 'id = "care"', 'id = "car"', "care.toml: id: 'car' is not the file"),
        ("themes/send.toml", '"EHCP*",', '"EHCP*", "EHCP*",', "is there twice, as 'EHCP*'"),
        ("themes/send.toml", '"EHCP*",', '"(EHCP",', "'(EHCP' brackets or | do not pair up"),
        ("themes/send.toml", '"EHCP*",', "3,", "3 is not text"),
        ("scope.toml", "children = [", "children = []\nx = [", "scope.toml: x: is not one of"),
        ("scope.toml", "service = [", "service = ", "scope.toml: file: Invalid value"),
        ("weights.toml", "threshold =", "treshold =", "weights.toml: treshold: is not one of"),
        ("weights.toml", "anchor = ", "anker = ", "weights.toml: anker: is not one of"),
        ("relevance.toml", "most = 3", 'most = "3"', "relevance.toml: most: must be a int"),
        ("authorities.toml", "least =", "last =", "authorities.toml: last: is not one of"),
    ],
)
def test_a_slip_is_one_clear_line(
    file: str, old: str, new: str, problem: str, tmp_path: Path
) -> None:
    shutil.copytree(DATA / "codebook", tmp_path / "codebook")
    shutil.copy(DATA / "authorities.csv", tmp_path)
    path = tmp_path / "codebook" / file
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(DataFileError) as caught:
        for tagger in (themes, relevance, authorities):
            tagger.load(tmp_path.joinpath)
    assert problem in str(caught.value)


def test_two_authorities_may_share_a_name_only_at_different_times(tmp_path: Path) -> None:
    shutil.copytree(DATA / "codebook", tmp_path / "codebook")
    lines = (DATA / "authorities.csv").read_text().splitlines()
    (tmp_path / "authorities.csv").write_text("\n".join([*lines, lines[1]]))
    with pytest.raises(DataFileError, match="there twice"):
        authorities.load(tmp_path.joinpath)
