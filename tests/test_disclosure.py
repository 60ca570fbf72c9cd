"""Small numbers are not told, nor what would give them away."""

import pytest

from reports.disclosure import LEAST, masked

COLUMNS = ("authority", "month", "articles", "with_reply", "share")
COUNTS = ("articles", "with_reply")


def test_a_small_number_goes_and_none_and_many_stay() -> None:
    rows = [("a", 1, n) for n in range(8)]
    told = [row[2] for row in masked(("authority", "month", "articles"), rows, ["articles"])]
    assert told == [0, None, None, None, None, 5, 6, 7]
    assert LEAST == 5


def test_a_number_that_counts_nothing_is_told() -> None:
    assert masked(("year", "revision"), [(2026, 1)], []) == [(2026, 1)]


def test_one_masked_number_of_a_row_takes_the_next_smallest_along_and_the_share() -> None:
    assert masked(COLUMNS, [("a", 1, 12, 3, 0.25)], COUNTS) == [("a", 1, None, None, None)]
    assert masked(COLUMNS, [("a", 1, 12, 0, 0.0)], COUNTS) == [("a", 1, 12, 0, 0.0)]


@pytest.mark.parametrize("within", [("authority",), ("month",), ("authority", "month")])
def test_no_group_is_left_with_one_masked_number(within: tuple[str, ...]) -> None:
    numbers = [9, 3, 20, 7, 30, 8]
    rows = [("ab"[n % 2], n // 2, number) for n, number in enumerate(numbers)]
    told = masked(("authority", "month", "articles"), rows, ["articles"], within)
    places = [("authority", "month").index(name) for name in within]
    groups: dict[tuple[object, ...], list[object]] = {}
    for row in told:
        groups.setdefault(tuple(row[place] for place in places), []).append(row[2])
    assert all(cells.count(None) != 1 or len(cells) == 1 for cells in groups.values())
    assert all(row[2] in (None, number) for row, number in zip(told, numbers, strict=True))


def test_what_is_missing_stays_missing_and_true_is_no_number() -> None:
    assert masked(("a", "n"), [(True, None)], ["a", "n"]) == [(True, None)]
