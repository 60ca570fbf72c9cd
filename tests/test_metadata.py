"""What a page says about itself: the surest signal wins, and nothing lies after the capture."""

import json
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml.html import HtmlElement, document_fromstring

from pipeline.metadata import Metadata, read_metadata

URL = "https://echo.example/news/1"
CAPTURED = datetime(2026, 9, 1, 6, 0, tzinfo=UTC)
DAY = datetime(2026, 8, 24, tzinfo=UTC)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TEXT = (
    "<p>The council met and agreed on the budget for homes, which is twice that of last year.</p>"
)


def tree(head: str = "", body: str = "", lang: str = "en") -> HtmlElement:
    article = f"<article>{body}{TEXT}</article>"
    return document_fromstring(
        f'<html lang="{lang}"><head>{head}</head><body>{article}</body></html>'
    )


def read(head: str = "", body: str = "") -> Metadata:
    return read_metadata(tree(head, body), URL, CAPTURED)


def script(data: str) -> str:
    return f'<script type="application/ld+json">{data}</script>'


def json_ld(**fields: object) -> str:
    return script(json.dumps({"@type": "NewsArticle", **fields}).replace("<", "\\u003c"))


def meta(name: str, content: str) -> str:
    return f'<meta property="{name}" content="{content}">'


# JSON-LD


@pytest.mark.parametrize(
    "data",
    [
        pytest.param('{"@type": "NewsArticle", "headline": "Gap"}', id="object"),
        pytest.param(
            '[{"@type": "WebSite"}, {"@type": "NewsArticle", "headline": "Gap"}]', id="list"
        ),
        pytest.param('{"@graph": [{"@type": "NewsArticle", "headline": "Gap"}]}', id="graph"),
        pytest.param('{"@type": ["NewsArticle"], "headline": ["Gap"]}', id="lists-of-one"),
        pytest.param('{"@type": ["WebPage", "NewsArticle"], "headline": "Gap"}', id="second-type"),
        pytest.param('{"@type": "LiveBlogPosting", "headline": "\tGap\\n"}', id="raw-control"),
        pytest.param('{"@type": "DiscussionForumPosting", "headline": "Gap"}', id="forum"),
    ],
)
def test_an_article_is_found_in_every_shape_of_json_ld(data: str) -> None:
    assert read(script(data)).title == "Gap"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param('{"@type": "NewsArticle", "headline": "Ga', id="cut-short"),
        pytest.param('{"@type": "NewsArticle", "headline": "Gap",}', id="comma-too-many"),
        pytest.param("", id="empty"),
        pytest.param("null", id="null"),
        pytest.param('"NewsArticle"', id="string"),
        pytest.param('[null, 7, "x", []]', id="list-of-no-objects"),
        pytest.param('{"@graph": {"@type": "NewsArticle"}}', id="graph-of-no-list"),
        pytest.param('{"@graph": null}', id="graph-of-nothing"),
        pytest.param('{"@type": {"@id": "NewsArticle"}, "headline": "Gap"}', id="type-of-no-text"),
        pytest.param('{"@type": "WebSite", "headline": "Gap"}', id="not-an-article"),
        pytest.param('{"@type": "NewsArticle", "n": ' + "9" * 5_000 + "}", id="endless-number"),
        pytest.param("[" * 100_000, id="nested-and-open"),
        pytest.param("[" * 100_000 + "]" * 100_000, id="nested"),
        pytest.param('{"@graph": ' * 50_000 + "[]" + "}" * 50_000, id="nested-objects"),
    ],
)
def test_json_ld_that_says_nothing_is_passed_over(data: str) -> None:
    found = read(script(data) + json_ld(headline="From the next block"))
    assert found.title == "From the next block"


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["headline", "author", "datePublished", "isAccessibleForFree"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=9),
            lambda inner: (
                st.lists(inner, max_size=2)
                | st.dictionaries(st.sampled_from(["name", "@type"]), inner, max_size=2)
            ),
            max_leaves=4,
        ),
    )
)
def test_json_ld_of_any_values_gives_metadata(fields: dict[str, object]) -> None:
    assert isinstance(read(json_ld(**fields)), Metadata)


# Dates


SIGNALS = [
    ("json-ld", json_ld(datePublished="2026-08-24"), ""),
    ("meta", meta("article:published_time", "2026-08-24"), ""),
    ("time", "", '<time datetime="2026-08-24">last week</time>'),
    ("htmldate", "", '<div class="date">24 August 2026</div>'),
]


@pytest.mark.parametrize(("signal", "head", "body"), SIGNALS, ids=[s[0] for s in SIGNALS])
def test_each_signal_dates_a_page(signal: str, head: str, body: str) -> None:
    found = read(head, body)
    assert (found.published_at, found.published_from) == (DAY, signal)


def test_the_surest_signal_wins() -> None:
    head = json_ld(datePublished="2026-08-21") + meta("article:published_time", "2026-08-22")
    found = read(head, '<time datetime="2026-08-23">Sunday</time>')
    assert (found.published_at, found.published_from) == (
        datetime(2026, 8, 21, tzinfo=UTC),
        "json-ld",
    )


@pytest.mark.parametrize(
    "told", ["", "yesterday", "2026-13-01", "24/08/2026", "1970-01-01", "9999"]
)
def test_a_signal_without_sense_gives_way_to_the_next(told: str) -> None:
    head = json_ld(datePublished=told) + meta("article:published_time", "2026-08-24")
    assert read(head).published_from == "meta"


@pytest.mark.parametrize(
    ("told", "hour"),
    [
        ("2026-08-24T07:30:00+01:00", 6),
        ("2026-08-24T06:30:00Z", 6),
        ("2026-08-24T06:30:00", 6),
        ("2026-08-24T02:30:00.000-04:00", 6),
        ("20260824T063000Z", 6),
    ],
)
def test_times_are_utc_and_without_zone_taken_for_utc(told: str, hour: int) -> None:
    found = read(json_ld(datePublished=told, dateModified=told))
    assert found.published_at == found.modified_at == datetime(2026, 8, 24, hour, 30, tzinfo=UTC)
    assert found.published_at is not None
    assert found.published_at.tzinfo is UTC


@settings(max_examples=50, deadline=None)
@given(st.datetimes(timezones=ZONES))
@example(CAPTURED)
@example(CAPTURED + timedelta(microseconds=1))
@example(datetime.max.replace(tzinfo=timezone(-timedelta(hours=14))))
def test_nothing_is_dated_after_the_capture(told: datetime) -> None:
    head = json_ld(datePublished=told.isoformat(), dateModified=told.isoformat())
    found = read(head + meta("article:published_time", told.isoformat()))
    for moment in (found.published_at, found.modified_at):
        assert moment is None or moment <= CAPTURED


@settings(max_examples=25, deadline=None)
@given(st.dates(min_value=date(1996, 1, 1)))
@example(CAPTURED.date())
@example(CAPTURED.date() + timedelta(days=1))
def test_no_visible_date_lies_after_the_capture(day: date) -> None:
    found = read("", f'<div class="date">{day.day} {day:%B} {day.year}</div>')
    assert found.published_at is None or found.published_at <= CAPTURED


def test_a_visible_date_after_the_capture_does_not_hide_one_before() -> None:
    page = tree("", '<div class="date">24 August 2020</div><div class="date">24 May 2015</div>')
    found = read_metadata(page, URL, datetime(2015, 6, 1, tzinfo=UTC))
    assert found.published_at == datetime(2015, 5, 24, tzinfo=UTC)


def test_a_page_without_a_date_has_none() -> None:
    found = read()
    assert (found.published_at, found.published_from, found.modified_at) == (None, "", None)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("<footer>© 2019 Echo Papers Ltd</footer>", id="copyright"),
        pytest.param("<p>The home was founded in 2011 and moved in 2015.</p>", id="history"),
        pytest.param('<div class="date">24 December 2026</div>', id="year-of-a-future-date"),
    ],
)
def test_a_year_alone_is_no_date(body: str) -> None:
    assert read("", body).published_at is None


def test_a_page_is_dated_alike_whenever_it_is_read() -> None:
    page = tree("", '<div class="date">24 August 2026</div>')
    later = CAPTURED + timedelta(days=4_000)
    found = [read_metadata(page, URL, moment).published_at for moment in (CAPTURED, later)]
    assert found == [DAY, DAY]


# People, titles and the rest


@pytest.mark.parametrize(
    ("told", "names"),
    [
        ("Ann Lee", ("Ann Lee",)),
        ("By Ann Lee and Tom Birkett", ("Ann Lee", "Tom Birkett")),
        ("Words by: Ann Lee", ("Ann Lee",)),
        (
            "Ann Lee, Tom Birkett; Zoë Ash & Rhys Morgan",
            ("Ann Lee", "Tom Birkett", "Zoë Ash", "Rhys Morgan"),
        ),
        (["Ann Lee", "Ann Lee"], ("Ann Lee",)),
        ({"@type": "Person", "name": "Ann Lee"}, ("Ann Lee",)),
        ([{"name": "Ann Lee"}, {"name": "Tom Birkett"}], ("Ann Lee", "Tom Birkett")),
        ([{"@type": "Organization", "name": "Echo"}, {"name": "Ann Lee"}], ("Ann Lee",)),
        ({"@type": "NewsMediaOrganization", "name": "Echo"}, ()),
        ("https://echo.example/people/ann-lee", ()),
        ("Echo.example/people/ann-lee", ()),
        ("ann-lee", ()),
        ("A" * 81, ()),
        ("Byron Andrews", ("Byron Andrews",)),
        ("Brandy Anders", ("Brandy Anders",)),
        (None, ()),
    ],
)
def test_authors_are_people_each_once(told: object, names: tuple[str, ...]) -> None:
    assert read(json_ld(author=told)).authors == names


@pytest.mark.parametrize(
    ("head", "body", "names"),
    [
        (json_ld(author="Ann Lee") + meta("author", "Tom Birkett"), "", ("Ann Lee",)),
        (meta("author", "Tom Birkett"), '<b class="byline">By Zoë Ash</b>', ("Tom Birkett",)),
        ("", '<b class="byline">By Zoë Ash</b>', ("Zoë Ash",)),
        ("", '<a rel="author" href="/ash">Zoë Ash</a>', ("Zoë Ash",)),
        ("", '<div class="byline">\n  <b>By Zoë Ash</b></div>', ("Zoë Ash",)),
        ("", "", ()),
    ],
)
def test_authors_come_from_the_surest_signal(head: str, body: str, names: tuple[str, ...]) -> None:
    assert read(head, body).authors == names


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        pytest.param(
            json_ld(headline="Said") + "<title>T</title>", "<h1>H</h1>", "Said", id="json-ld"
        ),
        pytest.param("<title>T</title>", "<h1> One <b>gap</b>\n</h1>", "One gap", id="h1"),
        pytest.param("<title>T</title>", "<h1></h1><h1>H</h1>", "H", id="empty-h1"),
        pytest.param(meta("og:title", "O"), "<h1>Echo</h1><h1>H</h1>", "O", id="two-h1"),
        pytest.param("<title> T </title>", "", "T", id="title"),
        pytest.param("", "", "", id="none"),
    ],
)
def test_the_title_is_the_headline_that_the_page_marks(head: str, body: str, title: str) -> None:
    assert read(head, body).title == title


@pytest.mark.parametrize(("lang", "code"), [("en", "en"), ("en-GB", "en"), ("CY", "cy"), ("", "")])
def test_a_language_is_two_letters(lang: str, code: str) -> None:
    assert read_metadata(tree(lang=lang), URL, CAPTURED).language == code


@pytest.mark.parametrize(
    ("told", "paywalled"),
    [
        (False, True),
        ("False", True),
        ("false", True),
        (True, False),
        ("True", False),
        (None, False),
    ],
)
def test_a_page_is_paywalled_where_it_says_so(told: object, paywalled: bool) -> None:
    assert read(json_ld(isAccessibleForFree=told)).paywalled is paywalled


def test_a_page_that_says_nothing_is_not_paywalled() -> None:
    assert read(json_ld(headline="Gap")).paywalled is False


def test_canonical_and_standfirst_are_read_as_marked() -> None:
    found = read('<link rel="canonical" href="/news/1">', '<p class="standfirst">The\n gap.</p>')
    assert (found.canonical, found.standfirst) == ("/news/1", "The gap.")
