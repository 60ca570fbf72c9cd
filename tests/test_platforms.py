"""Platforms: the pages of each, in small, are read by its rule; a rule that fails says so."""

import re
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from crawler.errors import DataFileError
from crawler.home import CHECKOUT, Home
from crawler.sources import load_sources
from pipeline.extract import Extracted, extract
from pipeline.model import Article
from pipeline.reading.characters import parse
from pipeline.reading.platforms import FILE, Platform, compiled, load_platforms, select
from pipeline.reading.rules import load_rules
from tests.conftest import SOURCE
from tests.test_extract import CAPTURE

PLATFORMS = {p.id: p for p in load_platforms(CHECKOUT / "data" / FILE)}
RULES = load_rules(Home(CHECKOUT).data, [SOURCE], key=b"secret of the tests")
TEXT = (
    "Dale Council will open two children’s homes of its own, after it paid for 40 places far away.",
    "Councillor Ivy Marsh told the cabinet that a child from Dale should not have to live in Kent.",
    "The homes will have room for seven, and the first of them is to open beside the park in May.",
)
LEAD = "Council says that children belong near their schools"
CLUTTER = "Come to the summer fair of Dale Hall, where a hamper of cheese and pickles is to be won."
PARAGRAPHS = "".join(f"<p>{line}</p>" for line in TEXT)
FIRST, REST = f"<p>{TEXT[0]}</p>", f"<p>{TEXT[1]}</p><p>{TEXT[2]}</p>"
OTHER = f"<p>{CLUTTER}</p>"
NOW = date(2026, 9, 1)

# Of each platform that has a body: pages in its structure, by the day of a capture.
PAGES = {
    "reach": {
        date(2014, 1, 5): f'<p class="lead-text">{LEAD}</p><div class="tmCol article">{FIRST}'
        f'<div class="tools clearfix">{OTHER}</div>{REST}</div>',
        date(2021, 11, 8): f'<p itemprop="description">{LEAD}</p><div itemprop="articleBody">'
        f"{FIRST}<reach-mpu>{OTHER}</reach-mpu><section>{OTHER}</section>{REST}</div>",
        NOW: f'<div class="lead-content"><p>{LEAD}</p></div><div class="article-body">{FIRST}'
        f"<section>{OTHER}</section>{REST}<reach-taboola>{OTHER}</reach-taboola></div>",
    },
    "newsquest": {
        NOW: f'<div class="p402_hide"><div id="article-text">{FIRST}<div id="inArticleAd-2">{OTHER}'
        f"</div>{REST}</div></div>",
    },
    "national-world": {
        NOW: f'<div id="content-wrapper"><h2>{LEAD}</h2><div class="markup">{FIRST}</div>'
        f'<div class="box">{OTHER}</div><div class="markup">{REST}</div></div>',
    },
    "iliffe": {
        NOW: f'<div class="PageContent"><div class="PageStory">{FIRST}<div>{OTHER}</div>{REST}'
        "</div></div>",
    },
    "midland-news-association": {
        date(2021, 11, 6): f'<h2 class="story-subheadline">{LEAD}</h2><div class="story-content">'
        f'<div class="row">{PARAGRAPHS}<div class="story-tag-list">{OTHER}</div></div></div>',
        NOW: f'<div class="prose"><div>{FIRST}</div><div id="gam-ad-1">{OTHER}</div>'
        f"<div>{REST}</div></div>",
    },
    "bbc": {
        date(2011, 10, 3): f'<div id="story-body"><div class="story-feature narrow">{OTHER}</div>'
        f"{PARAGRAPHS}</div>",
        date(
            2019, 11, 20
        ): f'<div class="story-body__inner">{FIRST}<div class="share-tools">{OTHER}'
        f"</div>{REST}</div>",
        NOW: "".join(f'<div data-component="text-block"><p>{line}</p></div>' for line in TEXT)
        + f'<section data-component="see-alsos">{OTHER}</section>',
    },
    "itv": {date(2018, 5, 1): f'<article class="update">{PARAGRAPHS}</article>'},
    "sky": {NOW: f'<div class="sdc-article-body">{PARAGRAPHS}</div>'},
    "guardian": {
        date(2013, 7, 10): f'<div id="article-wrapper">{FIRST}<div class="email-subscription">'
        f"{OTHER}</div>{REST}</div>",
        date(2019, 11, 18): f'<div class="content__article-body">{FIRST}'
        f'<div class="element-rich-link">{OTHER}</div>{REST}<div class="submeta">{OTHER}</div>'
        "</div>",
        NOW: f'<div data-gu-name="standfirst"><p>{LEAD}</p></div>'
        f'<div class="article-body-viewer-selector dcr-1">{PARAGRAPHS}</div>',
    },
    "independent": {
        date(2014, 12, 1): f'<div id="main"><div class="body-content">{FIRST}'
        f'<div class="RelatedArtTag">{OTHER}</div>{REST}</div></div>',
        NOW: f'<div id="main">{FIRST}<div class="inline-related">{OTHER}</div>{REST}</div>',
    },
    "evening-standard": {
        NOW: f'<div id="main"><div class="sc-1">{PARAGRAPHS}</div>'
        f'<div class="article-bottom">{OTHER}</div></div>',
    },
    "i-paper": {
        NOW: f'<div class="article-content">{FIRST}<p><a data-link-tracking="InArticle|Link"'
        f' href="/fair">Read more</a> {CLUTTER}</p>{REST}</div>',
    },
    "mediahuis": {NOW: f'<div class="abc_contentwrapper1">{PARAGRAPHS}</div>'},
    "mill-media": {
        date(2022, 3, 5): f'<h3 class="subtitle">{LEAD}</h3><div class="available-content">'
        f'<div class="body markup">{FIRST}<div class="button-wrapper">{OTHER}</div>{REST}</div>'
        "</div>",
        NOW: f'<section class="gh-content">{FIRST}<div class="kg-signup-card">{OTHER}</div>{REST}'
        "</section>",
    },
    "gov-uk": {
        NOW: f'<p class="gem-c-lead-paragraph">{LEAD}</p><div class="gem-c-govspeak">{FIRST}'
        f'<section class="gem-c-attachment">{OTHER}</section>{REST}</div>',
    },
    "wordpress": {
        date(2012, 3, 1): f'<div class="entry-content">{PARAGRAPHS}</div>',
        NOW: f'<div class="wp-block-post-content">{FIRST}<ul class="wp-block-latest-posts">'
        f"<li>{CLUTTER}</li></ul>{REST}</div>",
    },
    "ghost": {
        date(2016, 2, 1): f'<section class="post-content">{PARAGRAPHS}</section>',
        NOW: f'<section class="gh-content">{PARAGRAPHS}<aside class="gh-post-upgrade-cta">{OTHER}'
        "</aside></section>",
    },
    "blogger": {
        NOW: f'<div class="post-body">{PARAGRAPHS}<div class="blogger-post-footer">{OTHER}</div>'
        "</div>",
    },
    "joomla": {
        date(2015, 6, 1): f'<div class="item-page"><dl class="article-info"><dd>{CLUTTER}</dd></dl>'
        f"{PARAGRAPHS}</div>",
        NOW: f'<div class="com-content-article__body">{PARAGRAPHS}</div>',
    },
    "drupal": {
        date(
            2014, 6, 1
        ): f'<div class="node"><div class="field-name-body">{PARAGRAPHS}</div></div>',
        NOW: f'<div class="field--name-body">{PARAGRAPHS}</div>',
    },
    "wix": {NOW: f'<section data-hook="post-description">{PARAGRAPHS}</section>'},
}
CASES = [
    pytest.param(PLATFORMS[name], day, html, id=f"{name}-{day.year}")
    for name, pages in PAGES.items()
    for day, html in pages.items()
]


def document(platform: Platform, html: str, beside: str = "") -> str:
    """A page of a platform: the structure within what every page has."""
    generator = next(iter(platform.generators), "")
    return (
        f'<html lang="en"><head><title>Two homes</title>'
        f'<meta name="generator" content="{generator} 6.1"></head><body><main><article>'
        f"<h1>Dale Council to open two children’s homes</h1>{html}</article></main>{beside}"
        "</body></html>"
    )


def read(platform: Platform, html: str, day: date, forum: bool = False) -> tuple[Article, ...]:
    """What extraction makes of a page that a source of the platform sent on a day."""
    capture = replace(
        CAPTURE,
        body=document(platform, html).encode(),
        fetched_at=datetime(day.year, day.month, day.day, 6, tzinfo=UTC),
    )
    publishers = dict.fromkeys(["echo"], next(iter(platform.publishers), ""))
    forums = frozenset({"echo"} if forum else ())
    found = extract(capture, replace(RULES, publishers=publishers, forums=forums))
    assert isinstance(found, Extracted), found
    return found.articles


# The text of news pages


def test_every_rule_with_a_body_has_a_page_of_its_days() -> None:
    read_by = {(name, PLATFORMS[name].rule(day)) for name, pages in PAGES.items() for day in pages}
    have = {(p.id, rule) for p in PLATFORMS.values() for rule in p.rules if rule.body}
    assert have == read_by


@pytest.mark.parametrize(("platform", "day", "html"), CASES)
def test_a_page_is_read_by_the_rule_of_its_platform(
    platform: Platform, day: date, html: str
) -> None:
    (article,) = read(platform, html, day)
    assert article.text == "\n\n".join(TEXT)
    assert article.extractor == "platform"


@pytest.mark.parametrize(("platform", "day", "html"), CASES)
def test_a_page_whose_rule_stopped_matching_is_read_by_its_blocks_and_says_so(
    platform: Platform, day: date, html: str
) -> None:
    assert html
    (article,) = read(platform, f'<div class="zq7">{PARAGRAPHS}</div>', day)
    assert article.text == "\n\n".join(TEXT)
    assert article.extractor == "blocks"


@pytest.mark.parametrize(("platform", "day", "html"), [c for c in CASES if LEAD in str(c.values)])
def test_a_rule_knows_the_standfirst_where_its_pages_have_one(
    platform: Platform, day: date, html: str
) -> None:
    tree, _ = parse(document(platform, html))
    rule = platform.rule(day)
    assert tree is not None and rule is not None
    assert [e.text_content() for e in select(tree, rule.standfirst)] == [LEAD]


def test_a_rule_with_too_little_text_is_passed_over() -> None:
    html = f'<div class="article-body"><p>Two homes.</p></div><div class="zq7">{PARAGRAPHS}</div>'
    (article,) = read(PLATFORMS["reach"], html, NOW)
    assert article.text.endswith(TEXT[2])
    assert article.extractor == "blocks"


# The posts of forums

ASKED = "We asked Dale for an assessment before Christmas and nobody has written to us since then."
ANSWERED = "Write to the head of the team and copy in your councillor, that moved ours along."
SIGNED = "Mum of four, two of them in Hilltop Primary"
NAMES = ("HollyBee", "dad_of_3")


# Of each forum's software, two posts in its structure, the second of which quotes the first; and
# the anchor of the post that the second answers, where the software says it.
BOARDS = {
    "phpbb-3": (
        """<div id="p11" class="post bg2"><div class="inner">
<dl class="postprofile"><dt><a class="username">{one}</a></dt><dd>Posts: 245</dd></dl>
<div class="postbody"><h3><a href="#p11">Anyone else?</a></h3>
<p class="author">by <strong><a class="username">{one}</a></strong> » Mon Jan 05, 2015 3:12 pm</p>
<div class="content">{asked}</div><div class="signature">{signed}</div></div></div></div>
<div id="p12" class="post bg1"><div class="inner">
<dl class="postprofile"><dt><a class="username">{two}</a></dt></dl>
<div class="postbody">
<p class="author">by <strong><a class="username">{two}</a></strong> » Tue Jan 06, 2015 9:40 am</p>
<div class="content"><blockquote><div><cite>{one} wrote:</cite>{asked}</div></blockquote>{answered}
</div></div></div></div>""",
        "",
    ),
    "xenforo-1": (
        """<ol><li id="post-11" class="sectionMain message" data-author="{one}">
<div class="messageUserInfo"><a class="username">{one}</a></div>
<div class="messageInfo"><a class="postNumber hashPermalink" href="posts/11/">#1</a>
<abbr class="DateTime" data-time="1420470720">Jan 5, 2015</abbr>
<blockquote class="messageText ugc">{asked}<div class="messageTextEndMarker">&nbsp;</div>
</blockquote></div><div class="signature">{signed}</div></li>
<li id="post-12" class="sectionMain message">
<div class="messageUserInfo"><a class="username">{two}</a></div>
<div class="messageInfo"><a class="postNumber hashPermalink" href="posts/12/">#2</a>
<abbr class="DateTime" data-time="1420537200">Jan 6, 2015</abbr>
<blockquote class="messageText ugc"><div class="bbCodeBlock bbCodeQuote">
<div class="attribution type">{one} said: ↑</div><blockquote>{asked}</blockquote></div>{answered}
</blockquote></div></li></ol>""",
        "",
    ),
    "xenforo-2": (
        """<article class="message message--post" data-content="post-11" id="js-post-11">
<h4 class="message-name"><a class="username">{one}</a></h4>
<ul class="message-attribution-opposite"><li><a href="/posts/11">#1</a></li></ul>
<time datetime="2015-01-05T15:12:00+0000">5 January</time>
<div class="message-userContent"><div class="bbWrapper">{asked}</div></div>
<aside class="message-signature"><div class="bbWrapper">{signed}</div></aside></article>
<article class="message message--post" data-content="post-12" id="js-post-12">
<h4 class="message-name"><a class="username">{two}</a></h4>
<ul class="message-attribution-opposite"><li><a href="/posts/12">#2</a></li></ul>
<time datetime="2015-01-06T09:40:00+0000">6 January</time>
<div class="message-userContent"><div class="bbWrapper">
<blockquote class="bbCodeBlock bbCodeBlock--quote"><div class="bbCodeBlock-title">
<a class="bbCodeBlock-sourceJump" href="/goto/post?id=11" data-content-selector="#post-11">{one}
said:</a></div><div class="bbCodeBlock-content">{asked}</div></blockquote>{answered}
</div></div></article>""",
        "post-11",
    ),
    "vbulletin-3": (
        """<table id="post11"><tr>
<td class="thead">05-01-2015, 03:12 PM <a id="postcount11"><strong>1</strong></a></td></tr>
<tr><td><a class="bigusername">{one}</a></td>
<td id="td_post_11"><div id="post_message_11">{asked}</div><div>{signed}</div></td></tr></table>
<table id="post12"><tr>
<td class="thead">06-01-2015, 09:40 AM <a id="postcount12"><strong>2</strong></a></td></tr>
<tr><td><a class="bigusername">{two}</a></td><td id="td_post_12">
<div id="post_message_12"><blockquote>{asked}</blockquote>{answered}</div></td></tr></table>""",
        "",
    ),
    "vbulletin-4": (
        """<ol id="posts"><li id="post_11" class="postbitlegacy postcontainer">
<div class="posthead"><span class="date">05-01-2015, 03:12 PM</span>
<a class="postcounter">#1</a></div>
<div class="username_container"><a class="username">{one}</a></div>
<div class="postbody"><div class="content"><div id="post_message_11">
<blockquote class="postcontent restore">{asked}</blockquote></div></div>
<blockquote class="signature restore">{signed}</blockquote></div></li>
<li id="post_12" class="postbitlegacy postcontainer">
<div class="posthead"><span class="date">06-01-2015, 09:40 AM</span>
<a class="postcounter">#2</a></div>
<div class="username_container"><a class="username">{two}</a></div>
<div class="postbody"><div class="content"><div id="post_message_12">
<blockquote class="postcontent restore"><div class="bbcode_container"><div class="bbcode_quote">
<div class="bbcode_postedby">Originally Posted by <b>{one}</b></div>
<div class="message">{asked}</div></div></div>{answered}</blockquote></div></div></div></li>
</ol>""",
        "",
    ),
    "vbulletin-5": (
        """<ul><li class="b-post js-post" id="n11"><div class="author"><a>{one}</a></div>
<time datetime="2015-01-05T15:12:00">5 January</time><a class="b-post__count">#1</a>
<div class="js-post__content-text restore">{asked}</div></li>
<li class="b-post js-post" id="n12"><div class="author"><a>{two}</a></div>
<time datetime="2015-01-06T09:40:00">6 January</time><a class="b-post__count">#2</a>
<div class="js-post__content-text restore"><div class="bbcode_container">
<div class="bbcode_quote">{asked}</div></div>{answered}</div></li></ul>""",
        "",
    ),
    "microdata": (
        """<div itemscope itemtype="https://schema.org/DiscussionForumPosting" id="a1">
<span itemprop="author"><b itemprop="name">{one}</b></span>
<time itemprop="datePublished" datetime="2015-01-05T15:12Z"></time><i itemprop="position">1</i>
<div itemprop="text">{asked}</div></div>
<div itemscope itemtype="https://schema.org/Comment" id="a2">
<span itemprop="author"><b itemprop="name">{two}</b></span>
<time itemprop="datePublished" datetime="2015-01-06T09:40Z"></time><i itemprop="position">2</i>
<a class="reply-to" href="#a1">in reply</a>
<div itemprop="text"><blockquote>{asked}</blockquote>{answered}</div></div>""",
        "a1",
    ),
    "microdata-nested": (
        """<div itemscope itemtype="https://schema.org/DiscussionForumPosting" id="a1">
<span itemprop="author"><b itemprop="name">{one}</b></span>
<time itemprop="datePublished" datetime="2015-01-05T15:12Z"></time>
<div itemprop="text">{asked}</div>
<div itemprop="comment" itemscope itemtype="https://schema.org/Comment" id="a2">
<span itemprop="author"><b itemprop="name">{two}</b></span>
<time itemprop="datePublished" datetime="2015-01-06T09:40Z"></time>
<div itemprop="text"><blockquote>{asked}</blockquote>{answered}</div></div></div>""",
        "a1",
    ),
    "discourse-2013": (
        """<div itemscope itemtype="http://schema.org/DiscussionForumPosting">
<div class="creator"><a><b itemprop="author">{one}</b></a>
<time datetime="2015-01-05T15:12:00Z" itemprop="datePublished"></time>
<span itemprop="position">#1</span></div>
<div class="post" itemprop="articleBody"><p>{asked}</p></div></div>
<div itemscope itemtype="http://schema.org/DiscussionForumPosting">
<div class="creator"><a><b itemprop="author">{two}</b></a>
<time datetime="2015-01-06T09:40:00Z" itemprop="datePublished"></time>
<span itemprop="position">#2</span></div>
<div class="post" itemprop="articleBody"><aside class="quote"><div class="title">{one}:</div>
<blockquote><p>{asked}</p></blockquote></aside><p>{answered}</p></div></div>""",
        "",
    ),
    "discourse": (
        """<div id="post_1" class="topic-body crawler-post">
<span class="creator" itemprop="author"><span itemprop="name">{one}</span></span>
<time datetime="2015-01-05T15:12:00Z"></time><span itemprop="position">1</span>
<div class="post" itemprop="text"><p>{asked}</p></div></div>
<div id="post_2" class="topic-body crawler-post">
<span class="creator" itemprop="author"><span itemprop="name">{two}</span></span>
<time datetime="2015-01-06T09:40:00Z"></time><span itemprop="position">2</span>
<a class="reply-to-tab" href="#post_1">{one}</a>
<div class="post" itemprop="text"><aside class="quote"><div class="title">{one}:</div>
<blockquote><p>{asked}</p></blockquote></aside><p>{answered}</p></div></div>""",
        "post_1",
    ),
    "netmums": (
        """<div class="md-topic_post" id="t11"><span class="CF_user_mention">{one}</span>
<span class="topic_posted">Posted on 05-01-2015 at 3.12pm</span>
<div class="post_content" id="para11"><div><p>{asked}</p></div></div></div>
<div class="md-topic_post" id="t12"><span class="CF_user_mention">{two}</span>
<span class="topic_posted">Posted on 06-01-2015 at 9.40am</span>
<div class="post_content" id="para12"><div><span itemprop="citation"><p>{asked}</p>
<span itemprop="url">/#post11</span></span><p>{answered}</p></div></div></div>""",
        "",
    ),
    "reddit-old": (
        """<div class="thing link" id="thing_t3_x1"><div class="entry"><a name="x1"></a>
<p><a class="author">{one}</a> <time datetime="2015-01-05T15:12:00+00:00"></time></p>
<div class="usertext-body"><div class="md"><p>{asked}</p></div></div></div></div>
<div class="thing comment"><div class="entry"><a name="x2"></a>
<p><a class="author">{two}</a> <time datetime="2015-01-06T09:40:00+00:00"></time> 9 points</p>
<div class="usertext-body"><div class="md"><blockquote><p>{asked}</p></blockquote>
<p>{answered}</p></div></div>
<ul><li><a href="#x1" data-event-action="parent">parent</a></li></ul></div></div>""",
        "x1",
    ),
}


@pytest.mark.parametrize("name", BOARDS)
def test_a_thread_is_read_as_its_posts(name: str) -> None:
    board, answers = BOARDS[name]
    html = board.format(asked=ASKED, answered=ANSWERED, signed=SIGNED, one=NAMES[0], two=NAMES[1])
    platform = PLATFORMS.get("discourse" if name == "discourse-2013" else name, PLATFORMS["thread"])
    day = date(2016, 1, 1) if name == "discourse-2013" else NOW
    one, two = read(platform, html, day, forum=True)
    assert (one.text, two.text) == (ASKED, ANSWERED)
    assert (one.quoted, two.quoted) == ("", ASKED)
    assert (one.post, two.post) == (1, 2)
    assert two.reply_to.rpartition("#")[2] == answers
    assert one.published_at == datetime(2015, 1, 5, 15, 12, tzinfo=UTC)
    assert two.published_at == datetime(2015, 1, 6, 9, 40, tzinfo=UTC)
    assert one.pseudonym and two.pseudonym and one.pseudonym != two.pseudonym
    for said in (*NAMES, SIGNED):
        assert said not in repr((one, two))


def test_every_rule_with_posts_has_a_thread() -> None:
    have = {p.id for p in PLATFORMS.values() for rule in p.rules if rule.post}
    assert have == {"thread", *(set(BOARDS) & set(PLATFORMS))}


# The file


def test_a_platform_is_of_publishers_of_the_registry_or_of_a_generator() -> None:
    registry = {source.publisher for source in load_sources(CHECKOUT / "data" / "sources")}
    for platform in PLATFORMS.values():
        assert set(platform.publishers) <= registry, platform.id
        assert platform.publishers or platform.generators or platform.id == "thread"


def test_a_publisher_is_of_one_platform_alone() -> None:
    names = [name for platform in PLATFORMS.values() for name in platform.publishers]
    assert len(names) == len(set(names))


def test_every_selector_compiles_and_names_no_single_page() -> None:
    for platform in PLATFORMS.values():
        for rule in platform.rules:
            lists = [
                getattr(rule, f.name) for f in fields(rule) if f.name not in ("since", "platform")
            ]
            for selector in (s for selectors in lists for s in selectors):
                assert compiled(selector)
                assert not re.search(r"\d{4}", selector), selector


def test_an_old_capture_is_read_by_the_old_rule(tmp_path: Path) -> None:
    path = tmp_path / "platforms.toml"
    path.write_text(
        '[[platform]]\nid = "dale"\npublishers = ["Dale"]\n'
        '[[platform.rule]]\nsince = 2010-01-01\nbody = [".old"]\n'
        '[[platform.rule]]\nsince = 2020-01-01\nbody = [".new"]\n'
    )
    (dale,) = load_platforms(path)
    assert [dale.rule(date(year, 6, 1)) for year in (2009, 2015, 2024)] == [None, *dale.rules[::-1]]
    rules = replace(RULES, platforms=(dale,), publishers={"echo": "Dale"})
    html = document(dale, f'<div class="old">{PARAGRAPHS}</div>').encode()
    told = []
    for year in (2009, 2015, 2024):
        found = extract(
            replace(CAPTURE, body=html, fetched_at=datetime(year, 6, 1, tzinfo=UTC)), rules
        )
        assert isinstance(found, Extracted)
        told.append(found.articles[0].extractor)
    assert told == ["blocks", "platform", "blocks"]


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ('body = [".a[b"]\nsince = 2020-01-01', "'.a[b' is no selector"),
        ('body = ["p::text::x"]\nsince = 2020-01-01', "'p::text::x' is no selector"),
        ('bodies = [".a"]\nsince = 2020-01-01', "unknown key 'bodies'"),
        ('body = ".a"\nsince = 2020-01-01', "'body' is no list of texts"),
        ("body = [1]\nsince = 2020-01-01", "'body' is no list of texts"),
        ('body = [".a"]', "'since' is no date"),
        ('body = [".a"]\nsince = "2020-01-01"', "'since' is no date"),
        ('body = [".a"]\nsince = 2020-01-01T00:00:00Z', "'since' is no date"),
    ],
)
def test_a_bad_rule_is_one_line_that_names_file_platform_and_problem(
    tmp_path: Path, entry: str, problem: str
) -> None:
    path = tmp_path / "platforms.toml"
    path.write_text(f'[[platform]]\nid = "dale"\n[[platform.rule]]\n{entry}\n')
    with pytest.raises(DataFileError) as caught:
        load_platforms(path)
    assert str(caught.value) == f"platforms.toml: dale: {problem}"


RULE = '[[platform.rule]]\nsince = 2020-01-01\nbody = [".a"]\n'


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (f'[[platform]]\nid = "dale"\nname = "Dale"\n{RULE}', "dale: unknown key 'name'"),
        (
            f'[[platform]]\nid = "dale"\npublishers = "Dale"\n{RULE}',
            "dale: 'publishers' is no list",
        ),
        (f"[[platform]]\n{RULE}", "?: 'id' is missing"),
        ('[[platform]]\nid = "dale"\n', "dale: 'rule' is missing"),
        (f'[[platform]]\nid = "dale"\n{RULE}' * 2, "dale: 'id' is used twice"),
    ],
)
def test_a_bad_platform_is_one_line_that_names_file_platform_and_problem(
    tmp_path: Path, content: str, problem: str
) -> None:
    path = tmp_path / "platforms.toml"
    path.write_text(content)
    with pytest.raises(DataFileError) as caught:
        load_platforms(path)
    assert str(caught.value).startswith(f"platforms.toml: {problem}")
