"""What is known of publishers' platforms: where their pages keep the text, the posts, the clutter.

Rules are data (data/extraction/platforms.toml), dated, so that an old capture is read by the rule
of its day. A rule whose selectors match nothing is passed over, and the article says so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from cssselect import SelectorError
from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement

from crawler.errors import DataFileError
from crawler.sources import read_toml

FILE = "extraction/platforms.toml"
THREAD = "thread"  # the platform whose rule reads any forum


@dataclass(frozen=True, slots=True)
class Rule:
    """CSS selectors that hold from one day on; of a list the first that matches counts."""

    since: date
    platform: str = ""  # id of the platform that it belongs to
    body: tuple[str, ...] = ()
    standfirst: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()  # within a body or a post: no part of it; of these every one counts
    post: tuple[str, ...] = ()  # one post of a thread, with its author and time;
    words: tuple[str, ...] = ()  # within it: its text,
    author: tuple[str, ...] = ()  # its author,
    written: tuple[str, ...] = ()  # when, where no <time> says it,
    number: tuple[str, ...] = ()  # its number in the thread,
    quote: tuple[str, ...] = ()  # what others wrote,
    answers: tuple[str, ...] = ()  # the link to the post that it answers


@dataclass(frozen=True, slots=True)
class Platform:
    """One way of making pages, and the rules that read them, the newest first."""

    id: str
    publishers: tuple[str, ...]  # of the registry
    generators: tuple[str, ...]  # how <meta name=generator> begins
    rules: tuple[Rule, ...]

    def rule(self, day: date) -> Rule | None:
        """The rule that holds for a page captured on a day."""
        return next((rule for rule in self.rules if rule.since <= day), None)


def load_platforms(path: Path) -> tuple[Platform, ...]:
    """Read and check the rules.

    Raises:
        DataFileError: an id used twice, an unknown key, a rule without date, or a selector that
            is none.
    """
    found: dict[str, Platform] = {}
    for entry in read_toml(path).get("platform", []):
        platform = _platform(path, entry)
        if platform.id in found:
            raise DataFileError(path.name, platform.id, "'id' is used twice")
        found[platform.id] = platform
    return tuple(found.values())


def platform_of(platforms: Sequence[Platform], publisher: str, generator: str) -> Platform | None:
    """The platform of a page: by its publisher, else by the generator that it names."""
    for platform in platforms:
        if publisher and publisher in platform.publishers:
            return platform
    for platform in platforms:
        if generator and generator.startswith(platform.generators or ("\n",)):
            return platform
    return None


def thread_rule(platforms: Sequence[Platform], rule: Rule | None, day: date) -> Rule:
    """The rule that tells a forum's posts: that of the platform, else the one for any forum."""
    if rule and rule.post:
        return rule
    any_forum = next((p.rule(day) for p in platforms if p.id == THREAD), None)
    return any_forum or Rule(date.min)


def select(tree: HtmlElement, selectors: Iterable[str]) -> list[HtmlElement]:
    """The elements that the first matching selector finds."""
    return next((found for selector in selectors if (found := matches(tree, selector))), [])


def matches(tree: HtmlElement, selector: str) -> list[HtmlElement]:
    """The elements that a selector finds, in the order of the page."""
    found = compiled(selector)(tree)
    return [e for e in found if isinstance(e, HtmlElement)] if isinstance(found, list) else []


@cache
def compiled(selector: str) -> CSSSelector:
    return CSSSelector(selector, translator="html")


def _platform(path: Path, entry: dict[str, Any]) -> Platform:
    name = str(entry.get("id", "?"))
    _check_lists(path, name, entry, ("publishers", "generators"), besides=("id", "rule"))
    if name == "?" or not entry.get("rule"):
        raise DataFileError(path.name, name, f"{'id' if name == '?' else 'rule'!r} is missing")
    rules = [_rule(path, name, rule) for rule in entry["rule"]]
    return Platform(
        name,
        tuple(entry.get("publishers", ())),
        tuple(entry.get("generators", ())),
        tuple(sorted(rules, key=lambda rule: rule.since, reverse=True)),
    )


def _rule(path: Path, name: str, entry: dict[str, Any]) -> Rule:
    keys = [field.name for field in fields(Rule) if field.name not in ("since", "platform")]
    _check_lists(path, name, entry, keys, besides=("since",))
    if type(entry.get("since")) is not date:  # a time of day is a date too, but not to compare
        raise DataFileError(path.name, name, "'since' is no date")
    lists = {key: tuple(entry.get(key, ())) for key in keys}
    for selector in (s for selectors in lists.values() for s in selectors):
        try:
            compiled(selector)
        except SelectorError as error:
            raise DataFileError(path.name, name, f"{selector!r} is no selector") from error
    return Rule(entry["since"], name, **lists)


def _check_lists(
    path: Path, name: str, entry: dict[str, Any], keys: Iterable[str], besides: Iterable[str]
) -> None:
    """Refuse unknown keys, and lists that are not of texts."""
    if unknown := set(entry) - {*keys, *besides}:
        raise DataFileError(path.name, name, f"unknown key {min(unknown)!r}")
    for key in keys:
        value = entry.get(key, [])
        if not (isinstance(value, list) and all(isinstance(text, str) for text in value)):
            raise DataFileError(path.name, name, f"{key!r} is no list of texts")
