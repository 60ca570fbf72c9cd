"""Writes stories as an Atom feed (RFC 4287), for a reader of feeds to subscribe to."""

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import quote

from lxml import etree

from reports.digest.edition import Edition, Story

ATOM = "http://www.w3.org/2005/Atom"
# The ids are of this program, not of a site: they stay when a site moves. Nobody owns the name.
TAG = "tag:tocsin.invalid,2026:"


def atom(edition: Edition, self_url: str = "") -> str:
    """The stories of an edition as a feed, in their order; `self_url` is where it is published."""
    feed = etree.fromstring(f'<feed xmlns="{ATOM}" xml:lang="en"/>')
    about = edition.about or "children’s services"
    _add(feed, "id", self_url or f"{TAG}digest/{quote(edition.name)}")
    _add(feed, "title", f"Tocsin: {about}")
    _add(feed, "subtitle", " ".join(edition.notes))
    _add(feed, "updated", _time(_updated(edition)))
    _add(_add(feed, "author"), "name", edition.publisher or "Tocsin")
    _add(feed, "generator", edition.software or "Tocsin")
    if self_url:
        _add(feed, "link", rel="self", type="application/atom+xml", href=self_url)
    for story in edition.stories:
        _entry(_add(feed, "entry"), story)
    etree.indent(feed)
    told = etree.tostring(feed, xml_declaration=True, encoding="utf-8")
    return told.decode("utf-8") + "\n"


def _entry(entry: etree._Element, story: Story) -> None:
    _add(entry, "id", f"{TAG}story/{quote(story.id, safe='')}")
    _add(entry, "title", story.title, type="text")
    _add(entry, "updated", _time(story.shown_since))
    if story.published_at:
        _add(entry, "published", _time(story.published_at))
    _add(_add(entry, "author"), "name", story.source)
    if story.link:
        _add(entry, "link", rel="alternate", type="text/html", href=story.link)
        _add(entry, "summary", _summary(story.evidence, story.elsewhere), type="text")
    else:  # an entry without a link needs content (RFC 4287, 4.1.2)
        told = _summary(story.evidence, story.elsewhere, story.address)
        _add(entry, "content", told, type="text")
    for name in story.authorities:
        _add(entry, "category", term=name, scheme=f"{TAG}authority", label=name)
    for id, label in story.themes:
        _add(entry, "category", term=id, scheme=f"{TAG}theme", label=label)


def _summary(evidence: str, elsewhere: str, address: str = "") -> str:
    also = f"{elsewhere[0].upper()}{elsewhere[1:]}." if elsewhere else ""
    return " ".join(filter(None, (evidence, also, address)))


def _add(parent: etree._Element, tag: str, text: str = "", **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, _name(tag), attributes)
    element.text = text or None
    return element


def _name(tag: str) -> str:
    return f"{{{ATOM}}}{tag}"


def _updated(edition: Edition) -> datetime:
    """When the newest entry came; of an empty feed, the dataset's moment."""
    times: Iterable[datetime] = (story.shown_since for story in edition.stories)
    return max(times, default=edition.until)


def _time(moment: datetime) -> str:
    """RFC 3339, in UTC."""
    return moment.isoformat().replace("+00:00", "Z")
