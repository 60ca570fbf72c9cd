"""A published database filled by hand: rows of every kind, for the views, dictionary and guide.

Seven sources from 20 August to 10 November 2026. The Echo's feed fails from 11 October on, while
its old pages are still visited; the Gazette begins on 5 October; the Herald is forbidden in
September, left alone in October, and answers in November; the Bugle is never asked. One story is
told by all, copied, edited, discussed; some articles have no date, are held, or off topic.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from pathlib import Path

import duckdb

from pipeline.store import STORAGE_VERSION, create_tables, create_views
from tests.conftest import VIEWS

FIRST, LAST = date(2026, 8, 20), date(2026, 11, 10)
DEAD = date(2026, 10, 11)  # from here on the Echo's feed fails
BEGUN = date(2026, 10, 5)  # of the Gazette
NAMES = {
    "E08000035": "Leeds",
    "E08000032": "Bradford",
    "E06000010": "Hull",
    "E08000034": "Kirklees",
}
BLANKS = {"VARCHAR": "''", "BOOLEAN": "false", "TIMESTAMP": "'2026-08-20'", "VARCHAR[]": "[]"}
TEXT = (
    "Inspectors found that services at Leeds City Council were inadequate.\n\n"
    "“Nobody listened to us until it was far too late,” said a mother.\n\n"
    "“We are sorry, and we have begun to put this right,” said a spokesman for the council.\n\n"
    "Ann Lee, who leads it, said: “It was judged to be good six years ago, and it will be again.”"
)
MOTHER = "Nobody listened to us until it was far too late,"
SPOKESMAN = "We are sorry, and we have begun to put this right,"
LEADER = "It was judged to be good six years ago, and it will be again."


class Filler:
    """Puts rows into the tables; what is not given is empty, and None where it may be."""

    def __init__(self, con: duckdb.DuckDBPyConnection):
        self.con = con
        self.numbers = count(1)
        self.blanks: dict[str, dict[str, str]] = {}  # of each table, what its columns need

    def add(self, table: str, **given: object) -> None:
        """One row."""
        if table not in self.blanks:
            described = self.con.execute(f"DESCRIBE {table}").fetchall()
            needed = [(name, kind) for name, kind, null, *_ in described if null == "NO"]
            self.blanks[table] = {name: BLANKS.get(kind, "0") for name, kind in needed}
        values = self.blanks[table] | dict.fromkeys(given, "?")
        sql = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join(values.values())})"
        self.con.execute(sql, [given[name] for name in values if name in given])

    def capture(
        self, source: str, day: date, outcome: str = "ok", kind: str = "feed", **more: object
    ) -> str:
        """One attempt at six o'clock, in the accounts unless an article claims it; its id."""
        number = next(self.numbers)
        url = str(more.get("url", f"https://{source}.example/{kind}"))
        told: dict[str, object] = {
            "id": f"capture-{number:04}",
            "run_id": f"{day}",
            "source_id": source,
            "kind": kind,
            "url": url,
            "page": url.removeprefix("https://"),
            "fetched_at": f"{day} 06:00",
            "outcome": outcome,
            "status": 200 if outcome == "ok" else None,
            "warc_file": "run-00000.warc.gz",
        }
        self.add("capture", **(told | more))
        return str(told["id"])

    def drop(self, capture: str, reason: str) -> None:
        """Say why a capture gave no article."""
        self.add("dropped", capture_id=capture, reason=reason)

    def article(self, name: str, source: str, seen: date, **more: object) -> None:
        """An article with the capture that made it; relevant, and of the first revision."""
        url = str(more.get("url", f"https://{source}.example/{name}"))
        capture = self.capture(source, seen, kind="page", url=url)
        told: dict[str, object] = {
            "id": name,
            "url": url,
            "page": url.removeprefix("https://"),
            "source_id": source,
            "title": "Leeds children's services judged inadequate",
            "text": TEXT,
            "word_count": len(TEXT.split()),
            "relevant": True,
            "relevance": 0.97,
            "language": "en",
            "published_precision": "minute",
            "published_from": "json-ld",
            "platform": "wordpress",
            "extractor": "platform",
            "first_seen_at": f"{seen} 06:00",
            "last_seen_at": f"{seen} 06:00",
            "revision": 1,
            "capture_id": capture,
        }
        self.add("article", **(told | more))
        self.add("found", capture_id=capture, article_id=name, first=True)

    def tag(self, article: str, tagger: str, label: str, evidence: str, **more: object) -> None:
        """A label and the words of the article's text that justify it."""
        start = TEXT.index(evidence)
        place = {"start_char": start, "end_char": start + len(evidence), "weight": 1.0}
        about = {"article_id": article, "tagger": tagger, "label": label, "evidence": evidence}
        self.add("tag", **about, **place, **more)


def days(first: date, last: date) -> Iterator[date]:
    """Every day from the first to the last."""
    yield from (first + timedelta(n) for n in range((last - first).days + 1))


def make_dataset(path: Path) -> Path:
    """A published database with rows of every kind, and every view."""
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{path}' AS pub (STORAGE_VERSION '{STORAGE_VERSION}')")
        con.execute("USE pub")
        create_tables(con)
        filler = Filler(con)
        con.begin()
        for fill in (_registry, _documents, _articles, _tags, _stories):
            fill(filler)
        con.commit()
        create_views(con, VIEWS)
        con.execute("USE memory")
        con.execute("DETACH pub")
    return path


def _registry(to: Filler) -> None:
    """Sources, authorities, a run a day, and what the file is made from."""
    for name, medium, serves in (
        ("echo", "local-newspaper", ["E08000035", "E08000032"]),
        ("gazette", "local-newspaper", ["E08000035"]),
        ("herald", "local-newspaper", ["E06000010"]),
        ("bugle", "hyperlocal", ["E06000010"]),
        ("wire", "national", ["ALL-UK"]),
        ("board", "forum", []),
    ):
        to.add(
            "source",
            id=name,
            name=f"The {name.title()}",
            kind="thread" if medium == "forum" else "feed",
            medium=medium,
            authorities=serves,
            status="enabled",
        )
    to.add("source", id="closed", name="Closed", medium="blog", status="disabled", reason="gone")
    for code, name in NAMES.items():
        to.add("authority", id=code, gss_code=code, short_name=name, name=name, country="England")
    told = {"short_name": "Somerset", "name": "Somerset Council", "country": "England"}
    to.add("authority", id="E10000027", **told, valid_to=date(2026, 9, 30))
    to.add("authority", id="E06000066", **told, valid_from=date(2026, 10, 1))
    for day in days(FIRST, LAST):
        to.add("run", id=f"{day}", started_at=f"{day} 06:00", software="Tocsin/0")
    to.add("provenance", key="software", value="Tocsin/0")


def _documents(to: Filler) -> None:
    """What was asked for news of new pages, day by day, and what a site's rules said."""
    for day in days(FIRST, LAST):
        to.drop(to.capture("wire", day), "feed")
        failing = "timeout" if day >= DEAD else "ok"
        to.drop(to.capture("echo", day, failing), "feed" if failing == "ok" else failing)
        if day >= BEGUN:
            to.drop(to.capture("gazette", day), "feed")
        if day.month == 9:
            to.drop(to.capture("herald", day, "robots_denied"), "robots_denied")
        if day.month == 11:
            to.drop(to.capture("herald", day), "feed")
    to.drop(to.capture("echo", FIRST, kind="robots"), "robots")
    to.drop(to.capture("echo", date(2026, 9, 9), "redirect", "page", status=301), "redirect")
    to.drop(to.capture("", FIRST, "damaged", "damaged"), "damaged")


def _articles(to: Filler) -> None:
    """Articles, of which one was edited, one has gone, one has no date, and one is a post."""
    third = date(2026, 9, 3)
    to.article("original", "echo", third, published_at="2026-09-03 05:00")
    original, published = "https://echo.example/original", "2026-09-03 05:00"
    to.article(
        *("edited", "echo", date(2026, 9, 10)),
        url=original,
        revision=2,
        published_at=published,
    )
    to.article("copied", "wire", date(2026, 9, 4), published_at="2026-09-03 17:00", agency="PA")
    to.article("told", "gazette", date(2026, 10, 6), published_at="2026-09-05 07:00")
    to.article("undated", "echo", date(2026, 9, 6), published_precision="", published_from="")
    to.article(
        *("teaser", "echo", date(2026, 10, 8)),
        published_at="2026-10-06 00:00",
        published_precision="day",
        paywalled=True,
    )
    to.article("held", "gazette", date(2026, 10, 7), published_at="2026-10-06 09:00")
    to.article("cleared", "wire", date(2026, 10, 8), published_at="2026-10-05 09:00")
    to.article("bridge", "echo", date(2026, 9, 5), relevant=False, published_at="2026-09-04 00:00")
    to.article(
        *("post", "board", date(2026, 10, 6)),
        published_at="2026-10-06 01:00",
        post=1,
        pseudonym="a1b2c3d4",
    )
    to.add("removed", article_id="original", position=1, reason="newsletter", text="Sign up")
    bridge = "https://echo.example/bridge"
    gone = to.capture("echo", date(2026, 9, 20), "gone", "page", url=bridge, status=404)
    to.drop(gone, "gone")
    for day in (date(2026, 10, 20), date(2026, 11, 3)):
        again_seen = to.capture("echo", day, "unchanged", "page", url=original, revisit=True)
        to.add("found", capture_id=again_seen, article_id="edited", first=False)


def _tags(to: Filler) -> None:
    """Tags of every tagger that a view reads."""
    for name in ("original", "edited", "copied", "told", "undated", "teaser", "held", "cleared"):
        to.tag(name, "themes", "inspection", "Inspectors found")
        to.tag(name, "relevance", "relevant", "services", rule="service: services")
        place = "Bradford" if name == "teaser" else "Kirklees" if name == "cleared" else "Leeds"
        to.tag(name, "authorities", place, "Leeds City Council")
        to.tag(name, "stance", "critical", "Inspectors found")
        if name != "told":
            to.tag(name, "reply", "reply", "said a spokesman for the council")
        to.tag(name, "quotes", "parent", MOTHER, notes=["anonymous"])
        to.tag(name, "quotes", "council-spokesperson", SPOKESMAN)
    to.tag("original", "quotes", "councillor", LEADER, subject="Ann Lee")
    for name in ("original", "copied", "told"):
        about = {"subject": "Leeds", "notes": ["body: Ofsted"]}
        to.tag(name, "judgements", "inadequate", "were inadequate", **about)
        about = {"subject": "Leeds", "notes": ["past", "body: Ofsted", "date: 2020"]}
        to.tag(name, "judgements", "good", "judged to be good six years ago", **about)
    to.tag("post", "stance", "critical", "Nobody listened to us")
    for name in ("held", "cleared"):
        to.tag(name, "risk", "family-court", "a mother", rule="family court")
    to.add("clearance", article_id="cleared", cleared_at="2026-10-09 00:00", reason="no names")


def _stories(to: Filler) -> None:
    """One story that is told, copied, edited and discussed; one told twice in a day; the rest."""
    of = {"of_article_id": "original", "share": 1.0, "share_back": 1.0}
    for name, role, more in (
        ("original", "original", {}),
        ("edited", "original", {}),
        ("copied", "copy", of),
        ("told", "report", {}),
        ("post", "discussion", {}),
    ):
        to.add("member", article_id=name, story_id="story", role=role, **more)
    for name in ("teaser", "held"):
        to.add("member", article_id=name, story_id="same day", role="report")
    of["of_article_id"] = "held"
    to.add("member", article_id="cleared", story_id="same day", role="copy", **of)
    to.add("story", id="story", article_id="original")
    to.add("story", id="same day", article_id="teaser")
    for name in ("undated", "bridge"):
        to.add("member", article_id=name, story_id=name, role="report")
        to.add("story", id=name, article_id=name)
    for name, other in (("copied", "original"), ("original", "copied")):
        to.add("shared", article_id=name, of_article_id=other, start_char=0, end_char=69)
    told = {"kinds": ["body", "correction"], "diff": "- good\n+ inadequate"}
    to.add("edit", article_id="edited", before_id="original", **told)
