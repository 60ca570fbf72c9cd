"""Texts come back to who may have them: asked for politely, compared by hash, and told if not."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from frictionless import Package

from crawler.batch import Order
from crawler.errors import UsageError
from crawler.home import Home, pseudonym_key
from crawler.rehydrate import asking
from crawler.run import crawl
from crawler.suppression import Decision, key_name, page_hash, record
from pipeline.build import build
from reports.export import export
from reports.rehydrate import Wanted, entitled, lacking, read_wanted, rehydrated
from tests.conftest import SOURCE, VIEWS, Tocsin, page
from tests.test_operations import register
from tests.web import Web, serve_web

pytestmark = pytest.mark.enable_socket
NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
NAMES = ("same", "headline", "edited", "moved", "gone", "denied", "reserved", "suppressed", "down")
BECAME = {
    "same": "same",
    "headline": "same text",
    "moved": "same text",
    "edited": "changed",
    "gone": "gone",
    "denied": "denied",
    "reserved": "denied",
    "suppressed": "suppressed",
    "down": "failed",
    "elsewhere": "no source",
}


def story(name: str, title: str = "Leeds children's services") -> bytes:
    return page(
        f"{title}: {name}",
        f"Leeds City Council expects to overspend on placements for children, says {name}.",
        f"Social workers carry caseloads of 30 children each, a report on {name} says.",
    )


@pytest.fixture(scope="module")
def site() -> Iterator[Web]:
    with serve_web() as served:
        yield served


@pytest.fixture
def web(site: Web, theirs: Home) -> Web:
    """The site as it was when it was exported, and not asked for anything since."""
    assert theirs.database.exists()
    open_again(site)
    return site


def open_again(site: Web) -> None:
    site.pages.clear()
    site.feed("/rss", *(f"/{name}" for name in NAMES))
    for name in NAMES:
        site.put(f"/{name}", story(name))
    site.asked.clear()


@pytest.fixture(scope="module")
def theirs(site: Web, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The home of somebody who has crawled the site and made an open export of it."""
    home = Home(tmp_path_factory.mktemp("theirs"))
    open_again(site)
    source = site.source()
    crawl(home, [source], Order(NOW, "tests@example.org"), clock=lambda: NOW)
    build(home, [source], VIEWS)
    export(home)
    return home


@pytest.fixture
def exported(theirs: Home) -> Path:
    return theirs.out / "open"


@pytest.fixture
def ours(web: Web, tmp_path: Path) -> Home:
    """A home that watches the site, has nothing yet, and may have text."""
    home = Home(tmp_path)
    register(home, web)
    (home.root / "tocsin.toml").write_text('purpose = "A study of budgets"\n')
    return home


def later(web: Web) -> None:
    """What became of the pages meanwhile."""
    web.put("/headline", story("headline", "Another headline"))
    web.put("/edited", story("edited again"))
    web.put("/moved", "", 301, Location="/new-place")
    web.put("/new-place", story("moved"))
    web.put("/gone", "", 410)
    web.put("/robots.txt", "User-agent: *\nDisallow: /denied\n")
    web.put("/reserved", story("reserved"), TDM_Reservation="1")
    web.put("/down", "", 500)


def suppress(home: Home, url: str) -> None:
    key = pseudonym_key(home.pseudonym_key)
    told = Decision(
        "page", page_hash(key, url), "asked for", "2026-11-25", "ann", "", key_name(key)
    )
    record(home, [told])


def test_each_article_is_had_again_or_it_is_told_why_not(
    web: Web, exported: Path, ours: Home, tocsin: Tocsin
) -> None:
    later(web)
    suppress(ours, f"{web.home}/suppressed")
    before = {row["id"]: row for row in table(exported, "articles")}
    names = {row["url"].rpartition("/")[2]: name for name, row in before.items()}
    wanted = ours.root / "wanted.jsonl"
    more = {"id": "e" * 16, "url": "https://elsewhere.example/a", "text_sha256": "0" * 64}
    wanted.write_text((exported / "jsonl/articles.jsonl").read_text("utf-8") + json.dumps(more))
    done = tocsin("rehydrate", str(wanted))
    assert "Rehydrated: changed 1, denied 2, failed 1, gone 1" in done.stdout, done.stderr
    out = ours.out / "rehydrated"
    became = {row["url"]: row["outcome"] for row in table(out, "rehydration")}
    assert {url.rpartition("/")[2]: told for url, told in became.items()} == {
        **{name: told for name, told in BECAME.items() if name != "elsewhere"},
        "a": "no source",
    }
    articles = {row["id"]: row for row in table(out, "articles")}
    assert set(articles) == {names[n] for n in ("same", "headline", "moved")}
    for name, row in articles.items():
        assert row["text_sha256"] == before[name]["text_sha256"]
    assert "Social workers carry caseloads" in articles[names["moved"]]["text"]
    assert articles[names["same"]]["here"] == names["same"] != articles[names["headline"]]["here"]
    assert Package(str(out / "datapackage.json")).validate().valid
    assert "A study of budgets" in (out / "README.md").read_text("utf-8")
    assert web.count("/suppressed") == web.count("/denied") == web.count("/rss") == 0
    assert web.count("/robots.txt") == web.count("/same") == 1


def table(folder: Path, name: str) -> list[dict[str, str]]:
    return pq.read_table(folder / "parquet" / f"{name}.parquet").to_pylist()


def test_what_a_home_has_already_is_not_asked_for(theirs: Home, tmp_path: Path) -> None:
    wanted = read_wanted(theirs.out / "open")
    assert lacking(theirs, wanted) == []
    assert lacking(Home(tmp_path / "nobody's"), wanted) == wanted


def test_a_limit_leaves_the_rest_for_another_day(
    web: Web, exported: Path, ours: Home, tocsin: Tocsin
) -> None:
    done = tocsin("rehydrate", str(exported / "csv/articles.csv"), "--limit", "4", "--json")
    assert json.loads(done.stdout) == {"not asked": 5, "same": 4}, done.stderr
    asked = {f"{web.home}/{name}" for name in NAMES if web.count(f"/{name}")}
    left = {one.url for one in lacking(ours, read_wanted(exported))}
    assert (len(asked), len(left), asked & left) == (4, 5, set())


def test_text_is_fetched_for_nobody_without_a_purpose(
    web: Web, exported: Path, ours: Home, tocsin: Tocsin
) -> None:
    (ours.root / "tocsin.toml").unlink()
    done = tocsin("rehydrate", str(exported))
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "purpose" in done.stderr
    assert web.asked == []
    with pytest.raises(UsageError):
        entitled(ours)


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("nothing", None, "is no export"),
        ("notes.txt", "", "is no export"),
        ("articles.csv", "id,url\na,b\n", "has no text_sha256"),
        ("articles.jsonl", "{", "cannot be read"),
        ("articles.jsonl", "[1, 2]\n", "has a line that is no article"),
        ("articles.jsonl", "null\n", "has a line that is no article"),
        ("articles.parquet", "PAR1", "cannot be read"),
    ],
)
def test_what_is_no_export_is_told_in_one_line(
    tmp_path: Path, name: str, content: str | None, problem: str
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(UsageError, match=f"{name}: {problem}") as error:
        read_wanted(tmp_path / name)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "place", [".", "parquet/articles.parquet", "csv/articles.csv", "jsonl/articles.jsonl"]
)
def test_each_form_of_an_export_names_the_same_articles(exported: Path, place: str) -> None:
    assert read_wanted(exported / place) == read_wanted(exported)


def test_an_address_that_cannot_be_read_is_of_no_source(
    theirs: Home, exported: Path, tmp_path: Path
) -> None:
    (theirs.root / "tocsin.toml").write_text('purpose = "A study of budgets"\n')
    wanted = [*read_wanted(exported), Wanted("e" * 16, "http://[::1", "0" * 64)]
    asked = asking(theirs, [one.url for one in wanted], [SOURCE])
    told = rehydrated(theirs, wanted, asked, "", tmp_path / "out")
    (row,) = [r for r in table(tmp_path / "out", "rehydration") if r["id"] == "e" * 16]
    assert (row["url"], row["outcome"]) == ("http://[::1", "no source")
    assert told["no source"] >= 1


def test_addresses_are_sorted_into_those_that_may_be_asked_for(ours: Home) -> None:
    suppress(ours, "https://echo.example/b")
    urls = [
        "https://echo.example/a",
        "http://www.echo.example/b/",
        "https://x.example/",
        "mailto:a",
    ]
    found = asking(ours, urls, [SOURCE])
    assert found.urls == (("echo", "https://echo.example/a"),)
    assert found.suppressed == {"http://www.echo.example/b/"}
    assert found.unknown == {"https://x.example/", "mailto:a"}
