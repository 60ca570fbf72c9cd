"""The report of the demo as people meet it: in a browser, by keyboard, in print, and read aloud."""

import posixpath
import re
from collections.abc import Iterator
from contextlib import closing
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

import pytest
from lxml import html
from playwright.sync_api import Browser, BrowserContext, Locator, Page

from crawler.home import Home
from reports.database import open_database
from reports.links import web_link
from reports.profiles import VIEWS
from reports.public import hide_held
from reports.site.pages import cell, slug
from reports.site.write import write_site
from tests.browser import NARROW, SIZES, WIDE, Visits, chromium
from tests.conftest import Tocsin
from tests.test_demo import free_ports

pytestmark = pytest.mark.enable_socket
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
SAMPLE = 12  # authority pages that axe looks at: it takes half a second for each
AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
LARGEST = 300_000  # bytes of a page
GRAVE = ("serious", "critical")
FAULTS = """() => axe.run({resultTypes: ['violations']}).then(told => told.violations.map(
  one => [one.impact, one.id, one.nodes.slice(0, 3).map(node => node.html.slice(0, 200))]))"""
FOLDED_OUT = "() => document.querySelectorAll('details').forEach(one => one.open = true)"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, tocsin_in: Tocsin) -> Home:
    """A home after two demo runs, between which a page was edited, with its report."""
    home = Home(tmp_path_factory.mktemp("site"))
    port = free_ports(12)
    for _ in range(2):
        done = tocsin_in(home.root, "demo", "--port", str(port))
        assert done.returncode == 0, done.stdout + done.stderr
    write_site(home)
    return home


@pytest.fixture(scope="module")
def site(home: Home) -> Path:
    return home.out / "site"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def visits(browser: Browser, site: Path) -> Visits:
    """Every page of the site, opened one after the other."""
    made = Visits()
    with closing(browser.new_context(viewport=SIZES[WIDE])) as context:
        page = context.new_page()
        made.listen(page)
        for path in sorted(site.rglob("*.html")):
            made.open(page, path)
    return made


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, html.HtmlElement]:
    """Every page, parsed, by its path below the site."""
    paths = {path.relative_to(site).as_posix(): path for path in sorted(site.rglob("*.html"))}
    return {name: html.fromstring(path.read_bytes()) for name, path in paths.items()}


def chapters(site: Path) -> list[Path]:
    """A page of each template: all of the menu's, and of other folders the biggest one."""
    folders = [folder for folder in sorted(site.iterdir()) if folder.is_dir()]
    return sorted(site.glob("*.html")) + [biggest(folder)[0] for folder in folders]


def biggest(folder: Path) -> list[Path]:
    """The pages of a folder, those that hold most first."""
    return sorted(folder.glob("*.html"), key=lambda path: (-path.stat().st_size, path.name))


def looked_at(site: Path) -> list[Path]:
    """The pages for axe: one of each template, and authorities from the fullest to the emptiest."""
    authorities = biggest(site / "authority")
    step = max(len(authorities) // (SAMPLE - 1), 1)
    return sorted({*chapters(site), *authorities[::step], *authorities[-1:]})


def opened(context: BrowserContext, path: Path) -> Page:
    page = context.new_page()
    page.goto(path.as_uri())
    return page


# ---- every page ----------------------------------------------------------------------------


def test_no_request_leaves_the_folder(visits: Visits, site: Path) -> None:
    below = site.as_uri() + "/"
    assert len(visits.asked) >= len(list(site.rglob("*.html")))
    assert [pair for pair in visits.asked if not pair[1].startswith((below, "data:"))] == []


def test_the_browser_complains_of_nothing(visits: Visits) -> None:
    assert visits.faults == []


def test_no_page_is_wider_than_its_window(visits: Visits) -> None:
    assert visits.spills == []


def test_nothing_in_a_page_can_run_or_load(pages: dict[str, html.HtmlElement]) -> None:
    for name, page in pages.items():
        (policy,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
        assert policy.startswith("default-src 'none'; style-src 'sha256-"), name
        assert "unsafe" not in policy
        assert not page.xpath("//script | //iframe | //object | //embed | //form | //base"), name
        assert not page.xpath("//@style | //@*[starts-with(name(), 'on')] | //@srcset"), name
        loaded = page.xpath("//link/@href | //@src | //@*[name() = 'xlink:href']")
        assert all(address.startswith("data:") for address in loaded), name


def test_every_link_leads_somewhere(pages: dict[str, html.HtmlElement]) -> None:
    ids = {name: page.xpath("//@id") for name, page in pages.items()}
    assert all(len(found) == len(set(found)) for found in ids.values())
    lost = [
        (name, href)
        for name, page in pages.items()
        for href in page.xpath("//a/@href")
        if not leads(name, href, ids)
    ]
    assert lost == []


def leads(page: str, href: str, ids: dict[str, list[str]]) -> bool:
    """Whether a link of a page leads to a page of the site and a place on it, or to the web."""
    parts = urlsplit(href)
    if parts.scheme or parts.netloc:
        return web_link(href) == href
    folder, path = posixpath.dirname(page), unquote(parts.path)
    target = posixpath.normpath(posixpath.join(folder, path)) if path else page
    return target in ids and (not parts.fragment or unquote(parts.fragment) in ids[target])


def test_every_link_says_where_it_leads(pages: dict[str, html.HtmlElement]) -> None:
    for name, page in pages.items():
        assert all(link.text_content().strip() for link in page.xpath("//a")), name


def test_headings_are_in_order_under_one(pages: dict[str, html.HtmlElement]) -> None:
    for name, page in pages.items():
        levels = [int(heading.tag[1]) for heading in page.xpath("//h1|//h2|//h3|//h4|//h5|//h6")]
        assert levels[0] == 1, name
        assert levels.count(1) == 1, name
        assert all(b <= a + 1 for a, b in pairwise(levels)), name


def test_every_figure_has_its_caption_view_and_numbers(pages: dict[str, html.HtmlElement]) -> None:
    views = {path.stem for path in VIEWS.glob("*.sql")}
    figures = [(name, figure) for name, page in pages.items() for figure in page.iter("figure")]
    assert figures
    for name, figure in figures:
        said = figure.xpath("string(figcaption)")
        (named,) = figure.xpath("figcaption//*[@class='source']/code/text()")
        assert "n = " in said, name
        assert set(named.split(", ")) <= views, (name, named)
        assert figure.xpath(".//table/thead//th[@scope='col']"), name
        assert figure.xpath(".//table/tbody/tr"), name


def test_no_page_is_big(site: Path) -> None:
    sizes = {path.name: path.stat().st_size for path in site.rglob("*.html")}
    assert {name: size for name, size in sizes.items() if size > LARGEST} == {}


# ---- numbers -------------------------------------------------------------------------------


def ask(home: Home, sql: str) -> list[list[str]]:
    """What a SELECT on the views gives where nothing is held, as a page says it."""
    with open_database(home.database) as con:
        assert hide_held(con) > 0
        rows = con.execute(sql).fetchall()
    return [[cell(value).striptags() for value in row] for row in rows]


def numbers(page: html.HtmlElement, figure: str, *columns: int) -> list[list[str]]:
    """Some columns of the table of a figure."""
    rows = page.xpath(f"//figure[@id='{figure}']//tbody/tr")
    return [[row[column].text_content() for column in columns] for row in rows]


def test_stories_by_month_are_those_of_the_sql(
    home: Home, pages: dict[str, html.HtmlElement]
) -> None:
    sql = """SELECT month, count(DISTINCT story_id), count(*)
             FROM counted SEMI JOIN publishable USING (article_id)
             WHERE month IS NOT NULL GROUP BY ALL ORDER BY month"""
    assert numbers(pages["index.html"], "time", 0, 1, 2) == ask(home, sql) != []


def test_an_authority_s_themes_are_those_of_the_sql(
    home: Home, pages: dict[str, html.HtmlElement]
) -> None:
    most = "SELECT mode(name) FROM (SELECT unnest(authorities) AS name FROM story_flat)"
    ((name,),) = ask(home, most)
    sql = f"""SELECT count(*) AS stories FROM (
                SELECT unnest(themes) AS theme FROM story_flat
                WHERE list_contains(authorities, '{name}'))
              GROUP BY theme ORDER BY stories DESC"""
    page = pages[f"authority/{slug(name)}.html"]
    assert numbers(page, "themes", 1) == ask(home, sql) != []


def test_a_theme_s_authorities_are_those_of_the_sql(
    home: Home, pages: dict[str, html.HtmlElement]
) -> None:
    sql = """SELECT name, count(*) AS stories FROM (
               SELECT unnest(authorities) AS name FROM story_flat
               WHERE list_contains(themes, 'funding'))
             GROUP BY name ORDER BY stories DESC, name LIMIT 15"""
    assert numbers(pages["theme/funding.html"], "places", 0, 1) == ask(home, sql) != []


def test_critical_articles_by_source_are_those_of_the_sql(
    home: Home, pages: dict[str, html.HtmlElement]
) -> None:
    sql = """SELECT name, critical, teasers FROM right_of_reply JOIN source ON id = source_id
             ORDER BY critical DESC, name"""
    assert numbers(pages["voices.html"], "reply", 0, 1, 4) == ask(home, sql) != []


# ---- a page of each template ---------------------------------------------------------------


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_no_grave_fault(browser: Browser, site: Path, scheme: Scheme) -> None:
    found: dict[str, list[Any]] = {}
    size = SIZES[WIDE]
    with closing(
        browser.new_context(bypass_csp=True, color_scheme=scheme, viewport=size)
    ) as context:
        page = context.new_page()
        for path in looked_at(site):
            page.goto(path.as_uri())
            page.evaluate(FOLDED_OUT)
            page.evaluate(AXE)
            if faults := [fault for fault in page.evaluate(FAULTS) if fault[0] in GRAVE]:
                found[path.name] = faults
    assert found == {}


def test_light_and_dark_are_two(browser: Browser, site: Path) -> None:
    paper = "getComputedStyle(document.documentElement).backgroundColor"
    lightness = []
    for scheme in SCHEMES:
        with closing(browser.new_context(color_scheme=scheme)) as context:
            colour = opened(context, site / "index.html").evaluate(paper)
            lightness.append(sum(map(int, re.findall(r"\d+", colour))))
    assert lightness[0] > 3 * 200
    assert lightness[1] < 3 * 60


@pytest.mark.parametrize(
    ("window", "shown", "hidden"), [(WIDE, "wide", "narrow"), (NARROW, "narrow", "wide")]
)
def test_words_and_one_picture_of_each_figure_are_seen_without_scripts(
    browser: Browser, site: Path, window: int, shown: str, hidden: str
) -> None:
    size = SIZES[window]
    with closing(browser.new_context(java_script_enabled=False, viewport=size)) as context:
        page = context.new_page()
        for path in chapters(site):
            page.goto(path.as_uri())
            assert page.locator("h1").is_visible()
            assert len(page.locator("main").inner_text()) > 100
            assert all(map(in_window, page.locator(f"figure .{shown} svg").all()))
            assert not page.locator(f"figure .{hidden} svg:visible").count()


def test_the_first_stop_of_the_keyboard_leads_past_the_menu(browser: Browser, site: Path) -> None:
    with closing(browser.new_context()) as context:
        page = context.new_page()
        for path in chapters(site):
            page.goto(path.as_uri())
            skip = page.locator("a.skip")
            assert not in_window(skip)
            page.keyboard.press("Tab")
            assert page.evaluate("document.activeElement.className") == "skip"
            assert in_window(skip)
            page.keyboard.press("Enter")
            assert page.evaluate("document.activeElement.id") == "content"


def in_window(thing: Locator) -> bool:
    """Whether something can be seen, perhaps further down."""
    box = thing.bounding_box()
    return bool(box and box["x"] >= 0 and box["y"] >= 0 and box["width"] > 9 and box["height"] > 9)


def test_the_keyboard_opens_the_numbers_of_a_figure(browser: Browser, site: Path) -> None:
    with closing(browser.new_context()) as context:
        page = opened(context, site / "index.html")
        table = page.locator("figure table").first
        assert not table.is_visible()
        page.locator("figure summary").first.focus()
        page.keyboard.press("Enter")
        assert table.is_visible()


def test_print_has_no_menu(browser: Browser, site: Path) -> None:
    with closing(browser.new_context()) as context:
        page = context.new_page()
        page.emulate_media(media="print")
        for path in chapters(site):
            page.goto(path.as_uri())
            assert not page.locator("nav").is_visible()
            assert not page.locator("a.skip").is_visible()
            assert page.locator("main").is_visible()
