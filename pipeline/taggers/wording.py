"""What all the words of a text, taken together, say for a label: the ear of `themes`, `relevance`.

Each word alone says little: "classroom" a little for education, "invoice" a little for funding.
What each weighs is in data/codebook/words.csv, which `make train` fits to texts coded by hand; no
names are among them. Nothing is tagged for its words alone: some phrase must show it.
"""

import csv
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crawler.errors import DataFileError
from pipeline.phrases import lower, plain

WORD = re.compile(r"\b[^\W\d_]+(?:'[a-z]+)?\b")
USUAL = 120  # known words, each counted once, of some 210; with fewer or more all say less
ANY = ""  # the word of the row that counts in every text

Weights = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Wording:
    """The weight of each word for each label, as log-odds."""

    labels: tuple[str, ...]
    rows: Mapping[str, int]
    weights: Weights  # words × labels; the last row counts in every text


def words(text: str) -> set[str]:
    """The different words of a text, in lower case."""
    return set(WORD.findall(lower(plain(text))))


def weigh(text: str, wording: Wording) -> dict[str, float]:
    """How much the words of a text speak for each label, as log-odds."""
    rows = sorted(wording.rows[word] for word in words(text) if word in wording.rows)
    if not rows:
        return dict.fromkeys(wording.labels, 0.0)
    long = len(rows) / USUAL
    sums = wording.weights[rows].sum(axis=0) * math.sqrt(min(long, 1 / long))
    sums += wording.weights[-1] * min(1.0, long)  # a line has too few words to miss any
    return dict(zip(wording.labels, sums.tolist(), strict=True))


def loudest(text: str, wording: Wording, sign: float) -> tuple[int, int] | None:
    """Where the word stands that says most for the first label (sign 1) or against it (-1)."""
    known = words(text) & wording.rows.keys()
    if not known:
        return None
    best = max(known, key=lambda word: (sign * wording.weights[wording.rows[word], 0], word))
    return next(m.span() for m in WORD.finditer(lower(plain(text))) if m[0] == best)


def load_wording(path: Path, labels: Sequence[str]) -> Wording:
    """Read and check the weights of some labels; one that was never fitted has none.

    Raises:
        DataFileError: a row has too few cells, a weight is no number, or a word is there twice.
    """
    with path.open(encoding="utf-8", newline="") as file:
        head, *lines = list(csv.reader(file)) or [[]]
    if head[:1] != ["word"] or not lines or lines[-1][0] != ANY:
        raise DataFileError(path.name, "file", "is not a table of words that ends with any")
    rows = {line[0]: number for number, line in enumerate(lines[:-1])}
    if len(rows) != len(lines) - 1:
        raise DataFileError(path.name, "file", "a word is there twice")
    table = np.zeros((len(lines), len(labels)))
    column = {label: number for number, label in enumerate(labels)}
    known = [column.get(label) for label in head[1:]]
    for number, line in enumerate(lines):
        for place, weight in zip(known, numbers(path, line, len(head)), strict=True):
            if place is not None:
                table[number, place] = weight
    return Wording(tuple(labels), rows, table)


def numbers(path: Path, line: Sequence[str], width: int) -> list[float]:
    """The weights of a line."""
    if len(line) != width:
        raise DataFileError(path.name, line[0], f"must have {width} cells")
    try:
        return [float(cell) for cell in line[1:]]
    except ValueError as error:
        raise DataFileError(path.name, line[0], str(error)) from error
