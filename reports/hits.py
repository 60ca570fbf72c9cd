"""What a search found: for a person at a terminal, as rows, and for a program."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from reports.search import RANKED, Found, Hit, Marked

LONDON = ZoneInfo("Europe/London")  # a day of publication is that of who read it
FOUND = "bold yellow"
COLUMNS = (
    *("rank", "id", "title", "source", "published_at", "authorities", "themes"),
    *("revision", "copied", "held", "snippet", "url"),
)


def shown(found: Found) -> Group:
    """The articles with what was found in colour, and how many there are."""
    parts = [part for hit in found.hits for part in _shown(hit)]
    return Group(*parts, Text(counted(found)))


def counted(found: Found) -> str:
    """How many articles match, and how many of them are shown."""
    if not found.matches:
        return "No article matches; by default only relevant ones are looked at: --all."
    matches = f"{found.matches:,} articles match" if found.matches > 1 else "1 article matches"
    if not found.all_ranked:
        matches = f"{RANKED:,} articles or more match; the newest {RANKED:,} were ranked"
    more = found.matches > len(found.hits)
    return f"{matches}; {len(found.hits)} shown." if more else f"{matches}."


def _shown(hit: Hit) -> Iterator[Text | Padding]:
    title = Text.assemble((f"{hit.rank:>3}  ", "dim"), _coloured(hit.title, "bold"))
    yield title
    about = [hit.source, _day(hit), ", ".join(hit.authorities), ", ".join(hit.themes)]
    told = {
        "a copy": hit.copied,
        "an earlier text": hit.earlier,
        "held: not for publication": hit.held,
    }
    about += [words for words, holds in told.items() if holds]
    lines = Text("\n").join(
        (
            Text(" · ".join(_plain(part) for part in about if part), "cyan"),
            _coloured(hit.snippet),
            Text(_plain(hit.url), "dim", no_wrap=True, overflow="ignore"),  # to be clicked on
        )
    )
    yield Padding(lines, (0, 0, 1, 5))


def _coloured(marked: Marked, style: str = "") -> Text:
    text = Text(_plain(marked.text), style)
    for start, end in marked.marks:
        text.stylize(FOUND, start, end)
    return text


def _plain(text: str) -> str:
    """A text of as many characters, none of which does anything to a terminal."""
    return "".join(one if one.isprintable() else " " for one in text)


def _day(hit: Hit) -> str:
    if hit.published_at is None:
        return "no date"
    day = hit.published_at.astimezone(LONDON)
    return f"{day.day} {day:%B %Y}"


def rows(found: Found) -> list[tuple[object, ...]]:
    """One row a hit, in the order of COLUMNS; texts without marks."""
    return [tuple(record[name] for name in COLUMNS) for record in map(_flat, found.hits)]


def _flat(hit: Hit) -> dict[str, Any]:
    return {**asdict(hit), "title": hit.title.text, "snippet": hit.snippet.text}


def facts(found: Found) -> dict[str, Any]:
    """All of it, with the places of what was found as pairs of start and end."""
    articles = [
        {
            **_flat(hit),
            "published_at": hit.published_at and f"{hit.published_at:%Y-%m-%dT%H:%M:%SZ}",
            "title_marks": hit.title.marks,
            "snippet_marks": hit.snippet.marks,
        }
        for hit in found.hits
    ]
    return {"matches": found.matches, "all_ranked": found.all_ranked, "articles": articles}
