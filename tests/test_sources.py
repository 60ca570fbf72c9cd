"""The registry: what ships, and what a mistake in it says."""

from collections import Counter
from typing import Any

import pytest

from crawler.errors import DataFileError
from crawler.home import CHECKOUT
from crawler.sources import load_sources, parse_sources

SHIPPED = load_sources(CHECKOUT / "data" / "sources")
ENTRY: dict[str, Any] = {
    "id": "echo",
    "name": "Echo",
    "kind": "feed",
    "medium": "blog",
    "homepage": "https://echo.example/news/",
    "feeds": ["/rss"],
}


def parse(**changes: object) -> None:
    parse_sources("own.toml", {"publisher": "Own", "source": [{**ENTRY, **changes}]})


def test_all_242_sources_are_there() -> None:
    assert len(SHIPPED) == 242


def test_every_enabled_source_has_a_feed_that_was_seen() -> None:
    enabled = [source for source in SHIPPED if source.status == "enabled"]
    assert {source.feed_grade for source in enabled} == {"A", "B"}
    assert all(source.discovery for source in enabled)


def test_forums_ship_disabled_with_the_reason() -> None:
    forums = [source for source in SHIPPED if source.medium == "forum"]
    assert [source.status for source in forums] == ["disabled"] * 3
    assert all(source.reason for source in forums)


def test_nobody_is_asked_more_often_than_every_five_seconds() -> None:
    assert min(source.delay_seconds for source in SHIPPED) >= 5


def test_no_two_sources_poll_the_same_feed() -> None:
    feeds = Counter(url for source in SHIPPED for url in source.feeds)
    assert [url for url, number in feeds.items() if number > 1] == []


def test_defaults_stand_under_an_entrys_own_keys() -> None:
    content = {
        "publisher": "Own",
        "defaults": {**ENTRY, "region": "North", "paywall": "free"},
        "source": [{"id": "a"}, {"id": "b", "paywall": "hard"}],
    }
    assert [(s.id, s.region, s.paywall) for s in parse_sources("own.toml", content)] == [
        ("a", "North", "free"),
        ("b", "North", "hard"),
    ]


def test_a_relative_feed_is_resolved_against_the_homepage() -> None:
    (source,) = parse_sources("own.toml", {"publisher": "Own", "source": [ENTRY]})
    assert source.feeds == ("https://echo.example/rss",)


def test_a_source_owns_its_hosts_with_and_without_www() -> None:
    content = {"publisher": "Own", "source": [{**ENTRY, "hosts": ["echo.test"]}]}
    (source,) = parse_sources("own.toml", content)
    assert source.owns("http://www.echo.example/a") and source.owns("https://echo.test/a")
    assert not source.owns("https://notecho.example/a")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"colour": "red"}, "unknown key 'colour'"),
        ({"id": ""}, "id is missing"),
        ({"id": "CON/.."}, "id must be lower-case letters"),
        ({"id": "a" * 65}, "id must be lower-case letters"),
        ({"kind": "fax"}, "kind 'fax' is not one of"),
        ({"medium": "radio"}, "medium 'radio' is not one of"),
        ({"feeds": "/rss"}, "feeds is '/rss', which is not a list of texts"),
        ({"feeds": [1]}, "feeds is [1], which is not a list of texts"),
        ({"feeds": ["javascript:x"]}, "'javascript:x' is not an http or https URL"),
        ({"homepage": "https://e.example:99999/"}, "'https://e.example:99999/' is not"),
        ({"delay_seconds": "10"}, "delay_seconds is '10', which is not a number"),
        ({"delay_seconds": True}, "delay_seconds is True, which is not a number"),
        ({"delay_seconds": -1}, "delay_seconds is below 0"),
        ({"status": "disabled"}, "not enabled, but no reason is given"),
        ({"feeds": []}, "enabled, but nothing to poll"),
        ({"medium": "forum"}, "a forum needs a 'permission' text"),
    ],
)
def test_a_mistake_names_file_entry_and_problem(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(DataFileError) as caught:
        parse(**changes)
    assert str(caught.value).startswith("own.toml: ")
    assert problem in str(caught.value)
