"""Walls are known by what their makers put into them; a page that speaks of walls is a page."""

import time

import pytest

from crawler.demo import load_world
from crawler.home import CHECKOUT
from crawler.walls import Wall, wall_of

LINE = "The council said on Monday that the bridge will stay open while its joints are mended. "
MENU = "<nav><ul><li><a href='/'>Home</a></li><li><a href='/news'>News</a></li></ul></nav>"
BANNER = (
    "<div id='cookies'><h2>We value your privacy</h2><p>We and our 842 partners store and access"
    " information on your device.</p><button>Accept all</button><button>Reject all</button></div>"
)


def page(title: str, body: str, head: str = "") -> bytes:
    return (
        f"<!DOCTYPE html><html><head><title>{title}</title>{head}</head><body>{body}</body></html>"
    ).encode()


def kind_of(body: bytes, status: int = 200, **headers: str) -> str:
    wall = wall_of(status, {k.replace("_", "-"): v for k, v in headers.items()}, body)
    return wall.kind if wall else ""


PUZZLES = {
    "cloudflare, managed": page(
        "Just a moment...",
        "<noscript>Enable JavaScript and cookies to continue</noscript>"
        "<script>(function(){window._cf_chl_opt={cvId:'3'};})();</script>",
        '<meta http-equiv="refresh" content="390">',
    ),
    "cloudflare, in another language": page(
        "Einen Moment…",
        "<script>window._cf_chl_opt={};a.src='/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page"
        "/v1?ray=1';</script>",
    ),
    "cloudflare, blocked": page(
        "Attention Required! | Cloudflare",
        "<h1>Sorry, you have been blocked</h1><h2>You are unable to access echo.example</h2>",
    ),
    "cloudflare, refused": page(
        "Access denied | echo.example used Cloudflare to restrict access",
        "<h1>Error 1020</h1><p>Ray ID: 8a1</p>",
    ),
    "datadome": page(
        "echo.example",
        "<p id='cmsg'>Please enable JS and disable any ad blocker</p><script>var dd={'rt':'c'}"
        "</script><script src='https://ct.captcha-delivery.com/c.js'></script>",
    ),
    "akamai": page(
        "Access Denied",
        "<h1>Access Denied</h1> You don't have permission to access"
        ' "http&#58;&#47;&#47;echo&#46;example&#47;" on this server.<p>'
        "Reference&#32;&#35;18&#46;2d351ab8&#46;1557333295&#46;a4e16ab",
    ),
    "perimeterx": page(
        "Access to this page has been denied",
        "<h1>Press &amp; Hold to confirm you are a human (and not a bot).</h1>"
        "<div id='px-captcha'></div>",
    ),
    "imperva, framed": page(
        "",
        '<iframe id="main-iframe" src="/_Incapsula_Resource?SWUDNSAI=31" frameborder=0>'
        "Request unsuccessful. Incapsula incident ID: 89-1</iframe>",
    ),
    "imperva, interrupted": page(
        "Pardon Our Interruption",
        "<h1>Pardon Our Interruption</h1><p>As you were browsing, something about your browser"
        " made us think you might be a bot.</p>",
    ),
    "aws": page(
        "",
        '<script>window.gokuProps = {"key":"AQ"};</script>'
        '<script src="https://a.token.awswaf.com/a/challenge.js"></script>',
    ),
    "sucuri": page(
        "Sucuri WebSite Firewall - Access Denied",
        "<h1>Access Denied - Sucuri Website Firewall</h1><p>Block ID: GEO02</p>",
    ),
    "a captcha": page(
        "echo.example",
        "<h1>One more step</h1><p>Please complete the security check to access echo.example</p>"
        "<div class='g-recaptcha' data-sitekey='1'></div>",
    ),
    "a question": page(
        "Echo",
        "<p>Verify you are human by completing the action below.</p>",
        "<script src='https://guard.example/turnstile.js'></script>",
    ),
}


@pytest.mark.parametrize("status", [200, 202, 403, 405, 429, 503])
@pytest.mark.parametrize("name", PUZZLES)
def test_a_puzzle_for_robots_is_a_wall_at_any_status(name: str, status: int) -> None:
    assert kind_of(PUZZLES[name], status) == "bot"


@pytest.mark.parametrize(
    ("status", "headers", "sign"),
    [
        (403, {"cf-mitigated": "challenge"}, "header cf-mitigated: challenge"),
        (202, {"x-amzn-waf-action": "challenge"}, "header x-amzn-waf-action: challenge"),
        (405, {"x-amzn-waf-action": "captcha"}, "header x-amzn-waf-action: captcha"),
    ],
)
def test_a_header_is_enough(status: int, headers: dict[str, str], sign: str) -> None:
    assert wall_of(status, headers, b"") == Wall("bot", sign)


def test_a_sign_says_what_gave_the_wall_away() -> None:
    assert wall_of(403, {}, PUZZLES["cloudflare, managed"]) == Wall(
        "bot", "title: just a moment..."
    )
    assert wall_of(403, {}, PUZZLES["datadome"]) == Wall("bot", "mark: ct.captcha-delivery.com")


@pytest.mark.parametrize("status", [404, 410, 451, 500, 502, 301, 304])
def test_an_honest_error_is_no_wall(status: int) -> None:
    assert kind_of(page("Page not found", "<h1>Page not found</h1>"), status) == ""


@pytest.mark.parametrize("status", [401, 403, 429, 503])
def test_a_plain_refusal_is_no_puzzle(status: int) -> None:
    body = page("Forbidden", "<h1>Forbidden</h1><p>You don't have permission to access this.</p>")
    assert kind_of(body, status) == ""


CONSENT = {
    "before you continue": page(
        "Before you continue",
        "<h1>We value your privacy</h1><p>We and our 842 partners store and access information on"
        " your device. To continue to the site, please accept all cookies or manage your choices."
        "</p><form action='/consent'><button>Accept all</button><button>Reject all</button></form>",
    ),
    "a family of brands": page(
        "Echo is part of the Yahoo family of brands",
        "<h2>Echo is part of the Yahoo family of brands</h2><p>The sites and apps that we own and"
        " operate use cookies.</p><p>If you click “Accept all”, we and <a href='/p'>our partners"
        "</a> will store and/or access information on a device.</p><button>Accept all</button>"
        "<button>Reject all</button><a href='/s'>Manage privacy settings</a>",
    ),
    "without a name": page(
        "Echo",
        "<p>Echo uses cookies to show you personalised ads.</p>"
        "<button>I accept</button><button>Manage preferences</button>",
    ),
}


@pytest.mark.parametrize("name", CONSENT)
def test_a_page_of_nothing_but_a_consent_dialogue_is_a_wall(name: str) -> None:
    assert kind_of(CONSENT[name]) == "consent"


@pytest.mark.parametrize(
    "article",
    [f"<h1>Bridge</h1><p>{LINE * 12}</p>", f"<h1>Bridge</h1><p>{LINE * 4}</p>"],
)
def test_an_article_with_a_cookie_banner_is_no_wall(article: str) -> None:
    assert kind_of(page("Bridge to stay open - Echo", BANNER + article)) == ""


def test_a_short_notice_with_a_cookie_banner_is_no_wall() -> None:
    notice = "<h1>Bridge open</h1><p>The bridge is open again.</p>"
    assert kind_of(page("Bridge open - Echo", BANNER + notice)) == ""
    dated = '<meta property="article:published_time" content="2026-09-01T06:00:00Z">'
    assert kind_of(page("Echo", BANNER + "<p>The bridge is open again.</p>", dated)) == ""


@pytest.mark.parametrize(
    "title",
    [
        "Page not found",
        "404",
        "404 Not Found",
        "Error 404",
        "404 error",
        "404: page not found",
        "404 - File or directory not found.",
        "Page not found (404)",
        "Oops! That page can’t be found.",
        "Sorry, this page isn't available",
        "This page is no longer available",
        "The page you are looking for could not be found",
        "The page you requested does not exist",
        "We can't find the page you're looking for",
        "This article has been removed",
        "This story has been deleted or moved",
        "Article unavailable",
    ],
)
def test_a_page_that_says_it_is_not_there_is_a_soft_404(title: str) -> None:
    excuse = "<p>You may have typed the address wrongly. Try our home page instead.</p>"
    assert kind_of(page(title, MENU + f"<h1>{title}</h1>" + excuse)) == "soft_404"
    assert kind_of(page(title, MENU + excuse)) == "soft_404"
    assert kind_of(page("Echo", MENU + f"<h1><span>{title}</span></h1>" + excuse)) == "soft_404"


@pytest.mark.parametrize("title", ["Page Not Found | Echo", "Echo - Page not found", "404 » Echo"])
def test_the_title_of_a_soft_404_may_name_its_site(title: str) -> None:
    assert kind_of(page(title, MENU + "<p>Try our home page instead.</p>")) == "soft_404"


def test_a_soft_404_may_have_more_code_than_we_look_at() -> None:
    code = "<script>" + "var menu = 1;" * 10_000 + "</script>"
    assert kind_of(page("Page not found - Echo", "<h1>Page not found</h1>" + code)) == "soft_404"
    late = page("Page not found - Echo", code + "<h1>Page not found</h1>")
    assert kind_of(late) == "soft_404"


@pytest.mark.parametrize(
    "title",
    [
        "Echo",
        "Sorry",
        "Error",
        "Missing girl found",
        "Report not found in council archive, inquiry hears",
        "Council page not found by half of residents",
        "404 new homes approved",
        "The page that could not be turned",
        "Content creators",
        "This page is for subscribers",
    ],
)
def test_a_headline_of_like_words_is_no_soft_404(title: str) -> None:
    assert kind_of(page(f"{title} - Echo", f"<h1>{title}</h1><p>{LINE}</p>")) == ""


def test_a_long_text_is_no_soft_404_whatever_its_title() -> None:
    assert kind_of(page("Page not found", f"<h1>Page not found</h1><p>{LINE * 40}</p>")) == ""


REPORTS = {
    "a captcha": "“Verify you are human,” the screen told Jean Ruddock, 81, when she tried to pay"
    " her council tax. The council's captcha locks out the blind, a charity says.",
    "cloudflare": "Cloudflare was down for an hour. Visitors read “Just a moment...” and “Checking"
    " your browser” in place of the council's website, which uses challenge-platform scripts.",
    "cookies": "The council broke the law when its website set cookies without consent, the"
    " regulator said. “Accept all” was the only button; “Reject all” has since been added.",
    "a lost page": "“Page not found” is what parents read when they follow the council's own link"
    " to its complaints form. The page was not found by the inspectors either.",
}


@pytest.mark.parametrize("status", [200, 403, 503])
@pytest.mark.parametrize("about", REPORTS)
def test_a_report_about_walls_is_no_wall(about: str, status: int) -> None:
    headline = f"Residents complain about {about}"
    text = f"<h1>{headline}</h1><p>{REPORTS[about]}</p><p>{LINE * 5}</p>"
    assert kind_of(page(f"{headline} | Echo", MENU + text), status) == ""


def test_a_report_with_a_captcha_for_its_comments_is_no_wall() -> None:
    form = "<form><div class='h-captcha'></div><p>Verify you are human</p></form>"
    article = f"<article><h1>Bridge</h1><p>{LINE}</p></article>"
    assert kind_of(page("Bridge - Echo", article + form)) == ""
    assert kind_of(page("Bridge - Echo", f"<h1>Bridge</h1><p>{LINE * 20}</p>" + form)) == ""


@pytest.mark.parametrize(
    "script",
    [
        '<script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script>',
        '<script src="/_Incapsula_Resource?SWJIYLWA=719d34d31c8e3a6e6fffd425f7e032f3"></script>',
        '<script src="https://a.edge.sdk.awswaf.com/a/challenge.js"></script>',
        '<script src="https://js.datadome.co/tags.js"></script>',
        '<script src="https://www.google.com/recaptcha/api.js"></script>',
        '<script src="https://consent.cookiebot.com/uc.js"></script>',
        '<script src="https://cdn.privacy-mgmt.com/wrapperMessagingWithoutDetection.js"></script>',
    ],
)
def test_the_scripts_of_the_guards_do_not_make_a_wall(script: str) -> None:
    body = page("Bridge to stay open - Echo", f"<h1>Bridge</h1><p>{LINE}</p>", script)
    assert kind_of(body) == ""
    assert kind_of(page("Echo", "<div id='app'></div>", script)) == ""


def test_a_teaser_before_a_paywall_is_no_wall() -> None:
    ask = "<div class='paywall'><p>Subscribe to read on. Already a subscriber? Log in</p></div>"
    assert kind_of(page("Bridge to stay open - Echo", f"<h1>Bridge</h1><p>{LINE}</p>{ask}")) == ""


def test_no_page_of_the_demo_world_is_a_wall() -> None:
    world = load_world(CHECKOUT / "data" / "demo", 1)
    answers = [world.answer(site, story.path) for site in world.sites for story in site.stories]
    assert answers
    assert [a for a in answers if kind_of(a[2].encode(), a[0])] == []


@pytest.mark.parametrize("body", [b"", b"\x00\xff", b"<rss><channel><title>404</title></channel>"])
def test_what_is_no_page_at_all_is_read_without_fault(body: bytes) -> None:
    for status in (200, 403):
        wall_of(status, {}, body)


@pytest.mark.parametrize(
    "part",
    [
        b"<p ",
        b"<",
        b"<!--",
        b"<title ",
        b"<title>",
        b"<h1><b>",
        b"<h1 ",
        b"<script>",
        b"<iframe ",
        b"<p>verify</p>",
        b"Reference ",
        b"&#1;",
        b"&#" + b"9" * 9_000,
        b"sorry ",
    ],
)
def test_ten_megabytes_of_nonsense_are_judged_at_once(part: bytes) -> None:
    for size in (65_000, 10_000_000):
        body = b"<title>404</title>" + part * (size // len(part))
        start = time.perf_counter()
        wall_of(200, {}, body)
        assert time.perf_counter() - start < 0.5
