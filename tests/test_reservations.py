"""What the rights holder reserves: headers, meta elements, tdmrep.json."""

import json
import time

import pytest

from crawler.reservations import TdmRule, parse_tdmrep, reservation_of, reserved

PAGE = "<html><head><title>Echo</title>{}</head><body><p>The council met.</p></body></html>"


def page(head: str) -> bytes:
    return PAGE.format(head).encode()


@pytest.mark.parametrize(
    ("headers", "signal"),
    [
        ({"tdm-reservation": "1"}, "header tdm-reservation: 1"),
        ({"tdm-reservation": " 1 "}, "header tdm-reservation: 1"),
        ({"tdm-reservation": "1, 1"}, "header tdm-reservation: 1"),
        ({"x-robots-tag": "noarchive"}, "header x-robots-tag: noarchive"),
        ({"x-robots-tag": "NoIndex, NoArchive"}, "header x-robots-tag: noarchive"),
        ({"x-robots-tag": "noai, noimageai"}, "header x-robots-tag: noai"),
        ({"x-robots-tag": "tocsin: noarchive"}, "header x-robots-tag: noarchive"),
        ({"x-robots-tag": "*: noai"}, "header x-robots-tag: noai"),
        ({"x-robots-tag": "otherbot: nofollow, tocsin: noai"}, "header x-robots-tag: noai"),
        ({"x-robots-tag": "max-snippet: 20, noarchive"}, "header x-robots-tag: noarchive"),
        (
            {"x-robots-tag": "unavailable_after: 25 Jun 2027 15:00:00 GMT, noarchive"},
            "header x-robots-tag: noarchive",
        ),
    ],
)
def test_a_header_reserves(headers: dict[str, str], signal: str) -> None:
    assert reservation_of(headers, page("")) == signal


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"tdm-reservation": "0"},
        {"tdm-reservation": "yes"},
        {"tdm-policy": "https://echo.example/policy.json"},
        {"x-robots-tag": "none"},
        {"x-robots-tag": "noindex, nofollow, noimageai, nosnippet"},
        {"x-robots-tag": "otherbot: noarchive"},
        {"x-robots-tag": "otherbot: noindex, noarchive"},
        {"x-robots-tag": "max-image-preview:large"},
    ],
)
def test_other_headers_do_not(headers: dict[str, str]) -> None:
    assert reservation_of(headers, page("")) == ""


@pytest.mark.parametrize(
    ("head", "signal"),
    [
        ('<meta name="tdm-reservation" content="1">', "meta tdm-reservation"),
        ("<META CONTENT='1' NAME='TDM-Reservation' />", "meta tdm-reservation"),
        ("<meta name=tdm-reservation content=1>", "meta tdm-reservation"),
        ('<meta name="robots" content="noarchive">', "meta robots: noarchive"),
        ('<meta name="robots" content="max-image-preview:large, NOAI">', "meta robots: noai"),
        ('<meta\n name="tocsin"\n content="noarchive nofollow">', "meta tocsin: noarchive"),
        (
            '<meta name="description" content="a > b"><meta name="robots" content="noai">',
            "meta robots: noai",
        ),
    ],
)
def test_a_meta_element_reserves(head: str, signal: str) -> None:
    assert reservation_of({}, page(head)) == signal


@pytest.mark.parametrize(
    "head",
    [
        '<meta name="tdm-reservation" content="0">',
        '<meta name="robots" content="none">',
        '<meta name="robots" content="noindex, nofollow, noimageai">',
        '<meta name="otherbot" content="noarchive">',
        '<meta name="description" content="noarchive">',
        '<!-- <meta name="robots" content="noarchive"> -->',
        '<script>document.write(\'<meta name="robots" content="noarchive">\')</script>',
        '<meta property="og:title" content="noai">',
    ],
)
def test_other_meta_elements_do_not(head: str) -> None:
    assert reservation_of({}, page(head)) == ""


@pytest.mark.parametrize(("element", "signal"), [("1", "meta tdm-reservation"), ("0", "")])
def test_the_meta_element_overrides_the_header(element: str, signal: str) -> None:
    told = page(f'<meta name="tdm-reservation" content="{element}">')
    for header in ("0", "1", "maybe"):
        assert reservation_of({"tdm-reservation": header}, told) == signal


def test_a_free_tdm_header_does_not_lift_noarchive() -> None:
    headers = {"tdm-reservation": "0", "x-robots-tag": "noarchive"}
    assert reservation_of(headers, page("")) == "header x-robots-tag: noarchive"


def test_a_page_in_utf_16_reserves_as_well() -> None:
    body = page('<meta name="robots" content="noarchive">').decode().encode("utf-16")
    assert reservation_of({}, body) == "meta robots: noarchive"


@pytest.mark.parametrize("part", [b"<meta ", b'<meta a="', b"<meta a='b\"", b"<!--", b"<script>"])
def test_ten_megabytes_of_nonsense_are_read_at_once(part: bytes) -> None:
    body = part * (10_000_000 // len(part))
    start = time.perf_counter()
    assert reservation_of({"x-robots-tag": "a:" * 10_000}, body) == ""
    assert time.perf_counter() - start < 0.5


def rules(*entries: object) -> tuple[TdmRule, ...]:
    return parse_tdmrep(json.dumps(entries).encode())


def rule(location: object, reservation: object = 1) -> dict[str, object]:
    return {"location": location, "tdm-reservation": reservation}


def test_tdmrep_json_gives_its_rules_in_order() -> None:
    policy = "https://echo.example/policies/1"
    assert rules(rule("/free/", 0), {**rule("/", "1"), "tdm-policy": policy}) == (
        TdmRule("/free/", False),
        TdmRule("/", True, policy),
    )


def test_the_first_rule_that_fits_decides() -> None:
    found = rules(rule("/news/free/", 0), rule("/news/"), rule("/", 0))
    assert not reserved(found, "/news/free/1")
    assert reserved(found, "/news/1")
    assert not reserved(found, "/")


def test_what_no_rule_fits_is_not_reserved() -> None:
    assert not reserved(rules(rule("/news/")), "/sport/1")
    assert not reserved((), "/news/1")


@pytest.mark.parametrize(
    ("location", "path", "fits"),
    [
        ("/", "/anything?page=2", True),
        ("/", "", True),
        ("/news", "/newsletter", True),
        ("/News", "/news", False),
        ("*", "/a", True),
        ("/news/*", "/news/a", True),
        ("/images/*.jpg", "/images/2026/a.jpg?w=1", True),
        ("/images/*.jpg$", "/images/a.jpg", True),
        ("/images/*.jpg$", "/images/a.jpg?w=1", False),
        ("/a*b$", "/ab-b", True),
        ("/a*b*b$", "/ab", False),
        ("/exactly$", "/exactly", True),
        ("/exactly$", "/exactly/not", False),
        ("/foo-%24", "/foo-$", True),
        ("/100$off", "/100$off", True),
        ("/star%2A", "/star*", True),
        ("/%7Eecho/caf%c3%a9", "/~echo/café", True),
        ("/a%2fb", "/a/b", False),
        ("https://echo.example/news/", "/news/1", True),
        ("https://echo.example", "/news/1", True),
    ],
)
def test_a_location_is_a_pattern_of_robots_txt(location: str, path: str, fits: bool) -> None:
    assert reserved(rules(rule(location)), path) is fits


@pytest.mark.parametrize(
    "entry",
    [1, "x", None, [], {}, rule(None), rule(""), rule("/", 2), rule("/", None), {"location": "/"}],
)
def test_a_rule_without_sense_is_left_out(entry: object) -> None:
    assert rules(entry, rule("/news/")) == (TdmRule("/news/", True),)


def test_a_single_rule_may_lack_its_brackets() -> None:
    assert reserved(parse_tdmrep(b'{"location": "/", "tdm-reservation": 1}'), "/a")


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"1", b'"/"', b"[", b"\xff\xfe\xff", b"[" * 100_000, b" " * 600_000 + b"[]"],
)
def test_what_is_no_tdmrep_json_is_an_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_tdmrep(body)


def test_a_pattern_of_stars_takes_no_time() -> None:
    found = rules(rule("/" + "*a" * 5_000 + "$"))
    start = time.perf_counter()
    assert not reserved(found, "/" + "a" * 4_000 + "b")
    assert time.perf_counter() - start < 0.5
