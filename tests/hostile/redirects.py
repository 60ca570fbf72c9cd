"""Cases 26-37: redirects and addresses that lead where no crawler of news has any business."""

from crawler.urls import url_identity
from tests.hostile.scripts import article, feed_of, good, redirect, reply
from tests.hostile.transport import asked
from tests.hostile.world import Case, Check, Crawled, Hostile, bystander

PRIVATE = (
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "[fc00::1]",
    "[fe80::1]",
    "[::ffff:10.0.0.1]",
    "[::ffff:169.254.169.254]",
)
DISGUISED = ("2130706433", "0x7f000001", "127.1", "0177.0.0.1")  # all of 127.0.0.1
DISGUISED_PRIVATE = ("167772161", "0x0a000001", "10.1", "012.0.0.1")  # all of 10.0.0.1
SECRET = "hunter2-in-the-address"


def unasked(*sites: str) -> Check:
    """Not even a connection was opened to these."""

    def check(crawled: Crawled) -> None:
        assert {site: crawled.server.connections[site] for site in sites} == dict.fromkeys(sites, 0)

    return check


def only_loopback(crawled: Crawled) -> None:
    """No packet left for any address but those where the hostile sites listen."""
    assert "127.0.0.1" in crawled.connects, "nothing was noted"
    assert crawled.connects <= {"127.0.0.1", "::1"}


def told(site: str, path: str, word: str) -> Check:
    """The attempt's detail names what mattered."""

    def check(crawled: Crawled) -> None:
        assert word in crawled.detail(site, path)

    return check


def led_away(name: str, targets: tuple[str, ...], **entry: object) -> Hostile:
    """A site whose pages redirect to each of these."""
    pages = {f"/to{n}": (redirect(target), "blocked") for n, target in enumerate(targets)}
    return Hostile(name, pages, entry=entry)


def forbidden(name: str, host: str, listen: str = "127.0.0.1") -> Hostile:
    """A source at a loopback address that the registry does not call one; it listens."""
    return Hostile(
        name,
        ends={"/feed": "blocked"},
        entry={"homepage": f"http://{host}:{{{name}}}/", "loopback": False},
        site={"host": listen},
    )


LOOPBACKS = {
    "127": "127.0.0.1",
    "127-9": "127.9.9.9",
    "0": "0.0.0.0",
    "mapped": "[::ffff:127.0.0.1]",
}
FORBIDDEN = (
    *(forbidden(f"c29-{name}", host) for name, host in LOOPBACKS.items()),
    forbidden("c29-six", "[::1]", "::1"),
)
DISGUISES = tuple(forbidden(f"c30-{n}", host) for n, host in enumerate(DISGUISED))

STRANGE = {
    "/space": ("{base}/a strange place", "ok"),
    "/backslash": ("\\a\\strange\\place", "ok"),
    "/port": ("http://127.0.0.1:99999/", "blocked"),
    "/bracket": ("http://[::1/", "blocked"),
    "/nul": ("{base}/a%00strange", "ok"),
    "/lines": ("{base}/a%0d%0aX-Strange: place", "ok"),
    "/latin": ("{base}/stra\xdfe", "ok"),
    "/long": ("{base}/" + "a" * 20_000, "blocked"),
    "/longer": ("{base}/" + "a" * 100_000, "too_large"),  # no header may be so long
    "/empty": ("http://", "redirect_loop"),  # the page itself, by RFC 3986
}
STRANGE_LINKS = (
    "http://127.0.0.1:99999/",
    "http://[::1/",
    "/a\\strange\\link",
    "/a strange link",
    "/a\r\nstrange\r\nlink",
    "/" + "b" * 100_000,
    "http:///",
    "http://user:secret@127.0.0.1/",
)
SPELLINGS = (
    "/one",
    "/one/",
    "/one?utm_source=rss&utm_medium=feed",
    "/one#comments",
    "/one?PHPSESSID=0123456789",
)


def strange_links_cost_no_other(crawled: Crawled) -> None:
    """Case 36: the feed's good links before and after the strange ones were fetched."""
    found = crawled.outcomes("c36-links")
    assert found["/good-before"] == found["/good-after"] == ["ok"]
    assert all(outcomes == ["ok"] for outcomes in found.values()), found


def no_password_is_told(crawled: Crawled) -> None:
    """Case 35: it is in no log, in no report and in no row."""
    assert SECRET not in crawled.logs
    frontier = (crawled.home / "data").glob("frontier.sqlite*")
    assert not any(SECRET.encode() in path.read_bytes() for path in frontier)


def one_row(site: str, *paths: str) -> Check:
    """Case 26: one row for each URL that was listed, none for a hop."""

    def check(crawled: Crawled) -> None:
        assert sorted(crawled.rows(site)) == sorted(["/feed", *paths])

    return check


def at_most_ten_hops(crawled: Crawled) -> None:
    hops = [target for target in crawled.targets("c27") if target.startswith("/chain")]
    assert len(hops) <= 11, hops


def one_identity(crawled: Crawled) -> None:
    """Case 37: one row, one request; and what loopback cannot show, http and www."""
    assert sorted(crawled.rows("c37")) == ["/feed", "/one"]
    assert len([t for t in crawled.targets("c37") if t.startswith("/one")]) == 1
    spellings = ("http://a.example/x", "https://www.a.example/x/", "https://a.example/x?utm_id=1")
    assert len({url_identity(url) for url in spellings}) == 1


META_REFRESH = '<meta http-equiv="refresh" content="0; url=http://169.254.169.254/latest/">'

CASES = (
    Case(
        26,
        "redirects in a circle",
        (
            Hostile(
                "c26",
                {
                    "/self": (redirect("{base}/self"), "redirect_loop"),
                    "/a": (redirect("/b"), "redirect_loop"),
                },
                {"/b": redirect("/a")},
            ),
        ),
        (one_row("c26", "/self", "/a"),),
    ),
    Case(
        27,
        "redirects without end",
        (
            Hostile(
                "c27",
                {"/chain0": (redirect("/chain1"), "redirect_loop")},
                {f"/chain{n}": redirect(f"/chain{n + 1}") for n in range(1, 40)},
            ),
        ),
        (at_most_ten_hops, one_row("c27", "/chain0")),
    ),
    Case(
        28,
        "redirects to what is not the web",
        (
            led_away(
                "c28",
                (
                    "file:///etc/hostname",
                    "ftp://127.0.0.1/",
                    "data:text/html,<p>hello",
                    "javascript:alert(1)",
                    "gopher://127.0.0.1/",
                ),
            ),
        ),
        (told("c28", "/to0", "file:"),),
    ),
    Case(
        29,
        "addresses that are not public",
        (
            led_away("c29", tuple(f"http://{host}/" for host in PRIVATE), hosts=list(PRIVATE)),
            led_away("c29-strange", tuple(f"http://{host}/" for host in PRIVATE)),
            *FORBIDDEN,
        ),
        (only_loopback, unasked(*(site.id for site in FORBIDDEN))),
    ),
    Case(
        30,
        "addresses in disguise",
        (
            led_away(
                "c30",
                tuple(f"http://{host}/" for host in DISGUISED_PRIVATE),
                hosts=list(DISGUISED_PRIVATE),
            ),
            *DISGUISES,
        ),
        (only_loopback, unasked(*(site.id for site in DISGUISES))),
    ),
    Case(
        31,
        "a public name of a private address",
        (forbidden("c31", "localhost"),),
        (unasked("c31"),),
    ),
    Case(
        32,
        "ports that are not the web's",
        (
            led_away("c32", ("http://127.0.0.1:{c32-listener}/", "http://127.0.0.1:22/")),
            bystander("c32-listener"),
            Hostile(
                "c32-configured",
                {"/page": (redirect("http://127.0.0.1:{c32-friend}/moved"), "ok")},
                entry={"hosts": ["127.0.0.1:{c32-friend}"]},
            ),
            bystander("c32-friend", {"/moved": good("c32")}),
        ),
        (unasked("c32-listener"),),
    ),
    Case(
        33,
        "redirects to another domain",
        (
            led_away(
                "c33",
                ("http://other.example/landing", "https://127.0.0.1.other.example/"),
            ),
        ),
        (
            told("c33", "/to0", "http://other.example/landing"),
            told("c33", "/to1", "127.0.0.1.other.example"),
        ),
    ),
    Case(
        34,
        "redirects by meta element",
        (Hostile("c34", {"/page": (reply(article("c34", in_head=META_REFRESH)), "blocked")}),),
        (only_loopback, asked("c34", "/page", 1), told("c34", "/page", "169.254.169.254")),
    ),
    Case(
        35,
        "a password in an address",
        (
            led_away("c35", (f"http://user:{SECRET}@127.0.0.1:{{c35}}/inside",)),
            Hostile(
                "c35-feed",
                scripts={"/feed": reply(feed_of([f"http://user:{SECRET}@127.0.0.1/", "/good"]))},
                pages={"/good": (good("c35"), "ok")},
            ),
        ),
        (no_password_is_told, asked("c35", "/inside", 0)),
    ),
    Case(
        36,
        "addresses that are hardly any",
        (
            Hostile(
                "c36",
                {path: (redirect(place), outcome) for path, (place, outcome) in STRANGE.items()},
                site={"otherwise": good("c36")},
            ),
            Hostile(
                "c36-links",
                {"/good-before": (good("c36a"), "ok"), "/good-after": (good("c36b"), "ok")},
                {"/feed": reply(feed_of(["/good-before", *STRANGE_LINKS, "/good-after"]))},
                site={"otherwise": good("c36c")},
            ),
        ),
        (strange_links_cost_no_other,),
    ),
    Case(
        37,
        "one page in many spellings",
        (
            Hostile(
                "c37",
                {"/one": (good("c37"), "ok")},
                {"/feed": reply(feed_of(SPELLINGS), kind="text/xml")},
            ),
        ),
        (one_identity,),
    ),
)
