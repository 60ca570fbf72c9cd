"""What a page says about itself: the surest signal wins, and nothing lies after the capture."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml.html import HtmlElement, document_fromstring

from pipeline.reading.characters import CONTROL
from pipeline.reading.metadata import Metadata, read_metadata

URL = "https://echo.example/news/1"
CAPTURED = datetime(2026, 9, 1, 6, 0, tzinfo=UTC)
DAY = datetime(2026, 8, 24, tzinfo=UTC)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TEXT = (
    "<p>The council met and agreed on the budget for homes, which is twice that of last year.</p>"
)


def tree(head: str = "", body: str = "", lang: str = "en", outside: str = "") -> HtmlElement:
    article = f"<article>{body}{TEXT}</article>"
    return document_fromstring(
        f'<html lang="{lang}"><head>{head}</head><body>{outside}{article}</body></html>'
    )


def read(head: str = "", body: str = "", outside: str = "") -> Metadata:
    return read_metadata(tree(head, body, outside=outside), URL, CAPTURED)


def script(data: str) -> str:
    return f'<script type="application/ld+json">{data}</script>'


def block(*objects: Mapping[str, object]) -> str:
    return script(json.dumps({"@graph": objects}).replace("<", "\\u003c"))


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
        pytest.param('{"@type": "NewsArticle", "headline": "Gap"};', id="semicolon"),
        pytest.param('<!-- {"@type": "NewsArticle", "headline": "Gap"} -->', id="comment"),
        pytest.param('//<![CDATA[\n{"@type": "NewsArticle", "headline": "Gap"}\n//]]>', id="cdata"),
        pytest.param(
            '{"@type": "WebPage", "mainEntity": {"@type": "NewsArticle", "headline": "Gap"}}',
            id="main-entity",
        ),
        pytest.param(
            '{"@type": "NewsArticle", "headline": {"@value": "Gap"}}', id="object-of-value"
        ),
    ],
)
def test_an_article_is_found_in_every_shape_of_json_ld(data: str) -> None:
    assert read(script(data)).title == "Gap"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param('{"@type": "NewsArticle", "headline": "Ga', id="cut-short"),
        pytest.param('{"@type": "NewsArticle", "headline": "Gap",}', id="comma-too-many"),
        pytest.param('{"@type": "JobPosting", "headline": "Gap"}', id="job"),
        pytest.param('{"@type": "NewsArticle", "headline": 9e999}', id="infinite"),
        pytest.param('{"@type": "NewsArticle", "headline": true}', id="true"),
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


FIELDS = (
    "@id @type headline author creator publisher datePublished dateModified dateCreated keywords"
    " isAccessibleForFree hasPart articleSection inLanguage license url mainEntityOfPage"
    " description name @graph mainEntity"
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(FIELDS.split()), inner, max_size=2)
    ),
    max_leaves=4,
)


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.sampled_from(FIELDS.split()), VALUES),
    st.dictionaries(st.sampled_from(FIELDS.split()), VALUES, max_size=4),
)
def test_json_ld_of_any_values_gives_metadata(
    fields: dict[str, object], others: dict[str, object]
) -> None:
    head = json_ld(**{**fields, "@type": "NewsArticle"}) + json_ld(**others)
    assert isinstance(read(head), Metadata)


@pytest.mark.parametrize(
    "mine",
    [
        pytest.param({"url": URL}, id="url"),
        pytest.param({"url": "http://www.echo.example/news/1/?utm_source=x"}, id="spelling"),
        pytest.param({"mainEntityOfPage": {"@id": URL}}, id="main-entity-of-page"),
        pytest.param({"@id": f"{URL}#article"}, id="id"),
    ],
)
def test_of_several_articles_the_one_with_the_address_of_the_page_counts(
    mine: dict[str, object],
) -> None:
    other = {"@type": "NewsArticle", "headline": "Cats", "url": "https://echo.example/news/2"}
    head = block(other, {"@type": "NewsArticle", "headline": "Gap", **mine})
    assert read(head, "<h1>Gaps and Cats</h1>").title_jsonld == "Gap"


def test_of_several_articles_without_address_the_one_most_like_the_h1_counts() -> None:
    head = block(
        {"@type": "NewsArticle", "headline": "Cats to be fed"},
        {"@type": "NewsArticle", "headline": "Gap in the budget of homes"},
    )
    assert read(head, "<h1>Gap in the budget</h1>").title_jsonld == "Gap in the budget of homes"
    assert read(head).title_jsonld == "Cats to be fed"


def test_two_objects_of_one_page_complete_each_other() -> None:
    head = json_ld(url=URL, headline="Gap", author="") + json_ld(url=URL, author="Ann Lee")
    found = read(head)
    assert (found.title_jsonld, found.authors) == ("Gap", ("Ann Lee",))


def test_a_web_page_dates_an_article_where_no_article_is_described() -> None:
    page = {"@type": "WebPage", "datePublished": "2026-08-24"}
    assert (
        read(block({"@type": "WebSite", "datePublished": "2011-01-01"}, page)).published_at == DAY
    )
    assert read(block(page, {"@type": "NewsArticle"})).published_from != "json-ld"


# Dates


SIGNALS = [
    ("json-ld", json_ld(datePublished="2026-08-24"), ""),
    ("meta", meta("article:published_time", "2026-08-24"), ""),
    ("time", "", '<time datetime="2026-08-24">last week</time>'),
    ("text", "", "<p>Published: 24 August 2026</p>"),
    ("htmldate", "", '<div class="date">on the 24 August 2026, in the evening</div>'),
]


@pytest.mark.parametrize(("signal", "head", "body"), SIGNALS, ids=[s[0] for s in SIGNALS])
def test_each_signal_dates_a_page(signal: str, head: str, body: str) -> None:
    found = read(head, body)
    assert (found.published_at, found.published_from) == (DAY, signal)
    assert (found.published_zone, found.published_precision) == ("", "day")


def test_the_surest_signal_wins() -> None:
    head = json_ld(datePublished="2026-08-21") + meta("article:published_time", "2026-08-22")
    found = read(head, '<time datetime="2026-08-23">Sunday</time>')
    assert (found.published_at, found.published_from) == (
        datetime(2026, 8, 21, tzinfo=UTC),
        "json-ld",
    )


@pytest.mark.parametrize(
    "told",
    ["", "yesterday", "2026-13-01", "24/18/2026", "1970-01-01", "9999", "2026-09-02", "2031-01-01"],
)
def test_a_signal_without_sense_gives_way_to_the_next(told: str) -> None:
    head = json_ld(datePublished=told) + meta("article:published_time", "2026-08-24")
    assert read(head).published_from == "meta"


def test_of_a_day_the_next_signal_may_tell_the_time() -> None:
    head = json_ld(datePublished="2026-08-24")
    same = read(head + meta("article:published_time", "2026-08-24T14:05:00Z"))
    other = read(head + meta("article:published_time", "2026-08-25T14:05:00Z"))
    assert (same.published_at, same.published_from) == (
        datetime(2026, 8, 24, 14, 5, tzinfo=UTC),
        "meta",
    )
    assert (other.published_at, other.published_from) == (DAY, "json-ld")


@pytest.mark.parametrize(
    ("told", "hour", "zone", "precision"),
    [
        ("2026-08-24T07:30:00+01:00", 6, "+01:00", "second"),
        ("2026-08-24T06:30:00Z", 6, "+00:00", "second"),
        ("2026-08-24T07:30:00", 6, "", "second"),
        ("2026-08-24T07:30", 6, "", "minute"),
        ("2026-08-24T02:30:00.000-04:00", 6, "-04:00", "second"),
        ("20260824T063000Z", 6, "+00:00", "second"),
        ("Mon, 24 Aug 2026 06:30:00 GMT", 6, "+00:00", "second"),
        (1787553000, 6, "+00:00", "second"),
    ],
)
def test_times_are_utc_with_the_zone_as_written_and_else_london(
    told: object, hour: int, zone: str, precision: str
) -> None:
    found = read(json_ld(datePublished=told, dateModified=told))
    assert found.published_at == found.modified_at == datetime(2026, 8, 24, hour, 30, tzinfo=UTC)
    assert found.published_zone == found.modified_zone == zone
    assert found.published_precision == found.modified_precision == precision
    assert found.published_at is not None
    assert found.published_at.tzinfo is UTC


@pytest.mark.parametrize(
    "name",
    ["parsely-pub-date", "sailthru.date", "DC.date.issued", "dcterms.created", "pubdate", "date"],
)
def test_meta_elements_of_any_house_date_a_page(name: str) -> None:
    assert read(f'<meta name="{name}" content="24 August 2026">').published_from == "meta"


def test_microdata_dates_a_page() -> None:
    assert read("", '<meta itemprop="datePublished" content="2026-08-24">').published_at == DAY
    span = '<h1>Gap</h1><span itemprop="datePublished" content="2026-08-24">Monday</span>'
    assert read("", span).published_from == "time"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            '<time datetime="2026-08-21">a</time>'
            '<time class="published" datetime="2026-08-24">b</time>',
            id="published",
        ),
        pytest.param(
            '<time datetime="2026-08-25" class="updated">a</time>'
            '<time datetime="2026-08-24">b</time>',
            id="updated",
        ),
        pytest.param(
            'Updated <time datetime="2026-08-25">a</time> <time datetime="2026-08-24">b</time>',
            id="updated-in-words",
        ),
        pytest.param(
            '<aside><time datetime="2026-08-21">a</time></aside>'
            '<time datetime="2026-08-24">b</time>',
            id="aside",
        ),
        pytest.param(
            '<div class="related-stories"><time datetime="2026-08-21">a</time></div>'
            '<time datetime="2026-08-24">b</time>',
            id="related",
        ),
        pytest.param("<time>24 August 2026</time>", id="without-attribute"),
    ],
)
def test_the_time_element_of_the_article_dates_it(body: str) -> None:
    found = read("", f"<h1>Gap</h1>{body}")
    assert (found.published_at, found.published_from) == (DAY, "time")


def test_a_time_outside_the_article_does_not_date_it() -> None:
    outside = '<div><time datetime="2026-08-21">a</time></div>'
    card = '<article><h3>Cats</h3><time datetime="2026-08-21">a</time></article>'
    body = "<h1>Gap</h1><p>24 August 2026</p>"
    assert read("", body, outside).published_at == DAY
    assert read("", body, card).published_at == DAY


@pytest.mark.parametrize(
    ("line", "hour", "precision"),
    [
        ("<p>Posted on 24/08/2026</p>", 0, "day"),
        ("<p>24 August 2026</p>", 0, "day"),
        ("<div><b>Published:</b> <span>15:00, 24 August 2026</span></div>", 14, "minute"),
        ("<p>Published 15:00 Monday, 24 Aug 2026</p>", 14, "minute"),
        ("<p>First published on 24th August 2026 at 3.00pm</p>", 14, "minute"),
        ("<p>Updated: 26 August 2026. Published: 24 August 2026</p>", 0, "day"),
    ],
)
def test_a_visible_line_dates_a_page(line: str, hour: int, precision: str) -> None:
    found = read("", f"<h1>Gap</h1>{line}")
    assert (found.published_at, found.published_from) == (DAY.replace(hour=hour), "text")
    assert found.published_precision == precision


def test_a_labelled_line_under_the_body_dates_a_page() -> None:
    page = f"<h1>Gap</h1>{TEXT}<p>Published: Monday, 24 August 2026</p>"
    assert read("", page).published_from == "text"


@pytest.mark.parametrize(
    "line",
    [
        "<aside><p>Published: 24 August 2026</p></aside>",
        "<p>The review was published on 24 August 2026.</p>",
        '<ul class="related"><li>Published: 24 August 2026</li></ul>',
        "<p>Updated: 24 August 2026</p>",
    ],
)
def test_a_line_of_something_else_is_no_signal(line: str) -> None:
    assert read("", f"<h1>Gap</h1>{TEXT}{line}").published_from != "text"


@pytest.mark.parametrize(
    ("head", "body", "signal"),
    [
        (json_ld(dateModified="2026-08-25"), "", "json-ld"),
        (meta("article:modified_time", "2026-08-25"), "", "meta"),
        (meta("og:updated_time", "2026-08-25"), "", "meta"),
        ("", '<time class="updated" datetime="2026-08-25">a</time>', "time"),
        ("", "<p>Last updated: 25 August 2026</p>", "text"),
    ],
)
def test_each_signal_tells_when_a_page_was_changed(head: str, body: str, signal: str) -> None:
    found = read(head + meta("article:published_time", "2026-08-24"), f"<h1>Gap</h1>{body}")
    assert (found.modified_at, found.modified_from) == (DAY + timedelta(days=1), signal)
    assert found.modified_precision == "day"


def test_no_page_was_changed_before_it_was_published() -> None:
    head = json_ld(datePublished="2026-08-24T12:00:00Z", dateModified="2026-08-24T11:59:59Z")
    assert (read(head).modified_at, read(head).modified_from) == (None, "")
    later = read(head + meta("article:modified_time", "2026-08-24T12:00:00Z"))
    assert later.modified_at == later.published_at


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
        ({"@type": "Person", "name": ["Ann Lee", "Tom Birkett"]}, ("Ann Lee", "Tom Birkett")),
        ([["Ann Lee"], [{"name": "Tom Birkett"}]], ("Ann Lee", "Tom Birkett")),
        ({"@type": "Person", "givenName": "Ann", "familyName": "Lee"}, ("Ann Lee",)),
        ({"@type": "Corporation", "name": "Ann Lee"}, ()),
        ({"@id": "#nobody"}, ()),
        ("Ann Lee, Local Democracy Reporter", ("Ann Lee",)),
        ({"@type": "Person", "name": "admin"}, ()),
    ],
)
def test_authors_are_people_each_once(told: object, names: tuple[str, ...]) -> None:
    assert read(json_ld(author=told)).authors == names


@pytest.mark.parametrize("author", [{"@id": "#ann"}, "#ann", [{"@id": "#ann"}]])
def test_an_author_may_be_a_reference(author: object) -> None:
    ann = {"@type": "Person", "@id": "#ann", "name": "Ann Lee"}
    assert read(block(ann, {"@type": "NewsArticle", "author": author})).authors == ("Ann Lee",)
    house = {**ann, "@type": "Organization"}
    assert read(block(house, {"@type": "NewsArticle", "author": author})).authors == ()


def test_a_reference_to_itself_ends() -> None:
    one, two = {"@id": "#1", "author": {"@id": "#2"}}, {"@id": "#2", "name": {"@id": "#1"}}
    article = {"@type": "NewsArticle", "author": [{"@id": "#1"}, {"@id": "#2"}]}
    assert read(block(one, two, article)).authors == ()


@pytest.mark.parametrize(
    "head",
    [
        meta("og:site_name", "Ann Lee"),
        '<meta name="application-name" content="Ann Lee">',
        block({"@type": "Organization", "name": "Ann Lee"}),
        json_ld(publisher={"@type": "Organization", "name": "Ann Lee"}),
        "<title>Gap in the budget | Ann Lee</title>",
    ],
)
def test_the_publisher_is_no_author(head: str) -> None:
    told = meta("author", "Ann Lee and Tom Birkett")
    assert read(head + told, "<h1>Gap in the budget</h1>").authors == ("Tom Birkett",)


@pytest.mark.parametrize(
    ("head", "body", "names"),
    [
        (json_ld(author="Ann Lee") + meta("author", "Tom Birkett"), "", ("Ann Lee",)),
        (json_ld(author="Newsroom") + meta("author", "Tom Birkett"), "", ("Tom Birkett",)),
        (json_ld(creator="Ann Lee"), "", ("Ann Lee",)),
        (meta("author", "Tom Birkett"), '<b class="byline">By Zoë Ash</b>', ("Tom Birkett",)),
        (meta("article:author", "https://fb.example/ann"), "", ()),
        (meta("article:author", "Ann Lee") + meta("article:author", "Jo Day"), "", ("Ann Lee",)),
        ('<meta name="DC.creator" content="Ann Lee">', "", ("Ann Lee",)),
        ('<meta name="byl" content="By ANN LEE">', "", ("Ann Lee",)),
        ("", '<b class="byline">By Zoë Ash</b>', ("Zoë Ash",)),
        ("", '<a rel="author" href="/ash">Zoë Ash</a>', ("Zoë Ash",)),
        ("", '<div class="byline">\n  <b>By Zoë Ash</b></div>', ("Zoë Ash",)),
        ("", "<h1>Gap</h1><p>By Zoë Ash</p>", ("Zoë Ash",)),
        ("", '<p class="author">Zoë Ash</p><h1>Gap</h1>', ("Zoë Ash",)),
        ("", '<h1>Gap</h1><p itemprop="author"><i>Zoë</i> <i>Ash</i></p>', ("Zoë Ash",)),
        (
            "",
            '<h1>Gap</h1><p class="byline"><a>Zoë Ash</a><i>Education Reporter</i></p>'
            '<p class="byline">Jo Day</p>',
            ("Zoë Ash", "Jo Day"),
        ),
        ("", f'<h1>Gap</h1>{TEXT}<div class="comment"><a rel="author">Zoë Ash</a></div>', ()),
        ("", f"<h1>Gap</h1>{TEXT}<p>By Zoë Ash</p>", ()),
        ("", "", ()),
    ],
)
def test_authors_come_from_the_surest_signal(head: str, body: str, names: tuple[str, ...]) -> None:
    assert read(head, body).authors == names


# Titles


LONG = "One gap in the budget"


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        pytest.param(
            json_ld(headline="Budget gap: what we know") + "<title>T</title>",
            f"<h1>{LONG}</h1>",
            LONG,
            id="h1-before-json-ld",
        ),
        pytest.param("<title>T</title>", "<h1> One <b>gap</b>\n</h1>", "One gap", id="h1"),
        pytest.param("", "<h1>One<br>gap</h1>", "One gap", id="break"),
        pytest.param("<title>T</title>", "<h1></h1><h1>H</h1>", "H", id="empty-h1"),
        pytest.param(json_ld(headline="J") + meta("og:title", "O"), "", "J", id="json-ld"),
        pytest.param(meta("og:title", "O") + "<title>T</title>", "", "O", id="og"),
        pytest.param("<title> T </title>", "", "T", id="title"),
        pytest.param(
            meta("og:title", LONG),
            f"<h1>Sport</h1><h1>{LONG}, say auditors</h1>",
            f"{LONG}, say auditors",
            id="the-h1-like-the-title",
        ),
        pytest.param(
            meta("og:title", LONG), "<h1>Sport</h1><h1>Weather</h1>", LONG, id="no-h1-like-it"
        ),
        pytest.param("", '<h1>A</h1><h1 class="entry-title">B</h1>', "B", id="marked"),
        pytest.param(
            meta("og:title", LONG) + meta("og:site_name", "Dale Echo"),
            f"<h1>Dale Echo</h1><h2>{LONG}</h2>",
            LONG,
            id="site-name",
        ),
        pytest.param(
            meta("og:title", LONG),
            f'<h1><a href="/">One gap</a></h1><h2>{LONG}</h2>',
            LONG,
            id="logo",
        ),
        pytest.param(
            meta("og:title", LONG), "<aside><h1>Gap in other words</h1></aside>", LONG, id="aside"
        ),
        pytest.param("", "", "", id="none"),
    ],
)
def test_the_title_is_the_headline_that_readers_see(head: str, body: str, title: str) -> None:
    assert read(head, body).title == title


def test_a_lone_h1_outside_the_article_must_share_a_word_with_a_title() -> None:
    head = meta("og:title", LONG)
    assert read(head, outside="<h1>Latest stories</h1>").title == LONG
    assert read(head, outside="<h1>Budget is short</h1>").title == "Budget is short"


def test_the_three_titles_are_kept_as_given() -> None:
    head = json_ld(headline="J &amp; K") + meta("og:title", "O | Dale Echo")
    found = read(head, "<h1>H</h1>")
    assert (found.title_h1, found.title_og, found.title_jsonld) == ("H", "O | Dale Echo", "J & K")
    assert read("").title_h1 == read("").title_og == read("").title_jsonld == ""


@pytest.mark.parametrize(
    ("head", "told", "title"),
    [
        (meta("og:site_name", "Dale Live"), "Gap - Dale Live", "Gap"),
        (meta("og:site_name", "BBC"), "Gap | BBC News", "Gap"),
        (meta("og:site_name", "Dale Echo"), "Gap » Dale Echo", "Gap"),
        (meta("og:site_name", "Dale Echo"), "Dale Echo: Gap", "Dale Echo: Gap"),
        (meta("og:site_name", "Dale Echo"), "Dale Echo | Gap", "Gap"),
        (meta("og:site_name", "Dale Echo"), "Gap - and why - Dale Echo", "Gap - and why"),
        ("", "Gap | Local News | Echo", "Gap"),
        ("", "Gap – Echo", "Gap"),
        ("", "Gap | The Dale Gazette", "Gap"),
        ("", "Gap - what it means for schools", "Gap - what it means for schools"),
        ("", "Opinion | Gap between what is said and what is done", 9),
        (meta("og:site_name", "Dale Echo"), "Dale Echo", "Dale Echo"),
    ],
)
def test_a_title_leaves_the_name_of_the_site(head: str, told: str, title: str | int) -> None:
    found = read(f"{head}<title>{told}</title>").title
    assert found == (told if isinstance(title, int) else title)


# Standfirsts


SENTENCE = "Homes for children cost more than was set aside."


@pytest.mark.parametrize(
    "under",
    [
        f'<p class="standfirst">{SENTENCE}</p>',
        f'<div class="article__summary"><p>{SENTENCE}</p></div>',
        f'<p class="sub-title">{SENTENCE}</p>',
        f'<h2 class="headline__dek">{SENTENCE}</h2>',
        f'<p class="p-summary">{SENTENCE}</p>',
        f'<p itemprop="description">{SENTENCE}</p>',
        f"<h2>{SENTENCE}</h2>",
        f'<p class="byline">By Ann Lee</p><p class="strapline">{SENTENCE}</p>',
        f'<figure><figcaption>A town hall.</figcaption></figure><p class="lead-in">{SENTENCE}</p>',
    ],
)
def test_the_standfirst_is_the_marked_sentence_under_the_headline(under: str) -> None:
    assert read("", f"<h1>Gap</h1>{under}").standfirst == SENTENCE


@pytest.mark.parametrize(
    "under",
    [
        "",
        '<p class="standfirst">NEWS</p>',
        "<h2>Social care</h2>",
        '<p class="subtitle">By Ann Lee and Tom Birkett of this town</p>',
        '<p class="subtitle">Published on the 3 March 2024</p>',
        '<p class="standfirst">One gap in the budget</p>',
        f'<p class="standfirst">{"Very long. " * 40}</p>',
        f'<aside class="related"><p class="standfirst">{SENTENCE}</p></aside>',
        f"<p>{SENTENCE}</p>",
        f'{TEXT}<p class="standfirst">{SENTENCE}</p>',
        f'<div class="intro"><p>{SENTENCE} {SENTENCE}</p></div>',
    ],
)
def test_what_is_no_standfirst_is_none(under: str) -> None:
    assert read("", f"<h1>{LONG}</h1>{under}").standfirst == ""


def test_a_description_is_the_standfirst_where_it_stands_apart_from_the_body() -> None:
    told = meta("og:description", SENTENCE)
    assert read(told, f"<div><h1>Gap</h1><p>{SENTENCE}</p></div>").standfirst == SENTENCE
    assert read(told, f"<h1>Gap</h1><p>{SENTENCE}</p>").standfirst == ""
    assert read(told, "<div><h1>Gap</h1><p>Another sentence of it.</p></div>").standfirst == ""


def test_a_page_without_h1_may_mark_its_standfirst() -> None:
    assert read("", f'<p class="standfirst">{SENTENCE}</p>').standfirst == SENTENCE


# The rest


@pytest.mark.parametrize(
    ("lang", "head", "code"),
    [
        ("en", "", "en"),
        ("en-GB", "", "en"),
        ("CY", "", "cy"),
        ("", "", ""),
        ("english", "", ""),
        ("x-default", meta("og:locale", "en_GB"), "en"),
        ("", '<meta http-equiv="Content-Language" content="cy">', "cy"),
        ("", json_ld(inLanguage="en-GB"), "en"),
        ("cy", meta("og:locale", "en_GB"), "cy"),
    ],
)
def test_a_language_is_two_letters(lang: str, head: str, code: str) -> None:
    assert read_metadata(tree(head, lang=lang), URL, CAPTURED).language == code


@pytest.mark.parametrize(
    ("fields", "paywalled"),
    [
        ({"isAccessibleForFree": False}, True),
        ({"isAccessibleForFree": "False"}, True),
        ({"isAccessibleForFree": "http://schema.org/False"}, True),
        ({"hasPart": {"isAccessibleForFree": False}}, True),
        ({"hasPart": [7, {"isAccessibleForFree": "false"}]}, True),
        ({"isAccessibleForFree": True, "hasPart": {"isAccessibleForFree": False}}, False),
        ({"isAccessibleForFree": True}, False),
        ({"isAccessibleForFree": "True"}, False),
        ({"isAccessibleForFree": None}, False),
        ({}, False),
    ],
)
def test_a_page_is_paywalled_where_it_says_so(fields: dict[str, object], paywalled: bool) -> None:
    assert read(json_ld(headline="Gap", **fields)).paywalled is paywalled


@pytest.mark.parametrize(("tier", "paywalled"), [("locked", True), ("metered", False)])
def test_a_locked_tier_is_a_paywall(tier: str, paywalled: bool) -> None:
    assert read(meta("article:content_tier", tier)).paywalled is paywalled


def test_a_section_is_as_given_and_the_first_of_several() -> None:
    told = meta("article:section", "Dale")
    assert read(json_ld(articleSection=["Social care", "News"]) + told).section == "Social care"
    assert read(told).section == "Dale"
    assert read().section == ""


@pytest.mark.parametrize(
    ("head", "keywords"),
    [
        (json_ld(keywords="Ofsted, Dale,, "), ("Ofsted", "Dale")),
        (json_ld(keywords=["Ofsted", "Dale"]), ("Ofsted", "Dale")),
        (json_ld(keywords=[{"@type": "DefinedTerm", "name": "Ofsted"}, 7]), ("Ofsted", "7")),
        (meta("article:tag", "Dale") + meta("article:tag", "Ofsted"), ("Dale", "Ofsted")),
        (json_ld(keywords="Dale") + meta("keywords", "dale, care"), ("Dale", "care")),
        ("", ()),
    ],
)
def test_keywords_are_as_given_each_once(head: str, keywords: tuple[str, ...]) -> None:
    assert read(head).keywords == keywords


OGL = "https://www.nationalarchives.example/doc/open-government-licence/version/3/"


@pytest.mark.parametrize(
    ("head", "body", "licence"),
    [
        (json_ld(license=OGL), "", OGL),
        (json_ld(license={"@type": "CreativeWork", "url": OGL}), "", OGL),
        (f'<link rel="license" href="{OGL}">', "", OGL),
        ("", f'<a rel="license noopener" href="{OGL}">OGL</a>', OGL),
        ('<meta name="dcterms.rights" content="Open Government Licence v3.0">', "", 3),
        ('<meta name="dcterms.rights" content="Copyright Dale Council">', "", ""),
        ('<meta name="copyright" content="Dale Echo">', "", ""),
        (json_ld(license="All rights reserved"), "", ""),
        (json_ld(license="licence " * 40), "", ""),
        ("", f'<figure><a rel="license" href="{OGL}">photo</a></figure>', ""),
        ("", "", ""),
    ],
)
def test_a_licence_is_an_address_or_the_name_of_one(
    head: str, body: str, licence: str | int
) -> None:
    wanted = "Open Government Licence v3.0" if isinstance(licence, int) else licence
    assert read(head, body).licence == wanted


def test_the_canonical_address_is_as_given() -> None:
    head = '<link rel="canonical" href="/news/1"><link rel="canonical" href="/news/2">'
    assert read(head).canonical == "/news/1"


def test_generator_and_body_are_as_given() -> None:
    found = read(meta("generator", "WordPress 6.8") + json_ld(articleBody="One.\n\nTwo."))
    assert (found.generator, found.article_body) == ("WordPress 6.8", "One.\n\nTwo.")
    assert read(json_ld(articleBody={"@value": "One."})).article_body == ""


def test_nothing_that_a_page_states_has_control_characters() -> None:
    found = read(
        json_ld(headline="One\u0000 gap\ud800", author="Ann\u0007 Lee", articleSection="\u0001")
        + meta("keywords", "a&#1;b")
    )
    assert (found.title, found.authors, found.section) == ("One gap", ("Ann Lee",), "")
    assert not any(CONTROL.search(word) for word in found.keywords)


def test_no_title_has_too_many_parts() -> None:
    assert read(f"<title>{'Gap | ' * 50_000}Echo</title>", "<h1>Gap</h1>").title == "Gap"


def test_no_tree_is_too_deep() -> None:
    deep = "<div>" * 200 + "<h1>Gap</h1><p>24 August 2026</p>" + "</div>" * 200
    assert read("", deep).published_at == DAY
