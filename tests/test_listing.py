"""Section pages and boards: which of their links are articles or threads, and which is the next."""

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.links import Found, Link
from crawler.sources import Source
from crawler.spiders import listing
from crawler.spiders.listing import MAX_ARTICLES
from tests.conftest import SOURCE

PAPER = replace(SOURCE, kind="listing", listings=("https://echo.example/news/",))
FORUM = replace(SOURCE, kind="thread", medium="forum", listings=("https://echo.example/board",))
HOST = "https://echo.example"
HERE = "https://echo.example/news/"
STORY = "/news/leeds-care-gap-grows"


def html(body: str, head: str = "<title>News</title>") -> bytes:
    return f"<!doctype html><html><head>{head}</head><body>{body}</body></html>".encode()


def a(href: str, text: str = "T", more: str = "") -> str:
    return f'<a href="{href}"{more}>{text}</a>'


def links(body: bytes, url: str = HERE, source: Source = PAPER) -> Found:
    return listing.links(body, url, source)


def paths(body: bytes, url: str = HERE, source: Source = PAPER) -> list[str]:
    """Of articles or threads, without the host where it is the source's."""
    found = links(body, url, source).links
    return [link.url.removeprefix(HOST) for link in found if link.kind == "page"]


def following(body: bytes, url: str = HERE, source: Source = PAPER) -> list[str]:
    found = links(body, url, source).links
    return [link.url.removeprefix(HOST) for link in found if link.kind == "listing"]


# What is an article


@pytest.mark.parametrize(
    "path",
    [
        "/news/leeds-care-gap-grows",
        "/leeds-care-gap-grows/",
        "/news/leeds-care-gap-grows.html",
        "/news/local-news/fostering-12345678",
        "/news/12345678.fostering-pay/",
        "/news/articles/c1234567890o",
        "/news/articles/ckg5zq1mw2vo",
        "/news/uk-england-leeds-12345678",
        "/2026/09/01/fostering/",
        "/2026/9/fostering",
        "/news/2026/sep/01/fostering",
        "/story.php/123456",
    ],
)
def test_the_shape_of_its_url_makes_an_article(path: str) -> None:
    assert paths(html(a(path))) == [path]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/news",
        "/news/local-news",
        "/news/leeds-and-bradford/",
        "/about-our-team/",
        "/2026/09/01/",
        "/2026/09/",
        "/news/page/2",
        "/tag/leeds-care-gap-grows",
        "/tags/12345678",
        "/topic/leeds-care-gap-grows",
        "/author/a-b-c-d",
        "/authors/12345678",
        "/profile/12345678.jo-bloggs/",
        "/category/leeds-care-gap-grows",
        "/search/leeds-care-gap-grows",
        "/login/12345678",
        "/sign-in/?next=12345",
        "/leeds-care-gap-grows/feed/",
        "/wp-admin/post-edit-12345",
        "/wp-content/uploads/leeds-care-gap-grows",
        "/wp-login.php/12345",
        "/adverts/12345678",
        "/advertising/book-with-us-now",
        "/news/leeds-care-gap-grows.jpg",
        "/resources/images/12345678.PDF",
        "/2026/09/01/report.pdf",
        "/leeds-care-gap-grows/?share=facebook",
        "/leeds-care-gap-grows/?replytocom=7",
    ],
)
def test_and_other_shapes_do_not(path: str) -> None:
    assert paths(html(a(path) + a(STORY))) == [STORY]


@pytest.mark.parametrize(
    "href",
    [
        "https://other.example/news/leeds-care-gap-grows",
        "https://echo.example.org/news/leeds-care-gap-grows",
        "javascript:leeds-care-gap-grows",
        "mailto:leeds-care-gap-grows@echo.example",
        "#leeds-care-gap-grows",
        "",
    ],
)
def test_an_article_is_on_a_host_of_the_source(href: str) -> None:
    assert paths(html(a(href) + a(STORY))) == [STORY]


def test_another_host_of_the_source_is_its_own() -> None:
    source = replace(PAPER, hosts=("news.example",))
    assert paths(html(a("//www.news.example" + STORY)), source=source) == [
        "https://www.news.example" + STORY
    ]


def test_the_page_itself_is_none_of_its_articles() -> None:
    here = f"{HOST}/leeds-and-west-yorkshire-news/"
    assert paths(html(a(here) + a(here + "#top") + a(STORY)), here) == [STORY]


def test_patterns_of_the_source_decide_instead_of_the_shape() -> None:
    source = replace(PAPER, articles=(r"^/story/\w+$", r"^/tag/"), no_articles=(r"/story/old",))
    body = html(a("/story/care") + a(STORY) + a("/story/old1") + a("/tag/x"))
    assert paths(body, source=source) == ["/story/care", "/tag/x"]


def test_patterns_of_what_is_none_hold_for_the_shape_too() -> None:
    source = replace(PAPER, no_articles=("^/sport/",))
    assert paths(html(a("/sport/leeds-lose-again-at-home") + a(STORY)), source=source) == [STORY]


@pytest.mark.parametrize("frame", ["nav", "header", "footer"])
def test_in_the_frame_of_a_page_only_patterns_make_an_article(frame: str) -> None:
    body = html(f"<{frame}>{a('/news/contact-us-about-news')}</{frame}>{a(STORY)}")
    assert paths(body) == [STORY]
    source = replace(PAPER, articles=("^/news/",))
    assert paths(body, source=source) == ["/news/contact-us-about-news", STORY]


@pytest.mark.parametrize("around", ["article", "main"])
def test_the_header_of_an_article_is_not_the_frame(around: str) -> None:
    body = html(f"<{around}><header><h2>{a(STORY)}</h2></header></{around}>")
    assert paths(body) == [STORY]
    assert paths(html(f"<header><article>{a(STORY)}</article></header>{a('/12345')}")) == ["/12345"]


# What is told of it


def test_an_article_is_named_once_by_its_longest_text_where_it_was_first() -> None:
    body = html(
        a(STORY, '<img src="x.jpg">')
        + a("/news/12345", "Roads")
        + a(STORY + "?utm_source=home", " Leeds\n <b>care</b> gap ")
        + a(STORY + "#comments", "7")
    )
    assert links(body).links == (
        Link(HOST + STORY, title="Leeds care gap"),
        Link(HOST + "/news/12345", title="Roads"),
    )


@pytest.mark.parametrize(
    ("anchor", "title"),
    [
        (a(STORY, "<h3>Care <i>gap</i></h3><p>A long summary of it</p>"), "Care gap"),
        (a(STORY, "<p>Care gap</p><p>3 hours ago</p>"), "Care gap 3 hours ago"),
        (a(STORY, "", ' aria-label="Care gap"'), "Care gap"),
        (a(STORY, "<h3></h3>", ' title="Care gap"'), "Care gap"),
        (a(STORY, "R&amp;D &nbsp; gap<!-- x -->"), "R&D gap"),
        (a(STORY, ""), ""),
        (a(STORY, "x" * 1_000), "x" * 500),
    ],
)
def test_a_title_is_the_heading_in_the_link_or_all_its_text(anchor: str, title: str) -> None:
    assert links(html(anchor)).links == (Link(HOST + STORY, title=title),)


@pytest.mark.parametrize(
    ("meta", "sent"),
    [
        *(("utf-8", "utf-8"), ("", "utf-8"), ("windows-1252", "cp1252"), ("utf-8", "cp1252")),
        *(("iso-8859-1", "utf-8"), ("", "utf-16")),
    ],
)
def test_a_title_is_read_whatever_charset_it_is_in(meta: str, sent: str) -> None:
    page = html(a(STORY, "Gap of £9m – more"), f'<meta charset="{meta}">').decode()
    assert links(page.encode(sent)).links[0].title == "Gap of £9m – more"


def test_a_link_is_read_from_the_base_that_the_page_names() -> None:
    body = html(a("leeds-care-gap-grows"), '<base href="/town/">')
    assert paths(body) == ["/town/leeds-care-gap-grows"]
    assert paths(html(a("leeds-care-gap-grows"))) == [STORY]


# The next page


@pytest.mark.parametrize(
    "body",
    [
        html(a(STORY), '<link rel="next" href="/news/page/2/">'),
        html(a("/news/page/2/", "2", ' rel="nofollow next"')),
        html(a("/news/page/2/", "Next")),
        html(a("/news/page/2/", "Next page »")),
        html(a("/news/page/2/", "← Older posts")),
        html(a("/news/page/2/", "›")),
        html(a("/news/page/9/", "Last") + a("/news/page/2/", "2") + a("/news/page/3/", "3")),
        html(f"<footer><nav>{a('/news/page/2/', 'Next')}</nav></footer>"),
        html(a("/news/page/2/", "", ' aria-label="Next page"')),
    ],
    ids=[
        *("link", "rel", "next", "next-page", "older", "arrow", "number", "in-footer", "label"),
    ],
)
def test_the_next_page_is_found_however_it_is_marked(body: bytes) -> None:
    assert following(body) == ["/news/page/2/"]


@pytest.mark.parametrize(
    ("here", "href"),
    [
        ("/news/", "/news/?page=2"),
        ("/news/?page=2", "/news/?page=3"),
        ("/news/page/2/", "/news/page/3/"),
        ("/news/?sort=new&page=9", "/news/?page=10&sort=new"),
        ("/news/?offset=20", "/news/?offset=40"),
        ("/board/viewforum.php?f=2", "/board/viewforum.php?f=2&start=25"),
        ("/forums/care.4/page-2", "/forums/care.4/page-3"),
    ],
)
def test_the_next_page_is_one_higher_than_this(here: str, href: str) -> None:
    assert following(html(a(href, "x") + a(here, "y")), HOST + here) == [href]


@pytest.mark.parametrize(
    ("here", "anchor"),
    [
        ("/news/page/2/", a("/news/page/1/", "1")),
        ("/news/page/2/", a("/news/", "Next")),
        ("/news/page/2/", a("/news/page/4/", "4")),
        ("/news/page/2/", a("/sport/page/3/", "3")),
        ("/news/", a("#", "Next")),
        ("/news/", a("/sport/", "Next")),
        ("/news/", a("/news/page/2/", "2").replace("/news", "https://other.example/news")),
        ("/news/", a("https://other.example/", "x", ' rel="next"')),
        ("/news/", a("/news/", "x", ' rel="next"')),
        ("/viewforum.php?f=2", a("/viewforum.php?f=3&start=25", "Next")),
        ("/viewforum.php?f=2&start=50", a("/viewforum.php?f=2&start=25", "2")),
    ],
)
def test_what_is_not_the_next_page_is_not_taken_for_it(here: str, anchor: str) -> None:
    assert following(html(anchor + a("/about", "About")), HOST + here) == []


def test_of_all_offsets_the_least_that_is_higher_is_the_next() -> None:
    pages = (f"/viewforum.php?f=2&start={n}" for n in (0, 25, 100, 75, 50))
    body = html("".join(a(page, "x") for page in pages))
    assert following(body, f"{HOST}/viewforum.php?f=2&start=25") == ["/viewforum.php?f=2&start=50"]


def test_the_next_page_comes_after_the_articles() -> None:
    body = html(a("/news/page/2/", "Next") + a(STORY))
    assert [link.kind for link in links(body).links] == ["page", "listing"]


# Boards


@pytest.mark.parametrize(
    "path",
    [
        "/viewtopic.php?t=5",
        "/viewtopic.php?f=2&t=5",
        "/showthread.php?t=5",
        "/threads/fostering-pay.17/",
        "/t/fostering-pay/17",
        "/topic/17-fostering-pay/",
        "/discussion/17/fostering-pay",
        "/index.php?topic=17.0",
        "/talk/adoption/4712345-fostering-pay",
        "/fostering-pay-in-leeds-now",
    ],
)
def test_on_a_board_the_articles_are_threads(path: str) -> None:
    assert paths(html(a(path)), source=FORUM) == [path]


@pytest.mark.parametrize(
    "path",
    [
        "/viewtopic.php?p=77",
        "/viewtopic.php?f=2&start=20&t=5",
        "/viewtopic.php?t=5&view=unread",
        "/threads/fostering-pay.17/page-2",
        "/threads/fostering-pay.17/latest",
        "/threads/fostering-pay.17/post-400",
        "/t/fostering-pay/17/9",
        "/talk/adoption/4712345-fostering-pay?pg=2",
        "/talk/adoption",
        "/members/jo.12345/",
        "/viewforum.php?f=12345",
        "/memberlist.php?mode=viewprofile&u=7",
    ],
)
def test_a_board_or_a_later_page_or_a_post_or_a_member_is_no_thread(path: str) -> None:
    thread = "/threads/fostering-pay.17/"
    assert paths(html(a(path) + a(thread)), source=FORUM) == [thread]
    named = replace(FORUM, articles=("^/threads/", r"^/viewtopic\.php$", r"^/talk/\w+/\d", "^/t/"))
    assert paths(html(a(path) + a(thread)), source=named) == [thread]


def test_a_thread_is_one_whatever_its_session() -> None:
    one, two = ("sid=" + letter * 32 for letter in "ab")
    body = html(a(f"/viewtopic.php?t=5&amp;{one}") + a(f"/viewtopic.php?{two}&amp;t=5"))
    assert paths(body, source=FORUM) == ["/viewtopic.php?t=5"]


# Hostile and broken bodies


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \n",
        b"Service unavailable",
        b"{}",
        b"\x00\x01\x02",
        html("<p>Hello"),
        html(a("javascript:void(0)") + "<a name='top'>Top</a>"),
        html("", '<link rel="stylesheet" href="/style.css">'),
    ],
    ids=["empty", "blank", "text", "json", "bytes", "html", "no-web", "style"],
)
def test_65_a_page_without_links_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"no links|empty"):
        links(body)


def test_a_page_without_articles_has_none() -> None:
    assert links(html(a("/about"))) == Found(())


def test_a_link_that_is_never_closed_says_only_its_own_words() -> None:
    body = html(f'<b><a href="{STORY}">Care gap<p><b>{a("/news/12345", "Roads")}</b> and more')
    assert [link.title for link in links(body).links] == ["Care gap", "Roads"]


def test_control_characters_are_left_out() -> None:
    body = html("\0" + a(STORY, "Care\x03 gap"))
    assert links(body).links == (Link(HOST + STORY, title="Care gap"),)


def test_a_trap_of_a_page_is_cut_at_the_limit() -> None:
    start = time.perf_counter()
    found = links(html("".join(a(f"/news/{number}") for number in range(100_000, 200_000))))
    assert (len(found.links), found.cut) == (MAX_ARTICLES, True)
    assert time.perf_counter() - start < 8


SLOW = {
    "nested": a(STORY) + "<div>" * 200_000,
    "nested-links": f'<a href="{STORY}"><b>' * 100_000,
    "links-around-all": f'<a href="{STORY}"><b>' * 120 + "<i></i>" * 1_000_000,
    "attributes": a(STORY) + "<p " + " ".join(f"n{n}=1" for n in range(40_000)) + ">",
    "text": a(STORY) + "x" * 11_000_000,
    "script": a(STORY) + f"<script>{'<a>' * 1_000_000}</script>",
    "long-link": a(STORY) + a("x" * 5_000_000),
    "long-text": a(STORY, "x " * 2_000_000),
    "angles": a(STORY) + "<" * 5_000_000,
}


@pytest.mark.parametrize("body", SLOW.values(), ids=SLOW)
def test_what_is_made_to_be_slow_takes_seconds_at_most(body: str) -> None:
    start = time.perf_counter()
    assert paths(html(body)) == [STORY]
    assert time.perf_counter() - start < 8


def test_a_page_that_is_nested_too_deeply_is_said_to_be_cut() -> None:
    assert links(html(a(STORY) + "<div>" * 1_000)).cut
    assert not links(html(a(STORY) + "<div>" * 100)).cut


@settings(deadline=None)
@given(st.binary() | st.text().map(html) | st.text("<>a href='/12345\"\\.?=&;#page").map(html))
def test_any_bytes_are_a_listing_or_a_value_error(body: bytes) -> None:
    try:
        found = links(body)
    except ValueError:
        return
    assert {link.kind for link in found.links} <= {"page", "listing"}
