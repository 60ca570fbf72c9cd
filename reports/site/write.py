"""Writes the report: the pages of the site into a new folder, which takes the old one's place."""

import json
import shutil
from base64 import b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

from crawler.errors import StorageError
from crawler.home import Home, sync
from reports.site import (
    about,
    atlas,
    authority,
    changes,
    overview,
    sources,
    syndication,
    theme,
    voices,
)
from reports.site.pages import CHAPTERS, TEMPLATES, Page, environment
from reports.site.shown import Shown, shown

SUMMARY = "summary.json"  # for programs, and for the next report: as of when, and since when
Chapter = Callable[[Shown], Iterator[Page]]
MADE_BY: tuple[Chapter, ...] = (
    overview.pages,
    atlas.pages,
    authority.pages,
    theme.pages,
    voices.pages,
    changes.pages,
    syndication.pages,
    sources.pages,
    about.pages,
)


def write_site(home: Home) -> dict[str, int]:
    """Write the report of a home into reports/out/site; returns how many pages, stories and bytes.

    Whatever goes wrong, the old report stays whole: the new one is made beside it, and renamed.

    Raises:
        UsageError: there is no database yet.
        StorageError: it is damaged, or the folder cannot be written.
        DataFileError: a data file is wrong.
    """
    site = home.out / "site"
    new, old = site.with_name("site.new"), site.with_name("site.old")
    try:
        if old.exists() and not site.exists():  # a run was killed between two renames
            old.rename(site)
        for folder in (new, old):
            shutil.rmtree(folder, ignore_errors=True)
        new.mkdir(parents=True)
        with shown(home, _before(site)) as found:
            facts = _write_pages(found, new)
        if site.exists():
            site.rename(old)
        new.rename(site)
        sync(home.out)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise StorageError(f"{error.filename or site}: {error.strerror}") from error
    return facts


def has_site(home: Home) -> bool:
    """Whether a whole report lies there."""
    return (home.out / "site" / SUMMARY).exists()


def remove_site(home: Home) -> None:
    """Leave no page that may show what was just decided about; the next run makes them anew."""
    for name in ("site", "site.new", "site.old"):
        shutil.rmtree(home.out / name, ignore_errors=True)


def _before(site: Path) -> dict[str, str]:
    """The summary of the report that lies there; nothing where there is none that we know."""
    try:
        told = json.loads((site / SUMMARY).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _write_pages(found: Shown, new: Path) -> dict[str, int]:
    """All pages and the summary, into a folder."""
    templates = environment()
    css = (TEMPLATES / "style.css").read_text("utf-8")
    digest = b64encode(sha256(css.encode()).digest()).decode()
    templates.globals.update(css=css, css_hash=f"sha256-{digest}", chapters=CHAPTERS, site=found)
    facts = {"pages": 0, "bytes": 0}
    for page in (page for chapter in MADE_BY for page in chapter(found)):
        text = templates.get_template(page.template).render(page=page, **page.values)
        path = new / page.path
        path.parent.mkdir(exist_ok=True)
        facts["bytes"] += path.write_text(text, "utf-8")
        facts["pages"] += 1
    stories = found.ask("SELECT count(*) AS n FROM story_flat")[0]["n"]
    summary = {"as_of": found.as_of, "since": found.since, "stories": stories, **facts}
    (new / SUMMARY).write_text(json.dumps(summary, default=str, indent=1) + "\n")
    return {**facts, "stories": stories, "held": found.held}
