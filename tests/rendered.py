"""One chapter of the report, made of a database of a test's own, and parsed; its tables, read."""

import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import duckdb
from lxml import html

from crawler.home import Home
from pipeline.store import create_views
from reports.site.pages import CHAPTERS, Page, environment
from reports.site.shown import Row, Shown, shown
from tests.conftest import VIEWS
from tests.dataset import Filler, make_dataset
from tests.test_database import make_database

FRESH = 5_000  # captures of the dataset have lower numbers


def with_dataset(home: Home, dataset: Path) -> Home:
    """Give a home its own copy of a dataset, which is made if it is not there."""
    if not dataset.exists():
        make_dataset(dataset)
    home.database.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(dataset, home.database)
    return home


def with_nothing(home: Home) -> Home:
    """Give a home a database with all tables and views, and no row."""
    home.database.parent.mkdir(parents=True, exist_ok=True)
    make_database(home.database)
    with duckdb.connect(str(home.database)) as con:
        create_views(con, VIEWS)
    return home


def filled(home: Home, fill: Callable[[Filler], object]) -> None:
    """Put more rows into the database of a home."""
    with duckdb.connect(str(home.database)) as con:
        filler = Filler(con)
        filler.numbers = count(FRESH)
        fill(filler)


def page_of(
    home: Home, chapter: Callable[[Shown], Iterator[Page]], path: str = ""
) -> html.HtmlElement:
    """A page of a chapter, as the report has it; by its path where the chapter has several."""
    templates = environment()
    with shown(home, {}) as found:
        templates.globals.update(css="", css_hash="", chapters=CHAPTERS, site=found)
        (page,) = (page for page in chapter(found) if path in ("", page.path))
        text = templates.get_template(page.template).render(page=page, **page.values)
    return html.document_fromstring(text)


def asked(home: Home, sql: str) -> list[Row]:
    """What the views that a public page sees answer."""
    with shown(home, {}) as found:
        return found.ask(sql)


def grid(page: html.HtmlElement, caption: str) -> list[list[str]]:
    """The rows of the table whose caption begins so, below its head."""
    (table,) = [
        table for table in page.iter("table") if words(table.find("caption")).startswith(caption)
    ]
    return [[words(cell) for cell in row] for row in table.find("tbody")]


def facts(page: html.HtmlElement) -> list[str]:
    """The large numbers at a page's head."""
    return [words(fact) for fact in page.cssselect("dl.facts dd")]


def words(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())
