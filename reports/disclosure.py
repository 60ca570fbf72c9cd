"""Masks small numbers in tables of counts, so that no public table points at one family's story.

A number from 1 to 4 is not told (an empty cell). 5 is the usual least count of public tables; where
data on people are held it is 10 (UK LLC's guide to disclosure control, ONS's for its Longitudinal
Study), but these tables count articles that anyone may read. 0 is told: it points at nobody.

What is masked must not be found again by subtraction. So a row or a group that would have one
masked number alone loses its next smallest too (secondary suppression), and a share in a row with a
masked number goes with it. This looks at one table by itself: two tables that count the same
articles by other columns, or two releases a day apart, may still be set against each other.
"""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Sequence

LEAST = 5  # the smallest number that is told

Cell = tuple[int, int]  # row, column


def masked(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    counts: Collection[str],
    within: Sequence[str] = (),
    least: int = LEAST,
) -> list[tuple[object, ...]]:
    """The rows, None for each count from 1 to `least` - 1 and for what would give it away.

    `counts` names the columns that count; numbers with a decimal point are shares of them. `within`
    names the columns of the groups whose totals are told elsewhere (all rows of an authority, a
    month …): none of them is left with one masked count.
    """
    table = [list(row) for row in rows]
    counted = [place for place, name in enumerate(columns) if name in counts]
    keys = [place for place, name in enumerate(columns) if name in within]
    hidden = {
        (number, place)
        for number, row in enumerate(table)
        for place in counted
        if 0 < _number(row[place]) < least
    }
    while more := _partners(table, counted, keys, hidden):
        hidden |= more
    for number in {number for number, _ in hidden}:
        table[number] = [None if isinstance(cell, float) else cell for cell in table[number]]
    for number, place in hidden:
        table[number][place] = None
    return [tuple(row) for row in table]


def _partners(
    table: Sequence[Sequence[object]],
    counted: Sequence[int],
    keys: Sequence[int],
    hidden: set[Cell],
) -> set[Cell]:
    """Of each row and group with one hidden count, its smallest that is not hidden yet."""
    together: dict[Hashable, list[Cell]] = defaultdict(list)
    for number, row in enumerate(table):
        for place in counted:
            together["row", number].append((number, place))
            if keys:
                together["group", place, tuple(str(row[key]) for key in keys)].append(
                    (number, place)
                )
    found = set()
    for cells in together.values():
        if sum(cell in hidden for cell in cells) == 1:
            left = [cell for cell in cells if cell not in hidden and _number(_at(table, cell))]
            found.update(sorted(left, key=lambda cell: _number(_at(table, cell)))[:1])
    return found


def _at(table: Sequence[Sequence[object]], cell: Cell) -> object:
    return table[cell[0]][cell[1]]


def _number(value: object) -> int:
    """A count; 0 for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
