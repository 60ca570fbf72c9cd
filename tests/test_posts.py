"""Posts of a thread: nobody is named, nothing is anybody else's, and each stays what it was."""

import cProfile
import re
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crawler.home import CHECKOUT, Home
from pipeline.extract import Extracted, extract
from pipeline.model import Article
from pipeline.reading.names import HIDDEN, ORDINARY
from pipeline.reading.rules import load_rules
from pipeline.reading.threads import is_first_page
from tests.test_extract import CAPTURE, FORUM

RULES = load_rules(Home(CHECKOUT).data, [FORUM], key=b"secret of the tests")
THREAD = "https://echo.example/threads/81"
OWN = "Write to the head of the team and copy in your councillor."
THEIRS = "We asked Dale for an assessment before Christmas and nobody has written to us since."


def read(html: str, url: str = THREAD) -> Extracted:
    page = html if "<html" in html else f"<html><body><h1>Any news?</h1>{html}</body></html>"
    found = extract(replace(CAPTURE, body=page.encode(), url=url, source_id="forum"), RULES)
    assert isinstance(found, Extracted), found
    return found


def posts(html: str, url: str = THREAD) -> tuple[Article, ...]:
    return read(html, url).articles


def post(words: str, author: str = "annlee", anchor: str = "p1", **more: str) -> str:
    named = f' id="{anchor}"' if anchor else ""
    told = f'<span class="post-number">#{more["number"]}</span>' if "number" in more else ""
    return (
        f'<article class="post"{named}><span class="author">{author}</span>{told}'
        f'<div class="content">{words}</div></article>'
    )


# Names


@pytest.mark.parametrize(
    "words",
    [
        '<p><a class="mention" href="/u/carl80">@carl80</a> {own}</p>',
        '<p><a class="username" href="/members/carl.80/" data-user-id="80">@carl80</a> {own}</p>',
        "<p>{own} Ask /u/carl80 or u/carl80, he knows.</p>",
        '<p>{own} As @"Ann Lee" and @carl80 say.</p>',
        "<p>{own} I think ANNLEE’s right, and so is Ann lee.</p>",
        '<p>{own}</p><div class="notice">Last edited by <a href="/u/9">carl80</a> on 4 May.</div>',
        "<p>{own}</p><p>Last edited by carl80; 3 May 2020 at 10:00.</p>",
        '<div class="quoteheader"><a href="#1">Quote from: carl80 on January 5, 2020</a></div>'
        "<blockquote>{theirs}</blockquote><p>{own}</p>",
        "<blockquote><p>carl80 said:</p><p>{theirs}</p></blockquote><p>{own}</p>",
        "<p>&gt; carl80 wrote:</p><p>&gt; {theirs}</p><p>{own}</p>",
        "<p>carl80 wrote:</p><blockquote>{theirs}</blockquote><p>{own}</p>",
        "<p>On 3 May 2020, Ann Lee wrote:</p><blockquote>{theirs}</blockquote><p>{own}</p>",
        "<p>Posted by carl80</p><p>{own}</p>",
        "<p>Liked by carl80 and 3 others</p><p>{own}</p>",
        "<p>[deleted by carl80]</p><p>{own}</p>",
        '<span class="author">annlee</span><p>{own}</p>',
    ],
)
def test_no_name_is_kept_whichever_way_a_post_names_somebody(words: str) -> None:
    found = read(post(words.format(own=OWN, theirs=THEIRS)) + post("Yes.", "Ann Lee", "p2"))
    assert OWN in found.articles[0].text
    assert not re.search("carl80|ann ?lee", repr(found), re.IGNORECASE)


def test_a_quotation_in_a_table_of_vbulletin_3_is_quoted_without_its_author() -> None:
    html = (
        '<table id="post12"><tr><td><a class="bigusername">annlee</a></td></tr><tr><td>'
        '<div id="post_message_12"><div><div class="smallfont">Quote:</div><table><tr>'
        '<td class="alt2"><div>Originally Posted by <strong>carl80</strong></div>'
        f"<div>{THEIRS}</div></td></tr></table></div>{OWN}</div></td></tr></table>"
    )
    found = read(html)
    assert (found.articles[0].text, found.articles[0].quoted) == (OWN, THEIRS)
    assert "carl80" not in repr(found)


def test_a_post_of_no_known_structure_is_kept_without_the_name_that_it_links() -> None:
    user = '<div class="user"><a href="/profile/annlee">annlee</a></div>'
    (found,) = posts(f'<div class="post" id="p1">{user}{OWN}</div>')
    assert found.text == OWN


def test_a_name_is_hidden_as_a_whole_word_and_by_its_longer_parts_alone() -> None:
    told = "Ask Rosalind or Rosalind Oak about oak trees, and the rosalinds of annlee80."
    (one, _) = posts(post(told, "Rosalind Oak") + post("Yes.", "annlee", "p2"))
    assert one.text == (f"Ask {HIDDEN} or {HIDDEN} about oak trees, and the rosalinds of annlee80.")


def test_words_that_say_what_somebody_is_are_no_name() -> None:
    told = "The foster mum said that no guest came, and her parents asked a social worker."
    html = post(told, "Foster Mum") + post("Yes.", "Guest", "p2") + post("No.", "parents_2", "p3")
    assert posts(html)[0].text == told


@pytest.mark.parametrize("line", ["The social worker said:", "He wrote:", "Edit: told by post."])
def test_an_author_s_own_lead_in_is_no_attribution(line: str) -> None:
    (found,) = posts(post(f"<p>{line}</p><p>{OWN}</p>"))
    assert found.text == f"{line}\n\n{OWN}"


def test_of_what_is_removed_only_quotations_keep_their_words() -> None:
    words = f"<blockquote>{THEIRS} carl80</blockquote><p>Posted by Bob Miller</p><p>{OWN}</p>"
    found = read(post(words) + post("Yes.", "carl80", "p2"))
    assert [(row.reason, row.text) for row in found.removed] == [
        ("quote", f"{THEIRS} {HIDDEN}"),
        ("byline", ""),
    ]


def test_a_thread_keeps_no_keywords_and_no_section_and_its_title_no_names() -> None:
    html = (
        '<html><head><title>annlee asks for help</title><meta name="keywords" content="annlee, sw">'
        '<meta property="article:section" content="Blog of annlee"></head><body>'
        f"<h1>annlee asks for help</h1>{post(OWN)}</body></html>"
    )
    (found,) = posts(html)
    assert (found.title, found.section, found.keywords) == (f"{HIDDEN} asks for help", "", ())


@pytest.mark.parametrize("anchor", ["post-by-annlee", "annlee", "post-by-annlee-7", "x-annlee7"])
def test_an_anchor_that_may_be_a_name_is_not_kept(anchor: str) -> None:
    (found,) = posts(post(OWN, anchor=anchor))
    assert re.fullmatch(f"{THREAD}#[0-9a-f]{{16}}", found.url)


@pytest.mark.parametrize(
    ("href", "answers"),
    [("/u/carl80#carl80", ""), ("#carl", ""), ("#p1", "p1"), ("?page=1#post-9", "post-9")],
)
def test_a_post_answers_only_what_is_the_anchor_of_a_post(href: str, answers: str) -> None:
    reply = post(OWN, anchor="p2").replace("<div", f'<a class="reply-to" href="{href}">x</a><div')
    _, two = posts(post(THEIRS, "dora") + reply)
    assert two.reply_to.partition("#")[2] == answers


def test_anchors_are_nfc() -> None:
    (found,) = posts(post(OWN, anchor="re\u0301ponse-1"))
    assert found.url == f"{THREAD}#réponse-1"
    assert found.page.endswith("#réponse-1")


# Whose words they are


def test_a_reply_within_the_words_of_a_post_is_the_reply_s_alone() -> None:
    inner = f'<ol><li class="comment" id="c2"><i class="author">bea</i>{OWN}</li></ol>'
    outer = f'<i class="author">annlee</i><div class="content"><p>{THEIRS}</p>{inner}</div>'
    one, two = posts(f'<ol><li class="comment" id="c1">{outer}</li></ol>')
    assert [(a.text, a.quoted) for a in (one, two)] == [(THEIRS, ""), (OWN, "")]
    assert two.reply_to == one.url


def test_what_stood_on_either_side_of_a_reply_stays_two_paragraphs() -> None:
    one, two = posts(post(f"Kind to social {post(OWN, 'bea', 'p2')} services for it."))
    assert (one.text, two.text) == ("Kind to social\n\nservices for it.", OWN)


def test_a_post_in_two_parts_keeps_both() -> None:
    (found,) = posts(f'{post(OWN)[:-10]}<div class="content">{THEIRS}</div></article>')
    assert found.text == f"{OWN}\n\n{THEIRS}"


def test_a_signature_with_the_class_of_words_is_none() -> None:
    signed = '<div class="signature"><div class="content">Mum of four</div></div>'
    (found,) = posts(f"{post(OWN)[:-10]}{signed}</article>")
    assert found.text == OWN


def test_what_an_earlier_post_said_is_a_quotation_only_beside_words_of_one_s_own() -> None:
    html = post(THEIRS) + post(THEIRS, "bea", "p2") + post(f"<p>{THEIRS}</p>{OWN}", "dora", "p3")
    assert [(a.text, a.quoted) for a in posts(html)] == [
        (THEIRS, ""),
        (THEIRS, ""),
        (OWN, THEIRS),
    ]


@pytest.mark.parametrize(("opened", "closed"), [("<ul>", "</ul>"), ('<div class="replies">', "")])
def test_a_post_among_the_replies_of_another_answers_it(opened: str, closed: str) -> None:
    inner = post(OWN, "bea", "p2")
    _, two = posts(f"{post(THEIRS)[:-10]}{opened}{inner}{closed}</article>")
    assert two.reply_to == f"{THREAD}#p1"


def test_a_tag_left_open_makes_no_reply() -> None:
    _, two = posts(post(THEIRS)[:-10] + post(OWN, "bea", "p2"))
    assert two.reply_to == ""


# What a post is called, and which is the first


@pytest.mark.parametrize(
    ("path", "first"),
    [
        ("/viewtopic.php?f=2&t=77", True),
        ("/viewtopic.php?t=77&start=0", True),
        ("/viewtopic.php?t=77&start=15", False),
        ("/viewtopic.php?p=501", False),
        ("/t/news/81?page=1", True),
        ("/t/news/81?page=2", False),
        ("/threads/news.81/page-2", False),
        ("/threads/news.81/page-1", True),
        ("/threads/news.81/page-10", False),
        ("/forum/17-news/page2", False),
        ("/topic/81-news/page/3/", False),
        ("/index.php?topic=12.0", True),
        ("/index.php?topic=12.15", False),
        ("/index.php?topic=12.msg345", False),
        ("/page-turners/7", True),
    ],
)
def test_an_address_tells_a_later_page(path: str, first: bool) -> None:
    assert is_first_page(f"https://echo.example{path}") is first


def test_the_thread_s_title_and_date_are_of_its_first_post_alone() -> None:
    dated = '<meta property="article:published_time" content="2024-01-01T10:00:00Z">'
    html = f"<html><head>{dated}</head><body><h1>Any news?</h1>{{}}</body></html>"
    two = post(THEIRS, "bea", "p2")
    for url, number, titled in (
        (THREAD, {}, True),
        (THREAD, {"number": "1"}, True),
        (THREAD, {"number": "21"}, False),
        (f"{THREAD}?page=2", {}, False),
        (f"{THREAD}/page-2", {"number": "1"}, True),
    ):
        first, second = posts(html.format(post(OWN, **number) + two), url)
        assert (first.title == "Any news?", first.published_at is not None) == (titled, titled)
        assert (second.title, second.published_at) == ("", None)


def test_a_later_page_without_numbers_gives_none() -> None:
    html = post(OWN) + post(THEIRS, "bea", "p2")
    assert [a.post for a in posts(html)] == [1, 2]
    assert [a.post for a in posts(html, f"{THREAD}?page=2")] == [0, 0]
    assert [a.post for a in posts(post(OWN, number="21") + post(THEIRS))] == [21, 0]


def test_a_deleted_post_changes_no_other_s_identity() -> None:
    html = [post(f"{OWN} {n}", f"name{n}", "") for n in range(4)]
    before, after = posts("".join(html)), posts("".join(html[1:]))
    assert [a.page for a in before[1:]] == [a.page for a in after]
    assert len({a.page for a in before}) == 4


def test_of_posts_with_one_anchor_each_is_its_own_page() -> None:
    same = [post(f"{OWN} {n}", "bea", "p1") for n in range(3)]
    html = "".join(same) + post(THEIRS, "dora", "p1-2") + post("Up", anchor="") * 2
    pages = [a.page.partition("#")[2] for a in posts(html)]
    assert pages[:4] == ["p1", "p1-3", "p1-4", "p1-2"]
    assert pages[5] == f"{pages[4]}-2"


NESTED = (
    '<li class="comment" id="c{n}"><i class="author">n{n}</i><div class="content">A{n}</div><ol>'
)
WITHIN = '<li class="comment" id="c{n}"><i class="author">n{n}</i><div class="content">A{n}<ol>'
QUOTING = "<p>&gt; Theirs {n}.</p><p>Mine {n}.</p>"


def calls(html: str) -> int:
    """How many functions are called to read a page."""
    profile = cProfile.Profile()
    profile.runcall(posts, html)
    return sum(entry.callcount for entry in profile.getstats())


@pytest.mark.parametrize(
    ("shell", "part"),
    [("<ol>{}", NESTED), ("<ol>{}", WITHIN), (post("{}"), QUOTING), ("{}", post("A{n}.", "n{n}"))],
    ids=["nested", "nested-in-words", "quoting", "posts"],
)
def test_a_thread_twice_as_long_takes_twice_the_work(shell: str, part: str) -> None:
    whole = [shell.format("".join(part.format(n=n) for n in range(size))) for size in (100, 200)]
    assert calls(whole[1]) < 2.2 * calls(whole[0])


def test_a_thousand_replies_each_within_the_other_are_all_read() -> None:
    found = posts("<ol>" + "".join(NESTED.format(n=n) for n in range(1000)))
    assert [a.text for a in found] == [f"A{n}" for n in range(1000)]


# Any name, in any layout

LAYOUTS = (
    '<article class="post" id="p{n}"><a class="author" href="/u/{slug}">{name}</a>'
    '<div class="content">{words}</div></article>',
    '<div class="post" id="p{n}"><div><a href="/profile/{slug}">{name}</a></div>{words}</div>',
    '<article class="message message--post" data-author="{name}" data-content="post-{n}">'
    '<h4 class="message-name"><a class="username">{name}</a></h4><div class="message-userContent">'
    '<div class="bbWrapper">{words}</div></div></article>',
    '<div id="post_{n}" class="topic-body crawler-post"><span class="creator" itemprop="author">'
    '<span itemprop="name">{name}</span></span><div class="post" itemprop="text">{words}</div>'
    "</div>",
    '<table id="post{n}"><tr><td><a class="bigusername">{name}</a></td></tr><tr><td>'
    '<div id="post_message_{n}">{words}</div></td></tr></table>',
    '<ol><li class="comment" id="by-{slug}-{n}"><b class="author">{name}</b>'
    '<div class="content">{words}</div></li></ol>',
)
SAYINGS = (
    "<p>I agree with {name}, {own}</p>",
    "<p>@{name} {own}</p>",
    "<p>{name}: {own}</p>",
    "<p>“{name}” and ({name}) are right. {own}</p>",
    "<blockquote><p>{name} said:</p><p>{theirs}</p></blockquote><p>{own}</p>",
    "<blockquote><cite>{name}</cite><p>{theirs} {name}</p></blockquote><p>{own}</p>",
    "<p>&gt; {name} wrote:</p><p>&gt; {theirs} {name}</p><p>{own}</p>",
    "<p>Posted by {name}</p><p>{own}</p><p>Last edited by {name} on 3 May 2020</p>",
    "<p>[deleted by {name}]</p><p>{own}</p>",
    '<p><a class="mention" href="/u/{slug}">@{name}</a> {own}</p>',
)
TAKEN = {word.casefold() for word in re.findall(r"\w+", repr(posts(post(THEIRS) + post(OWN))))}
WORDS = st.from_regex(r"[A-Za-zÀ-ÖØ-öø-ÿ][A-Za-z0-9]{3,11}", fullmatch=True)
NAMES = st.builds(
    lambda words, sign: sign.join(words),
    st.lists(WORDS, min_size=1, max_size=3),
    st.sampled_from([" ", "_", "-", ".", ""]),
).filter(lambda name: not {*re.findall(r"[^\W_]+", name.casefold())} & (ORDINARY | TAKEN))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(NAMES, min_size=2, max_size=4, unique_by=str.casefold),
    st.sampled_from(LAYOUTS),
    st.lists(st.sampled_from(SAYINGS), min_size=4, max_size=4),
    st.sampled_from([str, str.upper, str.lower]),
)
@example(["Ann Lee", "carl80"], LAYOUTS[0], [*SAYINGS[:4]], str)
@example(["bobbin_and-weave", "É.Blair"], LAYOUTS[1], [*SAYINGS[4:8]], str.upper)
def test_no_author_of_a_thread_is_named_in_what_is_kept_of_it(
    names: list[str], layout: str, sayings: list[str], spelt: type[str]
) -> None:
    html = "".join(
        layout.format(
            n=n,
            name=name,
            slug=name.replace(" ", "-"),
            words=saying.format(
                name=spelt(names[n - 1]),
                slug=names[n - 1].replace(" ", "-"),
                own=OWN,
                theirs=THEIRS,
            ),
        )
        for n, (name, saying) in enumerate(zip(names, sayings, strict=False))
    )
    found = read(html)
    assert len(found.articles) == len(names)
    for name in names:
        assert not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", repr(found), re.IGNORECASE)
