"""What strangers wrote: which links may be followed, and what is left of a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from reports.links import plain, web_link

GOOD = (
    "https://echo.example/news/1?a=b&c=d#e",
    "http://echo.example:8080/",
    "https://xn--e1aybc.example/тест",
    "HTTPS://ECHO.EXAMPLE/",
)
BAD = (
    "",
    "javascript:alert(1)",
    "JavaScript://echo.example/%0aalert(1)",
    "java\nscript:alert(1)",
    "\x01javascript:alert(1)",
    "data:text/html,<script>",
    "file:///etc/passwd",
    "mailto:a@echo.example",
    "//echo.example/",
    "echo.example/news",
    "https://",
    "https:///news",
    "https:\\\\evil.example",
    "https://[::1",
    "https://echo.example:port/",
    "https://echo.example:99999/",
    "https://echo.example@evil.example/",
    "https://user:password@echo.example/",
    "https://echo.example/\u202egpj.exe",
    "https://echo\u200b.example/",
    "https://echo.example/a\r\nBcc: x",
    "https://echo.example/a b",
    'https://echo.example/" onmouseover="x',
)


@pytest.mark.parametrize("url", GOOD)
def test_an_address_of_the_web_is_a_link(url: str) -> None:
    assert web_link(url) == url


@pytest.mark.parametrize("url", BAD)
def test_what_is_none_or_reads_as_another_is_no_link(url: str) -> None:
    assert web_link(url) == ""


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("a\u202etxt.exe", "atxt.exe"),
        ("\u2067isolated\u2069", "isolated"),
        ("chil\u200bdren\u00ad’s", "children’s"),
        ("two\r\nlines\tand\u2028more\x85", "two lines and more"),
        ("nul\x00 bell\x07 escape\x1b[31m \x1cend", "nul bell escape[31m end"),
        ("half \ud83e pair \ufffe", "half pair"),
        ("Llŷn “said” it’s £9m – 🧒 ﷽", "Llŷn “said” it’s £9m – 🧒 ﷽"),
        ("<script>", "<script>"),
        ("  ", ""),
    ],
)
def test_a_text_keeps_what_is_seen(text: str, read: str) -> None:
    assert plain(text) == read


@given(st.text(alphabet=st.characters()))
def test_any_text_can_stand_in_xml_and_is_read_once(text: str) -> None:
    read = plain(text)
    element = etree.Element("title")
    element.text = read
    assert etree.fromstring(etree.tostring(element)).text == (read or None)
    assert plain(read) == read
