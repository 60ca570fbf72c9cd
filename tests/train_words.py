"""Fits what words weigh for each label (data/codebook/words.csv); called by tests/train.py.

Ridge-regularised logistic regression, a label at a time, on which words of the vocabulary a text
has; solved by Newton's method in the space of texts, of which there are fewer than words. Whether
a text is relevant is fitted on all, its themes on those that are.
"""

import csv
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.phrases import plain
from pipeline.taggers.wording import ANY, USUAL, WORD, words

LEAST = 4  # texts that a word must be in
MOST = 0.4  # share of texts; a word that is in more says nothing
AS_WRITTEN = 2  # texts in which it must be met in lower case: what is not is a name
FREEDOM = 50.0  # inverse of the ridge; 20 to 100 do equally well where each file is left out
RELEVANT = "relevant"
LEVEL = 2.0  # added to a theme's log-odds in every text, so that usual words weigh nothing
STEPS = 25

Vector = NDArray[np.float64]
Coded = tuple[str, frozenset[str]]  # title and text; themes, and RELEVANT where it is that


def vocabulary(texts: Sequence[str]) -> dict[str, float]:
    """The words that are weighed, and how telling each is: ln(texts / texts with it)."""
    spread = Counter(word for text in texts for word in words(text))
    small = Counter(word for text in texts for word in set(WORD.findall(plain(text))))
    return {
        word: math.log(len(texts) / number)
        for word, number in sorted(spread.items())
        if LEAST <= number <= MOST * len(texts) and small[word] >= AS_WRITTEN
    }


def design(texts: Sequence[str], telling: dict[str, float]) -> tuple[Vector, Vector]:
    """The table of texts × words, and what each word's column was multiplied by."""
    column = {word: number for number, word in enumerate(telling)}
    table = np.zeros((len(texts), len(telling)))
    for row, text in enumerate(texts):
        for word in words(text) & column.keys():
            table[row, column[word]] = telling[word]
    length = float(np.sqrt((table**2).sum(axis=1)).mean())
    known = (table > 0).sum(axis=1)
    share = np.minimum(1.0, np.sqrt(USUAL / np.maximum(1, known)))
    return table * share[:, None] / length, np.array(list(telling.values())) / length


def fit_label(kernel: Vector, coded: Vector) -> tuple[Vector, float]:
    """(what each text counts, the bias) of a logistic regression whose kernel is given."""
    counts, bias = np.zeros(len(coded)), 0.0
    for _ in range(STEPS):
        score = kernel @ counts + bias
        likely = 1 / (1 + np.exp(-score))
        weight = np.maximum(likely * (1 - likely), 1e-9)
        aim = score + (coded - likely) / weight
        solve = np.linalg.solve(
            kernel + np.diag(1 / (FREEDOM * weight)), np.stack([aim, np.ones(len(aim))], 1)
        )
        bias = float(solve[:, 0].sum() / solve[:, 1].sum())
        counts = solve[:, 0] - bias * solve[:, 1]
    return counts, bias


def fit_words(items: Sequence[Coded], labels: Sequence[str]) -> tuple[list[str], Vector]:
    """(the words and ANY, their weights for each label)."""
    texts = [text for text, _ in items]
    telling = vocabulary(texts)
    table, factor = design(texts, telling)
    kernel = table @ table.T
    columns = []
    for label in labels:
        some = [n for n, (_, coded) in enumerate(items) if label == RELEVANT or RELEVANT in coded]
        coded = np.array([float(label in items[n][1]) for n in some])
        counts, bias = fit_label(kernel[np.ix_(some, some)], coded)
        level = 0.0 if label == RELEVANT else LEVEL
        columns.append(np.append((table[some].T @ counts) * factor, bias + level))
    return [*telling, ANY], np.stack(columns, axis=1)


def write_words(path: Path, names: Iterable[str], weights: Vector, labels: Sequence[str]) -> None:
    """Write the table, weights to two decimals."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["word", *labels])
        for name, row in zip(names, weights.round(2) + 0.0, strict=True):
            writer.writerow([name, *(f"{weight:g}" for weight in row)])
