"""Which of many lines and bars of a figure are drawn, and what people call them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from reports.figures.rows import Counted, Mark
from reports.figures.text import label, name

MOST_SERIES, MOST_BARS = 6, 25
OTHERS = "All others"
Names = Mapping[str, str]


def largest(found: Counted, names: Names) -> tuple[list[Mark], str]:
    """The marks with readable series, of many series the largest; and what is said of the rest."""
    if not found.chart.by:
        return list(found.marks), ""
    sums = totals([(mark.series, mark.value) for mark in found.marks])
    kept = sorted(sums, key=lambda one: (-sums[one], str(one)))[:MOST_SERIES]
    called = _distinct(kept, found.chart.by, names)
    marks = [replace(m, series=called[m.series]) for m in found.marks if m.series in called]
    marks.sort(key=lambda mark: [*called.values()].index(str(mark.series)))
    if len(kept) == len(sums):
        return marks, ""
    said = f"Drawn: the {len(kept)} largest of {len(sums)} by {name(found.chart.by)}"
    if not found.stacks:
        return marks, f"{said}; the others do not add up."
    rest = [m for m in found.marks if m.series not in called]
    return marks + _together(rest), f"{said}, and the others together."


def _together(marks: Sequence[Mark]) -> list[Mark]:
    """All series of some marks as one."""
    sums = totals([(mark.x, mark.value) for mark in marks])
    return [Mark(x, OTHERS, value) for x, value in sums.items()]


def longest(found: Counted, marks: list[Mark], names: Names) -> tuple[list[Mark], str]:
    """The marks of the longest bars, longest first, with readable places."""
    sums = totals([(mark.x, mark.of if found.chart.of else mark.value) for mark in marks])
    kept = sorted(sums, key=lambda one: (-sums[one], str(one)))[:MOST_BARS]
    called = _distinct(kept, found.chart.x, names)
    order = {one: number for number, one in enumerate(kept)}
    chosen = sorted((m for m in marks if m.x in order), key=lambda mark: order[mark.x])
    told = f"The {len(kept)} largest of {len(sums)}." if len(sums) > len(kept) else ""
    return [replace(mark, x=called[mark.x]) for mark in chosen], told


def totals(pairs: Sequence[tuple[Any, float | None]]) -> dict[Any, float]:
    """The sum of what stands with each key."""
    sums: dict[Any, float] = {}
    for key, value in pairs:
        sums[key] = sums.get(key, 0.0) + (value or 0.0)
    return sums


def _distinct(values: Sequence[Any], column: str, names: Names) -> dict[Any, str]:
    """A readable name for each value; two that read alike are told apart by a number."""
    called: dict[Any, str] = {}
    for value in values:
        text = label(value, column, names)
        alike = sum(one == text or one.startswith(f"{text} (") for one in called.values())
        called[value] = f"{text} ({alike + 1})" if alike else text
    return called
