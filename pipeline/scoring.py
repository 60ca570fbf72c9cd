"""How well the taggers code texts that people have coded: precision, recall, F1, accuracy.

Measures are those of the codebook's evaluation: relevance and quotations over all items, all else
over the items that people call relevant, as the coder gives them if it calls them relevant too.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from crawler.errors import DataFileError
from pipeline.coding import Coded
from pipeline.evaluate import spread

FIELDS = ("id", "title", "text", "relevant", "authorities", "themes", "judgements", "quotes")
WORD = re.compile(r"\w+(?:['’]\w+)*")
Item = dict[str, Any]
Counts = Counter[str]  # of one item: "themes tp", "themes fp", "themes fn", "stance yes" …


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure; for an accuracy precision and recall are empty."""

    name: str
    value: float  # F1 or accuracy
    low: float  # 95 % of resampled sets lie between low and high
    high: float
    precision: float | None
    recall: float | None
    number: int  # of what people coded


@dataclass(frozen=True, slots=True)
class Miss:
    """Where the coder and people differ, and its evidence."""

    item: str
    measure: str
    wanted: str  # "" where people have nothing
    found: str
    evidence: str


def read_items(path: Path) -> list[Item]:
    """The coded items of a JSONL file.

    Raises:
        DataFileError: a line is no item.
    """
    items = []
    try:
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            item = json.loads(line)
            if missing := [field for field in FIELDS if field not in item]:
                raise DataFileError(path.name, f"line {number}", f"{missing[0]!r} is missing")
            items.append(item)
    except (OSError, ValueError, TypeError) as error:
        raise DataFileError(path.name, "items", str(error)) from error
    return items


def measures(
    items: Sequence[Item], code: Callable[[str, str, str], Coded]
) -> tuple[list[Measure], list[Miss]]:
    """All measures over some items, and every difference."""
    coded = [code(item["id"], item["title"], item["text"]) for item in items]
    counted, misses = [], []
    for item, found in zip(items, coded, strict=True):
        counts: Counts = Counter()
        misses += list(_compare(item, found, counts))
        counted.append(counts)
    names = sorted({key.rpartition(" ")[0] for counts in counted for key in counts}, key=_order)
    return [*(_measure(name, counted) for name in names), *_macros(names, counted)], misses


def _compare(item: Item, found: Coded, counts: Counts) -> Iterator[Miss]:
    """Count one item's agreements, and yield its differences."""
    made = found.item()
    yield from _sets(
        item, found, counts, "relevance", [True] * item["relevant"], [True] * made["relevant"]
    )
    yield from _quotes(item, found, made["quotes"], counts)
    if not item["relevant"]:
        return
    yield from _sets(item, found, counts, "authorities", item["authorities"], made["authorities"])
    yield from _sets(item, found, counts, "themes", item["themes"], made["themes"])
    for theme in {*item["themes"], *made["themes"]}:
        _count(
            counts,
            f"theme {theme}",
            [theme] if theme in item["themes"] else [],
            [theme] if theme in made["themes"] else [],
        )
    wanted, got = (
        {(j["authority"], j["grade"]): bool(j.get("past")) for j in side["judgements"]}
        for side in (item, made)
    )
    yield from _sets(item, found, counts, "judgements", list(wanted), list(got))
    for pair in wanted.keys() & got.keys():
        yield from _same(item, found, counts, "judgements past", wanted[pair], got[pair])
    for field in ("reply", "stance"):
        yield from _same(item, found, counts, field, item[field], made[field])
    _count(counts, f"stance {item['stance']}", [1], [1] * (made["stance"] == item["stance"]))
    if made["stance"] != item["stance"]:
        _count(counts, f"stance {made['stance']}", [], [1])


def _quotes(item: Item, found: Coded, made: Sequence[Item], counts: Counts) -> Iterator[Miss]:
    """Quotations are matched by where they start; then speakers are compared."""
    text, at = item["text"], 0
    wanted: dict[int, Item] = {}
    for quote in item["quotes"]:
        at = _find(text, quote["starts"], at)
        wanted[at] = quote
    got = {quote["start"]: quote for quote in made}
    yield from _sets(item, found, counts, "quotes", list(wanted), list(got))
    for start in wanted.keys() & got.keys():
        for field in ("role", "name", "anonymous"):
            yield from _same(
                item, found, counts, f"quotes {field}", wanted[start][field], got[start][field]
            )


def _find(text: str, starts: str, after: int) -> int:
    """Where a quotation starts, given its first words; -1 if nowhere."""
    words = [re.escape(word) for word in WORD.findall(starts)]
    match = (
        re.compile(r"\W+".join(words)).search(text, after + 1 if after else 0) if words else None
    )
    return match.start() if match else -1


def _sets(
    item: Item, found: Coded, counts: Counts, name: str, wanted: Sequence[Any], got: Sequence[Any]
) -> Iterator[Miss]:
    _count(counts, name, wanted, got)
    for value in wanted:
        if value not in got:
            yield Miss(item["id"], name, _shown(value, item), "", "")
    for value in got:
        if value not in wanted:
            evidence = [
                t.evidence
                for t in found.tags
                if value in (t.label, t.start_char, (t.subject, t.label))
            ]
            yield Miss(item["id"], name, "", _shown(value, item), evidence[0] if evidence else "")


def _count(counts: Counts, name: str, wanted: Sequence[Any], got: Sequence[Any]) -> None:
    both = len(set(wanted) & set(got))
    counts[f"{name} tp"] += both
    counts[f"{name} fp"] += len(set(got)) - both
    counts[f"{name} fn"] += len(set(wanted)) - both


def _same(
    item: Item, found: Coded, counts: Counts, name: str, wanted: object, got: object
) -> Iterator[Miss]:
    counts[f"{name} yes"] += wanted == got
    counts[f"{name} no"] += wanted != got
    if wanted != got:
        evidence = next((t.evidence for t in found.of(name.split()[0])), "")
        yield Miss(item["id"], name, str(wanted), str(got), evidence)


def _shown(value: object, item: Item) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(item["text"][value : value + 40])
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _measure(name: str, counted: Sequence[Counts]) -> Measure:
    parts = (
        ("yes", "no")
        if any(f"{name} yes" in counts or f"{name} no" in counts for counts in counted)
        else ("tp", "fp", "fn")
    )
    table = np.array(
        [[counts[f"{name} {part}"] for part in parts] for counts in counted], dtype=float
    )
    low, high = spread(table, _value)
    total = table.sum(axis=0)
    if len(parts) == 2:
        return Measure(name, _value(total), low, high, None, None, int(total.sum()))
    tp, fp, fn = total
    return Measure(
        name, _value(total), low, high, _share(tp, tp + fp), _share(tp, tp + fn), int(tp + fn)
    )


def _value(row: Any) -> float:
    """Accuracy of (yes, no), F1 of (tp, fp, fn)."""
    if len(row) == 2:
        return _share(row[0], row.sum())
    return _share(2 * row[0], 2 * row[0] + row[1] + row[2])


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else 1.0


def _macros(names: Sequence[str], counted: Sequence[Counts]) -> list[Measure]:
    """Means of F1 over themes and over stances."""
    made = []
    for prefix, name in (("theme ", "themes macro"), ("stance ", "stance macro")):
        each = [_measure(n, counted).value for n in names if n.startswith(prefix)]
        if each:
            mean = float(np.mean(each))
            made.append(Measure(name, mean, mean, mean, None, None, len(each)))
    return made


def _order(name: str) -> tuple[int, str]:
    first = (
        "relevance",
        "authorities",
        "themes",
        "judgements",
        "quotes",
        "reply",
        "stance",
        "theme",
    )
    return first.index(name.split()[0]), name
