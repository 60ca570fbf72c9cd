"""A page of the report and what may stand on it: figures with their tables, grids, stories."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from reports.charts import Draw, drawn
from reports.links import plain, web_link

TEMPLATES = Path(__file__).parent / "templates"
CHAPTERS = (  # (path, name) in the order of the menu
    ("index.html", "Overview"),
    ("map.html", "Map"),
    ("authorities.html", "Authorities"),
    ("themes.html", "Themes"),
    ("voices.html", "Voices"),
    ("changes.html", "Edits and removals"),
    ("syndication.html", "Syndication"),
    ("sources.html", "Sources"),
    ("about.html", "About the data"),
)


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of a page: cells are texts, numbers, dates, lists, or Markup that we made."""

    columns: tuple[str, ...]
    rows: Sequence[Sequence[object]]


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with what makes it one: what it shows, the view that it is from, its numbers."""

    id: str  # unique on its page
    title: str  # what is to be seen, as a sentence without its full stop
    note: str  # how to read it, and what it leaves out
    view: str  # where its numbers are: a name, or several with commas
    n: str  # how many of what: "48 stories"
    grid: Grid
    picture: Markup

    @classmethod
    def of(cls, draw: Draw, name: str, **told: Any) -> "Figure":
        """A figure whose picture is drawn now."""
        return cls(id=name, picture=drawn(draw, name), **told)


@dataclass(frozen=True, slots=True)
class Page:
    """One file of the site."""

    path: str  # below the site's folder, with slashes
    title: str
    template: str  # a file of templates/
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def root(self) -> str:
        """From this page to the site's folder: "" or "../"."""
        return "../" * self.path.count("/")

    @property
    def chapter(self) -> str:
        """The path of the menu's entry that this page belongs to."""
        folder = self.path.partition("/")[0]
        return {"authority": "authorities.html", "theme": "themes.html"}.get(folder, self.path)


def slug(name: str) -> str:
    """A name as a part of an address: "Telford & Wrekin" is "telford-wrekin"."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")


def environment() -> jinja2.Environment:
    """Templates that escape every text, know our filters, and fail at a name that is not there."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        number=number, share=share, day=day, month=month, moment=moment, cell=cell, said=said
    )
    made.filters.update(slug=slug, web_link=web_link)
    return made


def number(value: float) -> str:
    return f"{value:,}"


def share(part: float | None) -> str:
    """A share from 0 to 1 as people say it; "" where there is none."""
    return "" if part is None else f"{part:.0%}"


def day(value: date | None) -> str:
    return f"{value:%-d %B %Y}" if value else "no date"


def month(value: date | None) -> str:
    return f"{value:%B %Y}" if value else "no date"


def moment(value: datetime | None) -> str:
    return f"{value:%-d %B %Y, %H:%M} UTC" if value else "never"


def said(value: object) -> Markup:
    """Words of others: without what turns or hides letters, and apart from the line around them."""
    return Markup("<bdi>{}</bdi>").format(plain(str(value)))


def cell(value: object) -> Markup:
    """A cell of a table as people read it; an empty one says so to who cannot see it."""
    if isinstance(value, Markup):
        return value
    return escape(_words(value)) if value not in (None, "", []) else Markup("–")


def _words(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case int():
            return number(value)
        case float():
            return f"{value:,.1f}"
        case datetime():
            return day(value)
        case date():
            return month(value) if value.day == 1 else day(value)
        case list() | tuple():
            return ", ".join(plain(str(one)) for one in value)
        case _:
            return plain(str(value))
