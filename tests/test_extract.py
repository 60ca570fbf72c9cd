"""Extraction: page in, record out; each page under cases/ is a test."""

import json
import shutil
import tomllib
import unicodedata
from dataclasses import asdict, replace
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crawler.archive import Capture
from crawler.frontier import FETCHED, OUTCOMES
from crawler.home import CHECKOUT, Home
from crawler.urls import url_identity
from pipeline.extract import MIN_CHARACTERS, Extracted, article_id, extract
from pipeline.model import Article, Drop, Removed
from pipeline.reading.characters import decode
from pipeline.reading.rules import load_rules
from tests.conftest import SOURCE

CASES = Path(__file__).with_name("cases")
FORUM = replace(SOURCE, id="forum", medium="forum")  # a case is of the source it begins with
RULES = load_rules(Home(CHECKOUT).data, [FORUM], key=b"secret of the tests")
CAPTURE = Capture(
    id="6b1f",
    run_id="r1",
    source_id="echo",
    kind="page",
    url="https://echo.example/news/1",
    via="https://echo.example/rss",
    fetched_at=datetime(2026, 9, 1, 6, 0, tzinfo=UTC),
    outcome="ok",
    status=200,
    media_type="text/html",
    charset="utf-8",
)
BEFORE = "The council expects to overspend on homes for looked-after children this year."
AFTER = "Social workers carry thirty cases each, a report to the scrutiny board says."
URL, TITLE, TEXT = "https://echo.example/news/1", "Leeds gap", "The council met."
PAGE = url_identity(URL)
RUSSIAN = "Совет решил, что дети должны жить и учиться ближе к дому. " * 5
CONTROLS = (0x0, 0x1, 0x8, 0xB, 0xC, 0xE, 0x1F, 0x7F, 0xFFFE, 0xFFFF)


def captured(html: str, charset: str = "utf-8") -> Capture:
    return replace(CAPTURE, body=html.encode(charset), charset=charset)


def page(*paragraphs: str, title: str = TITLE, head: str = "") -> str:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return (
        f'<html lang="en"><head><title>{title}</title>{head}</head>'
        f"<body><article><h1>{title}</h1>{body}</article></body></html>"
    )


def article(capture: Capture) -> Article:
    """The article of a capture that surely holds one."""
    found = extract(capture, RULES)
    assert isinstance(found, Extracted), found
    assert len(found.articles) == 1
    return found.articles[0]


def record(found: Extracted | Drop) -> dict[str, list[dict[str, object]]]:
    """What TOML can say of a result: of each row what is not empty, a text as its paragraphs."""
    if isinstance(found, Drop):
        return {"drop": [_filled(found)]}
    articles = [{**_filled(a), "text": a.text.split("\n\n")} for a in found.articles]
    places = {article.id: n for n, article in enumerate(found.articles, 1)}
    removed = [{**_filled(r), "article_id": places[r.article_id]} for r in found.removed]
    return {"article": articles} | ({"removed": removed} if removed else {})


def _filled(row: Article | Removed | Drop) -> dict[str, object]:
    fields = {name: value for name, value in asdict(row).items() if value or type(value) is int}
    return {n: list(v) if isinstance(v, tuple) else v for n, v in fields.items()}


def toml(tables: dict[str, list[dict[str, object]]]) -> str:
    """The record as TOML: JSON spells strings, lists, numbers and truth values in the same way."""
    lines = []
    for table, rows in tables.items():
        for row in rows:
            lines.append(f"[[{table}]]")
            for name, value in row.items():
                shown = value.isoformat() if isinstance(value, datetime) else _json(value)
                lines.append(f"{name} = {shown}")
            lines.append("")
    return "\n".join(lines)


def _json(value: object) -> str:
    indent = 2 if isinstance(value, list) and sum(map(len, map(str, value))) > 80 else None
    return json.dumps(value, ensure_ascii=False, indent=indent)


def check_case(case: Path) -> None:
    """Compare a case's record with the expected one, or write it for a person to review."""
    capture = replace(
        captured((case / "page.html").read_text("utf-8")),
        url=f"https://echo.example/news/{case.name}",
        source_id=case.name.partition("-")[0],
    )
    found, expected = record(extract(capture, RULES)), case / "expected.toml"
    if not expected.exists():
        expected.write_text(toml(found), "utf-8")
        pytest.fail(f"{expected}: written from the result; review me")
    assert found == tomllib.loads(expected.read_text("utf-8"))


@pytest.mark.parametrize("case", sorted(CASES.iterdir()), ids=lambda case: case.name)
def test_a_page_gives_its_record(case: Path) -> None:
    check_case(case)


def test_a_missing_expectation_is_written_for_review(tmp_path: Path) -> None:
    case = shutil.copytree(CASES / "json-ld-news", tmp_path / "json-ld-news")
    (case / "expected.toml").unlink()
    with pytest.raises(pytest.fail.Exception, match="review me"):
        check_case(case)
    check_case(case)


# Characters


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        pytest.param("café".encode("utf-8-sig"), "iso-8859-1", id="utf-8-bom-over-http"),
        pytest.param("café".encode("utf-16"), "utf-8", id="utf-16-bom-over-http"),
        pytest.param(b"\xfe\xff" + "café".encode("utf-16-be"), "utf-8", id="utf-16-be-bom"),
        pytest.param("café".encode("cp1252"), "windows-1252", id="http"),
        pytest.param("café".encode(), "", id="utf-8-undeclared"),
        pytest.param("café".encode(), "klingon", id="utf-8-charset-unknown"),
        pytest.param("café".encode(), "hex", id="utf-8-charset-not-of-text"),
        pytest.param("café".encode(), "undefined", id="utf-8-charset-undefined"),
        pytest.param("café".encode(), "utf\0-8", id="utf-8-charset-with-nul"),
    ],
)
def test_bytes_are_read_in_their_charset(body: bytes, charset: str) -> None:
    assert decode(body, charset) == "café"


@pytest.mark.parametrize("http", ["", "klingon", "utf-8"])
def test_the_meta_element_counts_where_the_header_does_not_fit(http: str) -> None:
    html = f'<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">{RUSSIAN}'
    assert decode(html.encode("cp1251"), http) == html


def test_the_header_counts_more_than_the_meta_element() -> None:
    html = '<meta charset="windows-1251">café'
    assert decode(html.encode(), "utf-8") == html


@pytest.mark.parametrize("meta", ["", "<meta charset=utf-8>"])
def test_a_utf_8_header_on_cp1251_bytes_is_seen_through(meta: str) -> None:
    assert decode((meta + RUSSIAN).encode("cp1251"), "utf-8") == meta + RUSSIAN


@pytest.mark.parametrize("place", ["http", "meta"])
@pytest.mark.parametrize("label", ["iso-8859-1", "ISO-8859-1", "latin-1", "latin1", "us-ascii"])
def test_a_page_labelled_latin_1_is_read_as_cp1252(label: str, place: str) -> None:
    html = f"<meta charset={label}>It’s “£9m” – or €10m"
    assert decode(html.encode("cp1252"), label.lower() if place == "http" else "") == html


@pytest.mark.parametrize("charset", ["", "utf-8"])
@pytest.mark.parametrize(
    "text",
    ["The council’s “plan” costs £9m – or €10m – a year.", "The council’s children aren’t told."],
    ids=["many-signs", "apostrophes-alone"],
)
def test_a_page_whose_charset_nobody_knows_is_read_as_cp1252(text: str, charset: str) -> None:
    assert decode(text.encode("cp1252") * 20, charset) == text * 20


def test_one_bad_byte_costs_one_character() -> None:
    body = (RUSSIAN + "|" + RUSSIAN).encode().replace(b"|", b"\xff")
    assert decode(body, "utf-8") == f"{RUSSIAN}\ufffd{RUSSIAN}"


@given(st.binary(), st.text(max_size=12))
@example(b"\xff\xfe\0", "utf-8")
def test_any_bytes_under_any_label_are_read(body: bytes, charset: str) -> None:
    assert isinstance(decode(body, charset), str)


@given(st.text(), st.sampled_from(["utf-8", "", "ascii"]))
def test_utf_8_survives_a_header_that_does_not_contradict_it(text: str, charset: str) -> None:
    assert decode(b"\xef\xbb\xbf" + text.encode(), charset) == text


@pytest.mark.parametrize("point", CONTROLS, ids=hex)
@pytest.mark.parametrize(
    "spelling",
    ["{raw}", "&#{point};", "&#x{point:x};", "&#X{point:X};", "&#{point:010};", "&#{point} "],
)
def test_a_control_character_costs_no_other_text(spelling: str, point: int) -> None:
    sign = spelling.format(raw=chr(point), point=point)
    html = page(BEFORE, f"Before {sign} after. {AFTER}", AFTER, title=f"Leeds {sign} gap")
    found = article(captured(html))
    assert found.title == "Leeds gap"
    assert found.text == f"{BEFORE}\n\nBefore after. {AFTER}\n\n{AFTER}"


@pytest.mark.parametrize("point", [0xD800, 0xDFFF, 0x110000, 9_999_999], ids=hex)
def test_a_reference_to_no_character_costs_no_other_text(point: int) -> None:
    found = article(captured(page(BEFORE, f"Before &#{point}; after. {AFTER}")))
    assert found.text == f"{BEFORE}\n\nBefore after. {AFTER}"


def test_a_reference_to_a_character_stays_one() -> None:
    assert "“Mind the gap”" in article(captured(page(BEFORE, "&#8220;Mind the gap&#x201D;"))).text


@pytest.mark.parametrize("escaped", [r"\u0000", r"\u001f", r"\ud800"])
def test_json_ld_brings_no_control_character_into_the_title(escaped: str) -> None:
    data = f'{{"@type": "NewsArticle", "headline": "Leeds{escaped} gap"}}'
    head = f'<script type="application/ld+json">{data}</script>'
    assert article(captured(page(BEFORE, AFTER, head=head))).title == "Leeds gap"


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=60))
@example("Zoe\u0308 in the cafe\u0301")
@example("\ufb01 \u212b \u1e9b\u0323")
def test_text_and_title_are_nfc(words: str) -> None:
    found = article(captured(page(BEFORE, AFTER, escape(words), title=escape(words))))
    for text in (found.text, found.title):
        assert unicodedata.is_normalized("NFC", text)


# Drops


@pytest.mark.parametrize("outcome", sorted({*OUTCOMES, "redirect"} - set(FETCHED)))
def test_what_was_not_fetched_is_dropped_by_its_outcome(outcome: str) -> None:
    capture = replace(captured(page(BEFORE, AFTER)), outcome=outcome)
    assert extract(capture, RULES) == Drop(CAPTURE.id, outcome)


def test_a_status_is_the_reason_where_no_outcome_is_noted() -> None:
    capture = replace(captured(page(BEFORE, AFTER)), outcome="", status=404)
    assert extract(capture, RULES) == Drop(CAPTURE.id, "http_404")


@pytest.mark.parametrize("kind", ["feed", "sitemap", "robots"])
def test_what_is_no_page_is_dropped_by_its_kind(kind: str) -> None:
    assert extract(replace(captured(page(BEFORE, AFTER)), kind=kind), RULES) == Drop(
        CAPTURE.id, kind
    )


@pytest.mark.parametrize("media_type", ["application/pdf", "image/jpeg", "text/plain"])
def test_what_is_not_html_is_dropped(media_type: str) -> None:
    capture = replace(captured(page(BEFORE, AFTER)), media_type=media_type)
    assert extract(capture, RULES) == Drop(CAPTURE.id, "not_html")


@pytest.mark.parametrize("media_type", ["text/html", "application/xhtml+xml", ""])
def test_html_is_read_also_where_the_server_names_no_type(media_type: str) -> None:
    assert article(replace(captured(page(BEFORE, AFTER)), media_type=media_type))


@pytest.mark.parametrize("body", [b"", b" \n", b"\0" * 100, b"<!-- -->"])
def test_what_cannot_be_parsed_is_dropped_with_a_reason(body: bytes) -> None:
    assert extract(replace(CAPTURE, body=body), RULES) == Drop(CAPTURE.id, "parse_failed")


@pytest.mark.parametrize("body", [b"%PDF-1.7", b"<p>No.</p>"])
def test_what_holds_no_text_is_no_article(body: bytes) -> None:
    found = extract(replace(CAPTURE, body=body), RULES)
    assert isinstance(found, Drop)
    assert found.reason == "not_article"


@pytest.mark.parametrize(("length", "kept"), [(MIN_CHARACTERS - 1, False), (MIN_CHARACTERS, True)])
def test_a_text_under_the_minimum_is_dropped_with_its_length(length: int, kept: bool) -> None:
    text = f"{AFTER} {BEFORE}"[: length - 1].strip().ljust(length - 1, "x") + "."
    found = extract(captured(page(text)), RULES)
    short = Drop(CAPTURE.id, "not_article", f"{length} characters of text")
    assert isinstance(found, Extracted) if kept else found == short


# Identity


@pytest.mark.parametrize(
    ("url", "title", "text"),
    [
        pytest.param("https://echo.example/news/2", TITLE, TEXT, id="path"),
        pytest.param("https://echo.example/news/1?page=2", TITLE, TEXT, id="query"),
        pytest.param("https://mail.example/news/1", TITLE, TEXT, id="host"),
        pytest.param(URL, "Leeds Gap", TEXT, id="title"),
        pytest.param(URL, TITLE, "The council met", id="text"),
        pytest.param(URL, TITLE + TEXT, "", id="title-and-text-run-together"),
    ],
)
def test_an_id_changes_with_page_title_and_text(url: str, title: str, text: str) -> None:
    assert article_id(url_identity(url), title, text) != article_id(PAGE, TITLE, TEXT)


@pytest.mark.parametrize(
    "url",
    [
        "http://echo.example/news/1",
        "https://www.echo.example/news/1/",
        "https://ECHO.example/news/1#comments",
        "https://echo.example/news/1?utm_source=x&fbclid=7&at_medium=RSS",
    ],
)
def test_an_id_does_not_change_with_the_spelling_of_the_url(url: str) -> None:
    assert article_id(url_identity(url), TITLE, TEXT) == article_id(PAGE, TITLE, TEXT)


def test_an_id_is_the_same_in_every_version() -> None:
    assert article_id(PAGE, TITLE, TEXT) == "270b4b598bd19479"


@pytest.mark.parametrize(
    ("declared", "url"),
    [
        ("/news/leeds?utm_source=x#top", "https://echo.example/news/leeds"),
        ("https://ECHO.example/news/leeds", "https://echo.example/news/leeds"),
        ("https://other.example/news/1", URL),
        ("https://echo.example/", URL),
        ("javascript:void(0)", URL),
        ("https://[::1/", URL),
        ("", URL),
    ],
)
def test_a_page_names_its_url_only_on_its_own_host(declared: str, url: str) -> None:
    head = f'<link rel="canonical" href="{declared}">'
    assert article(captured(page(BEFORE, AFTER, head=head))).url == url


def test_headline_and_standfirst_are_not_part_of_the_text() -> None:
    standfirst = f'</p><p class="standfirst">{AFTER}'
    found = article(captured(page(standfirst, BEFORE, BEFORE.upper())))
    assert (found.title, found.standfirst) == (TITLE, AFTER)
    assert found.text == f"{BEFORE}\n\n{BEFORE.upper()}"


def test_a_forum_s_page_without_known_posts_is_dropped_for_it_names_people() -> None:
    capture = captured(page(BEFORE, AFTER, head='<meta name="author" content="Ann Lee">'))
    assert article(capture).authors == ("Ann Lee",)
    found = extract(capture, replace(RULES, forums=frozenset({"echo"})))
    assert found == Drop(CAPTURE.id, "no_posts")


# What is believed, and what is not


def test_the_json_ld_of_another_story_is_not_believed() -> None:
    data = {
        "@type": "NewsArticle",
        "headline": "Pool to shut for repairs",
        "url": "https://echo.example/news/other",
        "articleBody": f"{AFTER} " * 9,
    }
    head = f'<script type="application/ld+json">{json.dumps(data)}</script>'
    found = article(captured(page(BEFORE, AFTER, title="Carers want more pay", head=head)))
    assert found.title == "Carers want more pay"
    assert found.text == f"{BEFORE}\n\n{AFTER}"


def test_markup_in_json_ld_is_not_text() -> None:
    told = f"<p>{BEFORE}</p><p>Children&rsquo;s &amp; families: {AFTER}</p>"
    data = json.dumps({"@type": "NewsArticle", "headline": TITLE, "articleBody": told})
    head = f'<script type="application/ld+json">{data}</script>'
    found = article(captured(page(title=TITLE, head=head)))
    assert found.text == f"{BEFORE}\n\nChildren’s & families: {AFTER}"
    assert found.extractor == "json-ld"


def test_what_only_those_who_pay_may_read_is_not_taken_from_json_ld() -> None:
    data = {"@type": "NewsArticle", "isAccessibleForFree": False, "articleBody": f"{AFTER} " * 9}
    head = f'<script type="application/ld+json">{json.dumps(data)}</script>'
    found = article(captured(page(BEFORE, AFTER, head=head)))
    assert found.paywalled
    assert found.text == f"{BEFORE}\n\n{AFTER}"


def test_readers_comments_are_counted_and_their_words_are_not_kept() -> None:
    comment = f'<div class="comments"><p><b>Bob Miller</b> says: {AFTER.upper()}</p></div>'
    html = page(BEFORE, AFTER, BEFORE.upper()).replace("</article>", f"{comment}</article>")
    found = extract(captured(html), RULES)
    assert isinstance(found, Extracted)
    assert [(row.reason, row.text) for row in found.removed] == [("comments", "")]


def test_the_source_of_a_chart_is_not_that_of_the_text() -> None:
    chart = article(captured(page(BEFORE, "Source: Department for Education", AFTER)))
    assert chart.credited_to == ""
    assert article(captured(page(BEFORE, AFTER, "Source: DaleEcho"))).credited_to == "DaleEcho"


def test_a_page_that_the_parser_cuts_off_says_so() -> None:
    deep = "".join(f"<p>{AFTER}</p><div><font><b>" for _ in range(2_000))
    found = extract(captured(f"<html><body><h1>{TITLE}</h1>{deep}</body></html>"), RULES)
    assert isinstance(found, Extracted)
    assert found.articles[0].confidence is not None
    assert found.articles[0].confidence <= 0.5
    assert found.removed[-1].reason == "cut off"


def test_a_statement_in_the_footer_of_an_article_is_read() -> None:
    html = page(BEFORE, AFTER).replace("</article>", f"<footer><p>{RUSSIAN}</p></footer></article>")
    assert RUSSIAN.strip() in article(captured(html)).text


def test_utf_8_under_another_label_is_utf_8() -> None:
    assert decode("The children’s café".encode(), "iso-8859-1") == "The children’s café"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("".join(f"<p>“{AFTER} {n}”</p>" for n in range(20_000)), id="quotes"),
        pytest.param("x<br>" * 200_000, id="breaks"),
        pytest.param("<p>support us inbox cookies get want </p>" * 20_000, id="junk"),
        pytest.param(f"<h2><a href=/1>{AFTER}</a></h2>" * 50_000, id="cards"),
    ],
)
def test_what_stands_after_much_nonsense_is_read(body: str) -> None:
    last = f"{BEFORE} {AFTER} {BEFORE.upper()} {AFTER.upper()} {RUSSIAN}".strip()
    found = article(captured(f"<body><h1>{TITLE}</h1><div>{body}<p>{last}</p></div></body>"))
    assert found.text.endswith(last)
