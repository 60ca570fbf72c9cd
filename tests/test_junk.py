"""Junk: every kind of line is proved by its own examples, and mistakes are one clear line."""

import pytest

from crawler.home import CHECKOUT
from pipeline.reading.junk import FILE, Line, load_junk

JUNK = load_junk(CHECKOUT / "data" / FILE)
KINDS = {f"{kind.reason}-{kind.value}".strip("-"): kind for kind in (*JUNK.lines, *JUNK.credits)}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_kind_of_line_knows_its_own(kind: Line) -> None:
    assert kind.yes and kind.no
    for line in kind.yes:
        assert kind.match(line), line
    for line in kind.no:
        assert not kind.match(line), line
        assert not JUNK.why(line), line
