"""Fits the weights of stance (the end of data/codebook/stance.toml); called by tests/train.py.

Ridge-regularised softmax regression on the features of pipeline/taggers/stance.py, with the grades
that people coded. The codebook's classes are hand-written, and none of this touches them.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crawler.home import CHECKOUT
from pipeline.taggers import stance
from pipeline.taggers.weighing import evidence, likelihoods

CODEBOOK = CHECKOUT / "data" / "codebook" / "stance.toml"
DRAW = 1.5  # to nought, of a weight; 1 to 3 do equally well on items left out
DRAW_BIAS = 0.5
STEPS = 400  # under a fixed bound of the curve; after 300 no weight moves by a hundredth

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Item:
    """A coded item: what the weights are of, and its stance."""

    file: str
    features: Mapping[str, float]
    stance: str


def stance_items(files: Sequence[Path]) -> list[Item]:
    """The relevant items of some files."""
    rules = stance.load((CHECKOUT / "data").joinpath)
    return [item for file in files for item in file_items(file, rules)]


def file_items(file: Path, rules: stance.Rules) -> Iterator[Item]:
    """The relevant items of a file."""
    for coded in map(json.loads, file.read_text("utf-8").splitlines()):
        if coded["relevant"]:
            seen = evidence(coded["title"], coded["text"], rules.phrases)
            grades = [(one["grade"], bool(one.get("past"))) for one in coded["judgements"]]
            yield Item(file.name, stance.features(seen, grades, rules), coded["stance"])


def fit_stance(items: Sequence[Item]) -> dict[str, list[float]]:
    """The weights of each feature, one a stance."""
    names = sorted({name for item in items for name in item.features})
    table = np.array([[1.0, *(item.features.get(name, 0.0) for name in names)] for item in items])
    coded = np.array([[float(item.stance == one) for one in stance.STANCES] for item in items])
    draw = np.array([DRAW_BIAS, *(DRAW for _ in names)])
    bound = np.linalg.inv(table.T @ table / 2 + np.diag(draw))  # of the inverse of the curve
    weights = np.zeros((len(draw), len(stance.STANCES)))
    for _ in range(STEPS):
        sums = np.exp(table @ weights)
        likely = sums / sums.sum(axis=1, keepdims=True)
        weights -= bound @ (table.T @ (likely - coded) + draw[:, None] * weights)
    return dict(zip(["bias", *names], (weights.round(2) + 0.0).tolist(), strict=True))


def write_stance(weights: Mapping[str, Sequence[float]]) -> None:
    """Put the weights at the end of the codebook's file, in the place of those that it has."""
    text = CODEBOOK.read_text("utf-8")
    head = text[: text.index("\n[weights]\n")]
    rows = (f'"{name}" = [{", ".join(f"{x:.2f}" for x in row)}]' for name, row in weights.items())
    CODEBOOK.write_text("\n".join([head, "[weights]", *rows, ""]), "utf-8")


def check_stance(items: Sequence[Item]) -> Iterator[str]:
    """How often weights that were fitted without a file get its stances right: of each, of all."""
    right: dict[str, list[bool]] = {}
    for file in sorted({item.file for item in items}):
        weights = fit_stance([item for item in items if item.file != file])
        for item in items:
            if item.file == file:
                likely = likelihoods(item.features, weights, stance.STANCES)
                right.setdefault(file, []).append(
                    max(likely, key=likely.__getitem__) == item.stance
                )
    for file, known in right.items():
        yield f"{'stance ' + file:32} {np.mean(known):.3f}"
    yield f"{'stance':32} {np.mean([one for known in right.values() for one in known]):.3f}"
