"""A quarter of `make year`: few sources, the same claims."""

from pathlib import Path

import pytest

from crawler.home import Home
from tests.year import YearWorld, close_the_year, live, serve_year, year_sources


@pytest.mark.enable_socket
def test_the_books_of_a_quarter_close_every_day_and_nothing_grows_without_content(
    tmp_path: Path,
) -> None:
    world = YearWorld(days=90, sources=4)
    with serve_year(world) as port:
        home, sources = Home(tmp_path), year_sources(4, port)
        days = [live(home, world, sources, day) for day in range(90)]
        assert "all captured" in close_the_year(home, world, sources, days)
