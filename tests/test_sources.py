"""The source registry: the one we ship, and that every mistake in one is a single clear line."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from crawler.errors import DataFileError
from crawler.home import CHECKOUT
from crawler.sources import Source, is_forum, load_sources, parse_sources

SHIPPED = load_sources(CHECKOUT / "data" / "sources")
ENTRY: dict[str, Any] = {
    "id": "echo",
    "name": "Echo",
    "publisher": "Tests",
    "kind": "feed",
    "medium": "local-newspaper",
    "homepage": "https://www.echo.example/news/",
    "feeds": ["/rss"],
}


def source(**changes: Any) -> Source:
    return parse_sources("own.toml", {"source": [{**ENTRY, **changes}]})[0]


def complaint(content: dict[str, Any]) -> str:
    """The error that a file's content raises, which must be one line that names the file."""
    with pytest.raises(DataFileError) as caught:
        parse_sources("own.toml", content)
    (line,) = str(caught.value).splitlines()
    return line.removeprefix("own.toml: ")


def test_the_shipped_registry_has_242_sources() -> None:
    assert len({source.id for source in SHIPPED}) == len(SHIPPED) == 242


@pytest.mark.parametrize("source", SHIPPED, ids=lambda source: source.id)
def test_an_enabled_source_can_be_polled_and_another_says_why_not(source: Source) -> None:
    if source.status == "enabled":
        assert source.discovery
        assert source.owns(source.homepage)
    else:
        assert source.reason


def test_the_shipped_forums_are_disabled_with_a_reason() -> None:
    forums = {source.id: source for source in SHIPPED if source.medium == "forum"}
    assert set(forums) == {"mumsnet", "netmums", "reddit-uk"}
    assert {source.status for source in forums.values()} == {"disabled"}
    assert all("permission" in s.reason or "approval" in s.reason for s in forums.values())


@pytest.mark.parametrize(
    ("kind", "medium", "forum"),
    [
        ("feed", "forum", True),
        ("thread", "blog", True),
        ("thread", "forum", True),
        ("listing", "blog", False),
    ],
)
def test_a_source_of_threads_is_a_forum_whatever_else_it_is_called(
    kind: str, medium: str, forum: bool
) -> None:
    found = source(kind=kind, medium=medium, listings=["/board"], permission="by letter, 2026")
    assert is_forum(found) is forum


def test_every_enabled_source_has_a_feed_that_was_seen() -> None:
    assert {s.feed_grade for s in SHIPPED if s.status == "enabled"} == {"A", "B"}


def test_nobody_is_asked_more_often_than_every_five_seconds() -> None:
    assert min(source.delay_seconds for source in SHIPPED) >= 5


def test_no_two_sources_poll_the_same_feed() -> None:
    feeds = Counter(url for source in SHIPPED for url in source.feeds)
    assert [url for url, number in feeds.items() if number > 1] == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"feed": ["/rss"]}, "unknown key 'feed'"),
        ({"name": 7}, "name is 7, which is not a text"),
        ({"feeds": "/rss"}, "feeds is '/rss', which is not a list of texts"),
        ({"feeds": ["/rss", 7]}, "feeds is ['/rss', 7], which is not a list of texts"),
        ({"delay_seconds": True}, "delay_seconds is True, which is not a number"),
        ({"delay_seconds": "10"}, "delay_seconds is '10', which is not a number"),
        ({"revisit_hours": [1, "6"]}, "revisit_hours is [1, '6'], which is not a list of numbers"),
        ({"homepage": ""}, "homepage is missing"),
        ({"kind": "fax"}, "kind 'fax' is not one of ('feed', 'sitemap', 'listing', 'thread')"),
        ({"homepage": "echo.example"}, "'echo.example' is not an http or https URL"),
        ({"homepage": "https://[echo.example"}, "'https://[echo.example' is not an http"),
        ({"homepage": "https://echo.example:99999/"}, "'https://echo.example:99999/' is not an"),
        ({"feeds": ["file:///etc/passwd"]}, "'file:///etc/passwd' is not an http or https URL"),
        ({"feeds": ["https://[echo.example"]}, "'https://[echo.example' is not an http"),
        ({"sitemaps": ["mailto:a@echo.example"]}, "'mailto:a@echo.example' is not an http"),
        ({"kind": "listing"}, "kind 'listing', but it names no listings"),
        ({"kind": "thread", "listings": ["/board"]}, "a forum needs a 'permission' text"),
        ({"articles": ["(story"]}, "'(story' is no regular expression: missing )"),
        ({"timezone": "Mars/Base"}, "timezone is not in the tz database"),
        ({"timezone": "../passwd"}, "timezone is not in the tz database"),
        ({"keep": "some"}, "keep 'some' is not one of ('all', 'candidates')"),
        ({"loopback": "yes"}, "loopback is 'yes', which is not true or false"),
        ({"homepage": "https://me:secret@echo.example"}, "'https://me:secret@echo.example' is not"),
        ({"poll_hours": [24, 1]}, "poll_hours is not two numbers, the least and the most"),
        ({"max_pages_per_run": 0}, "max_pages_per_run is below 1"),
        ({"min_pages_per_week": -1}, "min_pages_per_week is below 0"),
        ({"status": "disabled"}, "not enabled, but no reason is given"),
        ({"medium": "forum"}, "a forum needs a 'permission' text"),
        ({"delay_seconds": -1}, "delay_seconds is below 0"),
        ({"revisit_hours": [1, -6]}, "revisit_hours has a number below 0"),
    ],
    ids=str,
)
def test_a_mistake_in_an_entry_is_one_line(change: dict[str, Any], problem: str) -> None:
    assert complaint({"source": [{**ENTRY, **change}]}).startswith(f"echo: {problem}")


@pytest.mark.parametrize("name", ["Echo", "../echo", "echo/news", "-echo", "écho", "e" * 65, "a b"])
def test_an_id_that_could_not_name_a_file_is_refused(name: str) -> None:
    line = complaint({"source": [{**ENTRY, "id": name}]})
    assert line.startswith(f"{name}: id must be lower-case letters")


@pytest.mark.parametrize("key", ["id", "name", "publisher", "kind", "medium", "homepage"])
def test_a_missing_key_is_named(key: str) -> None:
    entry = {name: value for name, value in ENTRY.items() if name != key}
    whose = "source 1" if key == "id" else "echo"
    assert complaint({"source": [entry]}) == f"{whose}: {key} is missing"


@pytest.mark.parametrize(
    ("content", "entry"),
    [
        ({"sources": [ENTRY]}, "sources"),
        ({"source": ENTRY}, "source"),  # [source] where [[source]] is meant
        ({"source": ["echo"]}, "source"),
        ({"defaults": "none", "source": [ENTRY]}, "defaults"),
        ({"publisher": 7, "source": [{**ENTRY, "publisher": 7}]}, "echo"),
    ],
    ids=str,
)
def test_a_mistake_in_the_shape_of_a_file_is_one_line(content: dict[str, Any], entry: str) -> None:
    assert complaint(content).startswith(entry)


@pytest.mark.parametrize(
    ("text", "problem"),
    [(b'publisher = "P\n', "line 1"), (b'a = "\xff"', "utf-8"), (b"a = 1\na = 2\n", "line 2")],
)
def test_a_file_that_is_no_toml_is_one_line(text: bytes, problem: str, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_bytes(text)
    with pytest.raises(DataFileError, match=f"^own.toml: file: .*{problem}.*$"):
        load_sources(tmp_path)


TOML = '[[source]]\nid = "echo"\nname = "E"\npublisher = "P"\nkind = "feed"\nmedium = "blog"\n'


@pytest.mark.parametrize("second", ["a.toml", "b.toml"])
def test_an_id_is_taken_once_even_across_files(second: str, tmp_path: Path) -> None:
    entry = TOML + 'homepage = "https://echo.example/"\nfeeds = ["/rss"]\n'
    for name in ("a.toml", second):
        with (tmp_path / name).open("a") as file:
            file.write(entry)
    with pytest.raises(DataFileError) as caught:
        load_sources(tmp_path)
    assert str(caught.value) == f"{second}: echo: this id is taken by another source"


def test_the_heads_defaults_stand_under_each_entrys_own_keys() -> None:
    defaults = {"country": "Wales", "delay_seconds": 20.0}
    entries = [{**ENTRY, "id": "one"}, {**ENTRY, "id": "two", "country": "England"}]
    one, two = parse_sources("own.toml", {"defaults": defaults, "source": entries})
    assert (one.country, two.country) == ("Wales", "England")
    assert (one.delay_seconds, two.delay_seconds) == (20.0, 20.0)


def test_documents_are_read_from_the_homepage() -> None:
    found = source(feeds=["/rss", "more.xml"], news_sitemaps=["//map.example/news.xml"])
    assert found.discovery == [
        ("https://www.echo.example/rss", "feed"),
        ("https://www.echo.example/news/more.xml", "feed"),
        ("https://map.example/news.xml", "sitemap"),
    ]


def test_whole_sitemaps_are_polled_only_where_the_kind_is_sitemap() -> None:
    assert source(sitemaps=["/map.xml"]).discovery == [("https://www.echo.example/rss", "feed")]
    assert source(kind="sitemap", feeds=[], sitemaps=["/map.xml"]).discovery == [
        ("https://www.echo.example/map.xml", "sitemap")
    ]


@pytest.mark.parametrize(
    ("url", "owned"),
    [
        ("https://www.echo.example/news/1", True),
        ("http://echo.example/news/1", True),
        ("https://ECHO.example/news/1", True),
        ("https://live.example/1", True),
        ("https://www.live.example/1", True),
        ("https://ads.echo.example/1", False),
        ("https://echo.example.evil.example/1", False),
        ("https://evil.example/echo.example", False),
    ],
)
def test_a_source_owns_its_own_hosts_and_no_others(url: str, owned: bool) -> None:
    assert source(hosts=["www.live.example"]).owns(url) is owned
