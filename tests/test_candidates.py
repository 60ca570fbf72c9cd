"""The prefilter never says no to a page that the whole path would call relevant."""

import json
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.archive import Capture
from crawler.candidates import Candidates, load_candidates, possible
from crawler.demo import load_world
from crawler.errors import DataFileError
from crawler.home import CHECKOUT, Home
from crawler.sources import read_toml
from pipeline.extract import Extracted, extract
from pipeline.phrases import expand
from pipeline.reading import junk, platforms
from pipeline.reading.junk import load_junk
from pipeline.reading.platforms import load_platforms
from pipeline.reading.rules import Rules
from pipeline.taggers import relevance
from tests.conftest import HULL, LEEDS, ROADS

DATA: Callable[[str], Path] = Home(CHECKOUT).data
LINE = "The report will go to a meeting on Monday, and people who came said that it was long. "
SPEAKING = [r for r in read_toml(DATA("codebook/relevance.toml"))["reason"] if r["weight"] > 0]
PHRASES = sorted({phrase for reason in SPEAKING for phrase in reason["phrases"]})


class Paths(NamedTuple):
    """The prefilter and the whole path, with the same codebook."""

    candidates: Candidates
    rules: relevance.Rules

    def is_relevant(self, body: bytes, charset: str = "", *, thread: bool = False) -> bool:
        """Whether the whole path calls a page (or a forum's thread) relevant."""
        found = extract(captured(body, charset), reading(thread))
        return isinstance(found, Extracted) and any(
            relevance.is_relevant(relevance.tag(article, self.rules), self.rules)
            for article in found.articles
        )

    def possible(self, body: bytes) -> bool:
        return possible(body, self.candidates)


def captured(body: bytes, charset: str = "") -> Capture:
    return Capture(
        id="6b1f",
        run_id="r1",
        source_id="echo",
        kind="page",
        url="https://echo.example/news/1",
        via="",
        fetched_at=datetime(2026, 9, 1, 6, 0, tzinfo=UTC),
        outcome="ok",
        status=200,
        media_type="text/html",
        charset=charset,
        body=body,
    )


@cache
def reading(thread: bool) -> Rules:
    """How pages are read: as articles, or as the posts of a thread."""
    forums = frozenset({"echo"} if thread else ())
    return Rules(load_junk(DATA(junk.FILE)), load_platforms(DATA(platforms.FILE)), forums)


@cache
def ours() -> Paths:
    """Both paths with the codebook of this checkout."""
    return Paths(load_candidates(DATA), relevance.load(DATA))


@cache
def searching(*phrases: str, bias: float = -0.5) -> Paths:
    """Both paths with a codebook of one reason, each of whose phrases alone is enough."""
    return codebook(f"bias = {bias}\nthreshold = 0.5\n{reason('one', 1.0, *phrases)}")


def codebook(text: str) -> Paths:
    """Both paths with a codebook of our own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "relevance.toml"
        path.write_text(text, "utf-8")
        return Paths(load_candidates(lambda _: path), relevance.load(lambda _: path))


def reason(name: str, weight: float, *phrases: str, most: int = 3) -> str:
    return (
        f'[[reason]]\nid = "{name}"\nwhy = "a test"\nweight = {weight}\nmost = {most}\n'
        f"phrases = {json.dumps(phrases, ensure_ascii=False)}\n"
    )


def page(sentence: str, head: str = "", title: str = "Echo") -> str:
    return (
        f"<!DOCTYPE html><html><head><title>{title}</title>{head}</head><body><article>"
        f"<p>{LINE * 2}</p><p>It is the {sentence} that they spoke of.</p><p>{LINE * 2}</p>"
        "</article></body></html>"
    )


# ---- sound ---------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [LEEDS, HULL])
def test_a_page_on_topic_is_possible(body: bytes) -> None:
    assert ours().is_relevant(body)
    assert ours().possible(body)


def test_every_relevant_page_of_the_demo_world_is_possible() -> None:
    for edition in (1, 2):
        world = load_world(CHECKOUT / "data" / "demo", edition)
        bodies = {
            story.name: world.answer(site, story.path)[2].encode()
            for site in world.sites
            for story in site.stories
        }
        relevant = [name for name, body in bodies.items() if ours().is_relevant(body)]
        assert len(relevant) > 20
        assert [name for name in relevant if not ours().possible(bodies[name])] == []


SPELT = (
    "child protection",
    "Child Protection",
    "child\nprotection",
    "child-protection",
    "child&nbsp;protection",
    "child&nbspprotection",
    "child&amp;nbsp;protection",
    "child\u2011protection",
    "child&#8209;protection",
    "child&hyphen;protection",
    "child&#32;protection",
    "ch<b>ild</b> <i>protection</i>",
    "<span class='drop'>C</span>hild protection",
    "chi<!-- a > b -->ld protection",
    "chi<!-->ld protection",
    "chi<b title='a > b'>ld</b> protection",
    "chi<b title=don't>ld</b> protection",
    'chi<b ="q>ld</b> protection',
    "chi<wbr>ld pro<wbr>tection",
    "chi<script>if (a < b && c > d) {}</script>ld protection",
    "chi<style>p > b {}</style>ld protection",
    "chi<?php echo 1 ?>ld protection",
    "chi<![CDATA[x]]>ld protection",
    "chi\u00adld protection",
    "chi&shy;ld protection",
    "chi&shyld protection",
    "chi&#173;ld protection",
    "chi&#xAD;ld protection",
    "chi\u200bld\u2060 protection",
    "chi&ZeroWidthSpace;ld protection",
    "chi\ue000ld protection",
    "chi\x00ld prot\x02ection",
    "chi&#2;ld protection",
    "<\x00b>child</b> protection",
    "chi&#108;d protection",
    "chi&#x6c;d protection",
    "chi&#x6C;d protection",
    "chi&#108d protection",
    "chi&amp;#108;d protection",
    "child prote&#&#2;99;tion",
    "child <span class='share'>Share this</span> protection",
    "child <button>Save</button> protection",
    "chi<b>ld</b> <span class='share'>Share this</span> pro<i>tec</i>tion",
)


@pytest.mark.parametrize("spelt", SPELT)
def test_a_phrase_is_seen_however_it_is_spelt(spelt: str) -> None:
    assert searching("child protection").possible(page(spelt).encode())


@pytest.mark.parametrize("spelt", [spelt for spelt in SPELT[:12] if "amp;" not in spelt])
def test_what_readers_see_as_a_phrase_is_relevant_and_possible(spelt: str) -> None:
    both, body = searching("child protection"), page(spelt).encode()
    assert both.is_relevant(body)
    assert both.possible(body)


@pytest.mark.parametrize(
    "spelt",
    [
        "SEND",
        "(SEND)",
        "“SEND”",
        "SE<b>N</b>D",
        "<b>S</b>END",
        "SE\u00adND",
        "&nbspSEND",
        "—SEND—",
        "the<br>SEND<br>the",
        "S&#69;ND",
        "SEND/EHCP",
        "SEND_",
    ],
)
def test_an_abbreviation_is_seen_as_a_word_of_its_own(spelt: str) -> None:
    assert searching("SEND").possible(page(spelt).encode())


def test_a_sign_for_kelvin_is_a_letter() -> None:
    for sign in ("\u212a", "&#8490;", "&#x212a;"):
        body = page(f"case boo{sign} entry").encode()
        assert searching("case book").is_relevant(body)
        assert searching("case book").possible(body)


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("", "Child protection"),
        ("", "Child&nbsp;&#112;rotection"),
        ('<meta property="og:title" content="Child protection">', ""),
        ("<meta content='All > child &#112;rotection' property='og:title'>", ""),
        ('<META CONTENT="Child&nbsp;protection > all" property="og:title">', ""),
    ],
)
def test_a_title_counts(head: str, title: str) -> None:
    body = page("bridge", head, title).encode()
    assert searching("child protection").is_relevant(body)
    assert searching("child protection").possible(body)


@pytest.mark.parametrize(
    "headline",
    [
        '"Child protection"',
        r'"Child\u00a0protection"',
        r'"\u0043hild protection"',
        r'"Ch\u0069ld\tprotection"',
        r'"Chi\u0000ld prot\bection"',
        '"Child\\u2011protection"',
    ],
)
@pytest.mark.parametrize("kind", ["application/ld+json", "Application/LD+JSON", "x/ld&#43;json"])
def test_a_headline_in_json_counts(headline: str, kind: str) -> None:
    data = f'{{"@type": "NewsArticle", "headline": {headline}}}'
    body = page("bridge", f'<script type="{kind}">{data}</script>').encode()
    assert searching("child protection").is_relevant(body)
    assert searching("child protection").possible(body)


@pytest.mark.parametrize(
    "text",
    [
        "<p>Ch<b>ild</b> protection.</p>",
        "&lt;p&gt;Ch&lt;b&gt;ild&lt;/b&gt; protection.&lt;/p&gt;",
        "Child prot\u00adection.",
    ],
)
@pytest.mark.parametrize("ascii_only", [True, False])
def test_an_article_that_is_in_json_only_counts(text: str, ascii_only: bool) -> None:
    told = {"@type": "NewsArticle", "articleBody": f"{LINE * 3} {text} {LINE * 3}"}
    data = json.dumps(told, ensure_ascii=ascii_only).replace("</", "<\\/")
    body = (
        f'<html><head><title>x</title><script type="application/ld+json">{data}</script></head>'
        "<body><div id='app'></div></body></html>"
    ).encode()
    assert searching("child protection").possible(body)


def test_code_within_a_headline_is_part_of_it() -> None:
    body = page("<h1>Echo <script>child protection</script></h1>").encode()
    assert searching("child protection").possible(body)


@pytest.mark.parametrize(
    ("codec", "charset"),
    [
        ("utf-8-sig", ""),
        ("utf-16", ""),
        ("utf-16-le", ""),
        ("cp1252", ""),
        ("latin-1", "iso-8859-1"),
        ("gb18030", "gb18030"),
    ],
)
def test_a_page_in_another_encoding_is_never_lost(codec: str, charset: str) -> None:
    body = page("caf\xe9 child protection").encode(codec)
    assert searching("child protection").is_relevant(body, charset)
    assert searching("child protection").possible(body)


def test_bytes_that_shift_their_meaning_are_possible() -> None:
    assert searching("child protection").possible(page("bridge \u3053").encode("iso2022_jp"))


# What headers say of pages, rightly or not.
LABELS = ("", "utf-8", "iso-8859-1", "windows-1252", "iso-8859-15", "macintosh", "gb18030")


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize(
    "spelt",
    [
        "child protection",
        "child\u00a0protection",
        "chi\u00adld protection",
        "“Child\u2011protection”",
        "<i>chi\u0092ld</i> prot\u0080ection",
        "children’s services",
    ],
)
def test_utf_8_is_relevant_and_possible_whatever_the_header_says(spelt: str, label: str) -> None:
    body, both = (
        page(f"caf\xe9 {spelt}").encode(),
        searching("child protection", "children's serv*"),
    )
    assert both.is_relevant(body, label)
    assert both.possible(body)


@pytest.mark.parametrize("number", range(0x80, 0xA0))
def test_a_control_within_a_phrase_hides_nothing(number: int) -> None:
    control, both = chr(number), searching("child protection", "SEND")
    for spelt in ("chi?ld protection", "child? protection", "child?protection", "the?SEND?of"):
        assert both.possible(page(spelt.replace("?", control)).encode())
        assert both.possible(page(spelt.replace("?", f"&#{number};")).encode())
    title = page("bridge", title=f"Chi{control}ld protection").encode()
    data = '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "?"}</script>'
    headline = data.replace("?", f"Chi\\u{number:04x}ld protection")
    assert both.possible(title)
    assert both.possible(page("bridge", headline).encode())


@pytest.mark.parametrize("nothing", ["&#2;", "&#x7F;", "&#00031;", "&#x110000;", "&#65535;"])
@pytest.mark.parametrize(
    "spelt", ["<!-- a --?> child protection <!-- -->", "<pl?aintext><!-- child protection -->"]
)
def test_a_reference_to_nothing_within_markup_hides_nothing(spelt: str, nothing: str) -> None:
    body = page(spelt.replace("?", nothing)).encode()
    assert searching("child protection").is_relevant(body)
    assert searching("child protection").possible(body)


@pytest.mark.parametrize("name", ["plaintext", "PLAINTEXT", "PlainText", "plain\x00text"])
@pytest.mark.parametrize("rest", [">", " class=x>", "\n>"])
def test_where_markup_ends_all_that_follows_is_possible(name: str, rest: str) -> None:
    body = page(f"bridge <{name}{rest} <!-- child protection -->").encode()
    assert searching("child protection").is_relevant(body)
    assert searching("child protection").possible(body)


@pytest.mark.parametrize(
    "tail", ["<!-- not closed", "<a href='x", "<script>var a = 1;", "<textarea>", "<p title="]
)
def test_a_page_that_is_not_closed_is_possible(tail: str) -> None:
    assert searching("child protection").possible(page("bridge").encode() + tail.encode())


# ---- selective -----------------------------------------------------------------------------


def test_a_page_about_roads_is_not_possible() -> None:
    assert not ours().possible(ROADS)


@pytest.mark.parametrize(
    "sentence",
    [
        "child and its protection",
        "grandchild of a protectionist",
        "<!-- child protection -->",
        "<script>child protection</script>",
        "<style>child protection</style>",
        "<a href='/child-protection' title='child protection'>bridge</a>",
        "<img alt='child protection' src='/child-protection.jpg'>",
        "protection <b>of a</b> child",
        "childprotectio",
    ],
)
def test_what_is_no_phrase_in_the_text_is_not_seen(sentence: str) -> None:
    assert not searching("child protection").possible(page(sentence).encode())


PARTED = (
    "fos<nav>x</nav>ter carers",
    "fos<button>y</button>ter carers",
    "fos<select><option>y</option></select>ter carers",
    "fos<span hidden>y</span>ter carers",
    "fos<span style='display: none'>y</span>ter carers",
    "fos<svg><text>y</text></svg>ter carers",
)


@pytest.mark.parametrize("spelt", PARTED)
def test_words_are_never_joined_across_what_is_left_out(spelt: str) -> None:
    body, both = page(spelt).encode(), searching("foster carers")
    assert not both.is_relevant(body)
    assert not both.possible(body)


@pytest.mark.parametrize(
    "sentence", ["send", "Send", "SENDER", "RESEND", "S E N D", "S.E.N.D.", "<b>SEN</b> and D"]
)
def test_an_abbreviation_within_a_word_is_not_seen(sentence: str) -> None:
    assert not searching("SEND").possible(page(sentence).encode())


# ---- the score -----------------------------------------------------------------------------


def test_what_speaks_against_does_not_count() -> None:
    head = "bias = -0.5\nthreshold = 0.5\n"
    both = codebook(head + reason("for", 1.0, "child") + reason("against", -9.0, "bridge"))
    assert both.possible(page("child on a bridge").encode())


def test_of_a_reason_only_so_many_phrases_count() -> None:
    head = "bias = -2.5\nthreshold = 0.5\n"
    few = codebook(head + reason("for", 1.0, "child", "carer", "court", most=2))
    many = codebook(head + reason("for", 1.0, "child", "carer", "court", most=3))
    body = page("child, the carer, the court").encode()
    assert (few.possible(body), many.possible(body)) == (False, True)
    assert not many.possible(page("child, the child, the child").encode())


def test_the_threshold_is_reached_or_it_is_not() -> None:
    body = page("child").encode()
    for threshold, reached in ((0.5, True), (0.51, False)):
        both = codebook(f"bias = -1.0\nthreshold = {threshold}\n" + reason("for", 1.0, "child"))
        assert both.is_relevant(body) is reached
        assert both.possible(body) is reached


def test_a_codebook_that_wants_nothing_of_a_page_lets_every_page_pass() -> None:
    assert codebook("bias = 1.0\nthreshold = 0.5\n" + reason("for", 1.0, "child")).possible(b"")


def test_a_codebook_without_a_reason_for_a_page_lets_none_pass() -> None:
    both = codebook("bias = -1.0\nthreshold = 0.5\n" + reason("against", -1.0, "child"))
    assert not both.possible(page("child").encode())


# ---- other codebooks -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phrase", "sentence"),
    [
        ("SW", "SW"),
        ("s47", "s47"),
        ("x", "x"),
        ("£9m", "£9m"),
        ("a£", "a£"),
        ("Dáil", "Dáil"),
        ("Dáil", "Da\u0301il"),
        ("gwasanaethau plant a phobl ŵyl", "gwasanaethau plant a phobl ŵyl"),
        ("gofal ŷd plant", "gofal y\u0302d <span class='share'>Share</span> plant"),
        ("ŵŷ", "ŵŷ"),
        ("детский дом", "детский дом"),
        ("children's home*", "childrens homes"),
        ("children’s home*", "children's homely"),
        ("(education|education,) health and care plan*", "education, health and care plans"),
        ("(the |)council", "council"),
        ("self-harm", "self harm"),
        ("self–harm", "self harm"),
        ("Ireland's", "Ireland’s"),
        ("under-18s", "under 18s"),
    ],
)
def test_any_phrase_that_can_be_read_is_looked_for(phrase: str, sentence: str) -> None:
    assert searching(phrase).possible(page(sentence).encode())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("threshold = 0.5\nreason = []", "relevance.toml: file: bias is missing"),
        ("bias = 1\nthreshold = 'x'\nreason = []", "relevance.toml: file: threshold is missing"),
        ("bias = 1\nthreshold = 1\nreason = [1]", "relevance.toml: reason: is not a table"),
        (
            "bias = 1\nthreshold = 1\n[[reason]]\nid = 'court'\nweight = 1.0\nmost = 1",
            "relevance.toml: court: phrases is missing",
        ),
        (
            "bias = 1\nthreshold = 1\n" + reason("court", 1.0, "the (High|Family Court"),
            "relevance.toml: court: 'the (High|Family Court' has brackets or | that do not pair up",
        ),
        (
            "bias = 1\nthreshold = 1\n" + reason("court", 1.0, "(a|b|c|d|e)" * 4),
            "stands for more than 500",
        ),
        ("bias = ", "relevance.toml: file: "),
    ],
)
def test_a_codebook_that_cannot_be_read_is_an_error(
    text: str, problem: str, tmp_path: Path
) -> None:
    path = tmp_path / "relevance.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(DataFileError) as error:
        load_candidates(lambda _: path)
    assert problem in str(error.value)


def test_a_codebook_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataFileError):
        load_candidates(lambda name: tmp_path / name)


# ---- fast ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "part",
    [
        b"<a ",
        b'<a b="',
        b"<a b='x",
        b"<!-- -",
        b"<h1><b>",
        b"<script>",
        b"<title>",
        b"</",
        b"&",
        b"&amp;",
        b"&#1",
        b"SS",
        b"in<b>",
        b"council ",
        b"<p title=x y=z>",
        b'<script type="application/ld+json">\\u0041&lt;</script>',
        b"&#" + b"9" * 9_000,
    ],
)
def test_a_hostile_page_takes_no_more_than_linear_time(part: bytes) -> None:
    start = time.perf_counter()
    ours().possible(part * (500_000 // len(part)))
    ours().possible(part * (10_000_000 // len(part)))
    assert time.perf_counter() - start < 2


# ---- any page ------------------------------------------------------------------------------

WORDS = ["the", "council", "said", "report", "on", "Monday", "and", "of", "a", "bridge", "which"]
NOTHING = (  # what may stand within a word and is not seen
    *("\u00ad", "\u200b", "\u2060", "\ue000", "\x00", "\x02", "&shy;", "&#173;", "&#8203;"),
    *("\u0085", "\u0092", "&#146;", "<\u0092b>"),
    *("&zwnj;", "&shy", "&#2;", "<b>", "</b>", "<i></i>", "<a href='/x?a=1&b=2'>", "</a>"),
    *("<!-- x > y -->", "<!---->", "<?x y?>", "</ x>", "<wbr>", "<img alt='a > b'>", "<svg></svg>"),
    *(
        "<span class=share>",
        "<b title=don't>",
        '<b ="q>',
        "<script>a < b</script>",
        "<style></style>",
    ),
)
SPACES = (
    " ",
    "  ",
    "\n",
    "\u00a0",
    "&nbsp;",
    "&amp;nbsp;",
    "-",
    "\u2011",
    "&ndash;",
    " <b>",
    "</b> ",
)
DROPPED = (
    " <span class=share>Share this</span> ",
    " <button>Save it</button> ",
    " <time>Mon</time> ",
)


@st.composite
def spelt(draw: st.DrawFn, phrase: str) -> str:
    """A variant of a phrase as some page may spell it."""
    variant = draw(st.sampled_from(expand(phrase)))
    text = variant.removesuffix("*") + draw(st.sampled_from(["", "s"] if "*" in variant else [""]))
    if draw(st.booleans()):
        text = text[:1].upper() + text[1:]
    dropped = draw(st.integers(-1, text.count(" ") - 1))  # which space an element interrupts
    places = draw(st.sets(st.integers(0, len(text)), max_size=3))
    out, spaces = [], 0
    for place, character in enumerate(text):
        if place in places and dropped < 0:
            out.append(draw(st.sampled_from(NOTHING)))
        if character == " ":
            out.append(draw(st.sampled_from(DROPPED if spaces == dropped else SPACES)))
            spaces += 1
        elif draw(st.integers(0, 40)) == 0:
            out.append(f"&#{ord(character)};")
        else:
            out.append(character)
    return "".join(out)


@st.composite
def pages(draw: st.DrawFn) -> tuple[str, str, str]:
    """(a phrase, a page that has it somewhere, an encoding)."""
    phrase = draw(st.sampled_from(PHRASES))
    found = draw(spelt(phrase))
    others = draw(st.lists(st.sampled_from(PHRASES).flatmap(spelt), max_size=3))
    noise = draw(st.lists(st.sampled_from([*WORDS, *NOTHING, *SPACES]), max_size=12))
    sentence = " ".join([*noise, found, *others])
    plain = found.replace('"', "").replace("<", "")
    place = draw(st.sampled_from(["body", "title", "h1", "og", "json"]))
    head = {
        "og": f'<meta property="og:title" content="{plain}">',
        "json": '<script type="application/ld+json">'
        + json.dumps({"@type": "NewsArticle", "headline": found}).replace("</", "<\\/")
        + "</script>",
    }.get(place, "")
    text = {"body": sentence, "h1": f"<h1>{found}</h1>"}.get(place, "bridge")
    html = page(text, head, plain if place == "title" else "Echo")
    return phrase, html, draw(st.sampled_from(["utf-8", "utf-8", "utf-8", "utf-16", "cp1252"]))


@settings(max_examples=300, deadline=None)
@given(pages(), st.sampled_from(LABELS))
def test_whatever_the_whole_path_calls_relevant_is_possible(
    made: tuple[str, str, str], label: str
) -> None:
    phrase, html, codec = made
    body = html.encode(codec, "xmlcharrefreplace")
    for both in (searching(phrase), ours()):
        assert both.possible(body) or not both.is_relevant(body, label)
