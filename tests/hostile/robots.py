"""Cases 38-49: what a robots.txt may be, and what may be crawled then."""

from tests.hostile.redirects import only_loopback
from tests.hostile.scripts import good, head, in_turn, raw, redirect, reply
from tests.hostile.server import Script
from tests.hostile.storage import asks_for_ages
from tests.hostile.world import Case, Check, Crawled, Hostile

PAGES = ("/feed", "/p1", "/p2")  # of the site that asks for a delay
RULES = b"User-agent: *\nDisallow: /denied\n"
FILLER = b"# nothing to see here, and a lot of it, so that the file becomes long\n"
EARLY = b"User-agent: *\nDisallow: /denied\n" + FILLER * (600_000 // len(FILLER))
PLAIN = {"Content-Type": "text/plain"}
LATE = b"Disallow: /late\n" + FILLER * (20_000_000 // len(FILLER))


def with_robots(name: str, script: Script, outcome: str, denied: str) -> Hostile:
    """A site with two pages, one of which RULES would deny."""
    return Hostile(
        name,
        {"/page": (good(name), outcome), "/denied": (good(f"{name}d"), denied)},
        {"/robots.txt": script},
    )


def unreachable(name: str, script: Script) -> Hostile:
    """A site of which nothing may be fetched."""
    return Hostile(name, scripts={"/robots.txt": script}, ends={"/feed": "robots_unreachable"})


def lost(name: str, target: str) -> Hostile:
    """A site whose robots.txt leads where nothing is to be had."""
    return Hostile(name, scripts={"/robots.txt": redirect(target)}, ends={"/feed": ""})


def nowhere(*outcomes: str) -> Check:
    """Case 46: each ends unreachable, or by the reason why it is; the catalogue leaves it open."""

    def check(crawled: Crawled) -> None:
        for site in LOST:
            ((outcome,),) = crawled.outcomes(site.id).values()
            assert outcome in ("robots_unreachable", *outcomes), site.id

    return check


def only_robots(*sites: str) -> Check:
    """Nothing but robots.txt was asked for, and the source is due again soon."""

    def check(crawled: Crawled) -> None:
        for site in sites:
            assert set(crawled.targets(site)) == {"/robots.txt"}, site
            assert crawled.rows(site)["/feed"]["due_at"], site
            assert site in crawled.runs[0].report["silent_sources"]

    return check


def apart(site: str, seconds: float) -> Check:
    """Case 47: in a crawl, so much time passed between two requests to a host, on average.

    Not between each two: on a busy machine a request may arrive later than it was sent.
    """

    def check(crawled: Crawled) -> None:
        targets = crawled.targets(site)
        first = len(targets) - 1 - targets[::-1].index("/feed")  # where the second crawl begins
        hits = [hit for hit in crawled.server.hits[site][:first] if hit.target in PAGES]
        assert len(hits) == len(PAGES)
        assert hits[-1].moment - hits[0].moment > seconds * (len(PAGES) - 1) * 0.9

    return check


def robots_once(crawled: Crawled) -> None:
    """Case 49: asked once, and the answer holds for the run."""
    first = crawled.server.hits["c49"]
    assert len([hit for hit in first if hit.target == "/robots.txt"]) <= len(crawled.runs)


def warned(site: str, word: str) -> Check:
    """The log says what is odd about it."""

    def check(crawled: Crawled) -> None:
        port = str(crawled.server.port(site))
        lines = [line for line in crawled.logs.splitlines() if port in line or site in line]
        assert any(word in line for line in lines), lines

    return check


def reset_soon() -> Script:
    return raw(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nUser-agent", then="reset")


SERVER_ERRORS = tuple(unreachable(f"c38-{n}", reply(RULES, n)) for n in (500, 502, 503, 599))
CUT_OFF = (
    unreachable("c39-silent", raw(then="hang")),
    unreachable("c39-reset", reset_soon()),
    unreachable("c39-closed", raw()),
)
ABSENT = tuple(
    with_robots(f"c40-{n}", reply(b"User-agent: *\nDisallow: /\n", n), "ok", "ok")
    for n in (404, 410, 403, 401)
)
NUL = (
    unreachable("c44-utf16", reply(RULES.decode().encode("utf-16"), kind="text/plain")),
    unreachable("c44-nul", reply(RULES.replace(b"D", b"\0D"), kind="text/plain")),
)
HOPS = {f"/r{n}": redirect(f"/r{n + 1}") for n in range(1, 5)}
LOST = (
    unreachable("c46-loop", redirect("/robots.txt")),
    lost("c46-private", "http://169.254.169.254/robots.txt"),
    lost("c46-away", "http://nx.invalid/robots.txt"),
)
STARS = b"User-agent: *\nDisallow: /" + b"*a" * 2000 + b"\n"


def huge(visit_head: bytes = head(200, PLAIN)) -> Script:
    return raw(visit_head, EARLY, LATE)


CASES = (
    Case(38, "robots.txt fails", SERVER_ERRORS, (only_robots(*(s.id for s in SERVER_ERRORS)),)),
    Case(39, "robots.txt never comes", CUT_OFF, (only_robots(*(s.id for s in CUT_OFF)),)),
    Case(40, "no robots.txt, though with rules in its body", ABSENT),
    Case(
        41,
        "robots.txt asks to slow down",
        (unreachable("c41", reply(RULES, 429)),),
        (only_robots("c41"),),
    ),
    Case(
        42,
        "robots.txt of 20 MB",
        (
            Hostile(
                "c42",
                {
                    "/denied": (good("c42d"), "robots_denied"),
                    "/late": (good("c42l"), "ok"),
                },
                {"/robots.txt": huge()},
            ),
        ),
    ),
    Case(
        43,
        "robots.txt with a byte order mark, and with the line ends of an old Mac",
        (
            with_robots("c43-bom", reply(b"\xef\xbb\xbf" + RULES), "ok", "robots_denied"),
            with_robots("c43-cr", reply(RULES.replace(b"\n", b"\r")), "ok", "robots_denied"),
        ),
    ),
    Case(44, "robots.txt in UTF-16 or with NUL", NUL, (only_robots(*(s.id for s in NUL)),)),
    Case(
        45,
        "robots.txt that is a page",
        (with_robots("c45", good("c45r"), "ok", "ok"),),
        (warned("c45", "HTML"),),
    ),
    Case(
        46,
        "robots.txt behind redirects",
        (
            Hostile(
                "c46",
                {
                    "/page": (good("c46"), "ok"),
                    "/denied": (good("c46d"), "robots_denied"),
                },
                {"/robots.txt": redirect("/r1"), **HOPS, "/r5": reply(RULES, kind="text/plain")},
            ),
            *LOST,
        ),
        (only_robots(*(s.id for s in LOST)), nowhere("blocked", "dns_error"), only_loopback),
    ),
    Case(
        47,
        "Crawl-delay, sane and insane",
        (
            Hostile(
                "c47",
                {path: (good("c47"), "ok") for path in PAGES[1:]},
                {"/robots.txt": reply(b"User-agent: *\nCrawl-delay: 1.5\n", kind="text/plain")},
            ),
        ),
        (apart("c47", 1.5),),
        (asks_for_ages,),
    ),
    Case(
        48,
        "a rule of 2000 stars",
        (
            Hostile(
                "c48",
                {"/" + "a" * 1500 + "b": (good("c48"), "ok")},
                {"/robots.txt": reply(STARS, kind="text/plain")},
            ),
        ),
    ),
    Case(
        49,
        "robots.txt that changes in a run",
        (
            Hostile(
                "c49",
                {f"/p{n}": (good(f"c49-{n}"), "ok") for n in range(3)},
                {"/robots.txt": in_turn(reply(b""), reply(b"User-agent: *\nDisallow: /\n"))},
            ),
        ),
        (robots_once,),
    ),
)
