"""`make train`: fits the weights of the codebook's themes to texts coded by hand, and writes them.

`python -m tests.train FOLDER DAY` reads FOLDER/train-*.jsonl, tests/gold/*.jsonl and the codebook's
own yes and no lines, and writes data/codebook/weights.toml, words.csv and the weights of
stance.toml. Without a DAY it writes nothing and prints how well weights do that were fitted without
one file, on that file (leaving each out in turn). Fitting is logistic regression by Newton's
method: a weight for each sign, and for each theme what it differs by, both drawn to nought.
"""

import hashlib
import json
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crawler.home import CHECKOUT
from pipeline.model import Article
from pipeline.taggers import themes
from pipeline.taggers.wording import Wording, weigh
from tests.train_stance import check_stance, fit_stance, stance_items, write_stance
from tests.train_words import RELEVANT, Coded, fit_words, write_words

DATA = CHECKOUT / "data"
WEIGHTS = DATA / "codebook" / "weights.toml"
WORDS = DATA / "codebook" / "words.csv"
OWN = CHECKOUT / "tests" / "gold"  # items that we composed and coded
THRESHOLD = 0.37  # between the best for phrases never met in training (.30) and for those met (.44)
DRAW = 2.0  # to nought, of a weight that all themes share
DRAW_BIAS, DRAW_OWN = 1.0, 4.0  # of what a theme's bias and its other weights differ by
LINE = 0.5  # what a yes or no line counts, of a text
STEPS = 30  # of Newton's method; ten are enough

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Row:
    """One theme of one text: its signs, and whether the coders saw the theme there."""

    file: str
    theme: str
    values: Sequence[float]
    coded: bool
    counts: float = 1.0
    text: str = ""  # with its title; of lines none


def item_rows(path: Path, rules: themes.Rules) -> Iterator[Row]:
    """A row for each theme that has a sign in a relevant text, and each that was coded."""
    for line in path.read_text("utf-8").splitlines():
        item = json.loads(line)
        if item["relevant"]:
            found = themes.read_signs(article(item["title"], item["text"]), rules)
            whole = f"{item['title']}\n{item['text']}"
            for theme in rules.themes:
                if theme in found:
                    coded = theme in item["themes"]
                    yield Row(path.name, theme, found[theme].values, coded, text=whole)
                elif theme in item["themes"]:
                    yield Row(path.name, theme, (), coded=True)


def line_rows(rules: themes.Rules) -> Iterator[Row]:
    """A row for each yes and no line of a theme that has a sign of it."""
    for theme in rules.themes:
        table = tomllib.loads((DATA / "codebook" / "themes" / f"{theme}.toml").read_text("utf-8"))
        for kind in ("yes", "no"):
            for line in table[kind]:
                found = themes.read_signs(article("", line), rules).get(theme)
                if found:
                    yield Row("", theme, found.values, kind == "yes", LINE)


def coded_texts(path: Path) -> list[Coded]:
    """The texts of a file's items with their labels."""
    items = map(json.loads, path.read_text("utf-8").splitlines())
    return [
        (
            f"{item['title']}\n{item['text']}",
            frozenset([*item["themes"], *([RELEVANT] if item["relevant"] else [])]),
        )
        for item in items
    ]


def article(title: str, text: str) -> Article:
    return Article(id="0", url="", page="", source_id="", title=title, text=text)


def fit(rows: Sequence[Row], names: Sequence[str]) -> dict[str, Vector]:
    """The weights of each theme's signs, and those of `any` theme."""
    rows = [row for row in rows if row.values]
    table, draw = design(rows, names)
    coded = np.array([float(row.coded) for row in rows])
    counts = np.array([row.counts for row in rows])
    weights = np.zeros(table.shape[1])
    for _ in range(STEPS):
        likely = 1 / (1 + np.exp(-(table @ weights)))
        slope = table.T @ (counts * (likely - coded)) + draw * weights
        curve = (table.T * (counts * likely * (1 - likely))) @ table + np.diag(draw)
        weights -= np.linalg.solve(curve, slope)
    parts = weights.reshape(-1, len(themes.SIGNS))
    return {"any": parts[0], **{name: parts[0] + parts[n + 1] for n, name in enumerate(names)}}


def design(rows: Sequence[Row], names: Sequence[str]) -> tuple[Vector, Vector]:
    """The table of shared and own signs, and how strongly each weight is drawn to nought."""
    width = len(themes.SIGNS)
    table = np.zeros((len(rows), width * (len(names) + 1)))
    for n, row in enumerate(rows):
        own = width * (names.index(row.theme) + 1)
        table[n, :width] = table[n, own : own + width] = row.values
    draw = np.full(table.shape[1], DRAW_OWN)
    draw[::width] = DRAW_BIAS
    draw[:width] = DRAW
    return table, draw


def written(weights: dict[str, Vector], files: Sequence[Path], day: str) -> str:
    """The weights as a data file."""
    lines = [
        "# How much each sign of a theme speaks for it, as log-odds (pipeline/taggers/themes.py).",
        "# Fitted; do not edit by hand. `make train` makes this file anew, to the byte.",
        f"threshold = {THRESHOLD}",
        "",
        "[fitted]",
        'by = "tests/train.py"',
        f'day = "{day}"',
        "on = [",
        *(f'    "{f.name} sha256:{hashlib.sha256(f.read_bytes()).hexdigest()}",' for f in files),
        "]",
    ]
    for name, row in weights.items():
        lines += ["", "[any]" if name == "any" else f"[theme.{name}]"]
        lines += [f"{s} = {x + 0.0:.2f}" for s, x in zip(themes.SIGNS, row.round(2), strict=True)]
    return "\n".join(lines) + "\n"


def check(
    rows: Sequence[Row], texts: dict[str, list[Coded]], names: Sequence[str]
) -> Iterator[str]:
    """The scores where each file is left out in turn: of each file, of each theme, of all."""
    taken = {}
    for file in sorted(texts):
        weights = fit([row for row in rows if row.file != file], names)
        wording = fitted_wording([text for f in texts if f != file for text in texts[f]], names)
        for row in rows:
            if row.file == file:
                heard = weigh(row.text, wording)[row.theme]
                likely = themes.likely(row.values, weights[row.theme], heard) if row.values else 0
                taken[id(row)] = likely >= THRESHOLD
    coded = [row for row in rows if row.file]
    for what in ("file", "theme"):
        for value in sorted({getattr(row, what) for row in coded}):
            part = [row for row in coded if getattr(row, what) == value]
            yield f"{value:24} {f1(part, taken):.3f}"
    yield f"{'all':24} {f1(coded, taken):.3f}"


def fitted_wording(texts: Sequence[Coded], names: Sequence[str]) -> Wording:
    """What words weigh that are fitted to these texts."""
    words, table = fit_words(texts, names)
    return Wording(tuple(names), {word: n for n, word in enumerate(words[:-1])}, table.round(2))


def f1(rows: Sequence[Row], taken: dict[int, bool]) -> float:
    right = sum(row.coded and taken[id(row)] for row in rows)
    return 2 * right / max(1, sum(row.coded + taken[id(row)] for row in rows))


def main(folder: Path, day: str | None) -> None:
    """Fit, and write or print."""
    if not WEIGHTS.exists():
        raise SystemExit(f"{WEIGHTS}: is missing; take it from the last commit")
    rules = themes.load(DATA.joinpath)
    files = [*sorted(folder.glob("train-*.jsonl")), *sorted(OWN.glob("*.jsonl"))]
    rows = [row for file in files for row in item_rows(file, rules)] + list(line_rows(rules))
    texts = {file.name: coded_texts(file) for file in files}
    if day:
        WEIGHTS.write_text(written(fit(rows, rules.themes), files, day), "utf-8")
        labels = (RELEVANT, *rules.themes)
        fitted = fit_words([text for some in texts.values() for text in some], labels)
        write_words(WORDS, *fitted, labels)
        write_stance(fit_stance(stance_items(files)))
    else:
        print("\n".join(check(rows, texts, rules.themes)))
        print("\n".join(check_stance(stance_items(files))))


if __name__ == "__main__":
    arguments: list[Any] = sys.argv[1:]
    main(Path(arguments[0]), arguments[1] if len(arguments) > 1 else None)
