"""Stories: which articles are one text or one event, and who had the words first."""

import random
import shutil
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from crawler.archive import ArchiveWriter, Exchange
from crawler.demo import Site, Story, World, load_world
from crawler.home import CHECKOUT, Home
from pipeline.build import build
from pipeline.model import Member
from pipeline.reuse.order import Piece
from pipeline.reuse.prints import fingerprint_text, print_table
from pipeline.stories import Grouped, group
from reports.database import run_checks
from tests.conftest import VIEWS, rows
from tests.planted import HALF, NEW_LEAD, QUOTED, TRIMMED, measure, pieces_of, planted, prints_of

NOON = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SOURCES = [
    ("echo", "The Daily Echo", "https://www.dailyecho.example/"),
    ("mail", "Mail", "https://mail.example/"),
    ("blog", "Blog", "https://blog.example/"),
]
FLOORS = {
    TRIMMED: 0.95,
    NEW_LEAD: 0.95,
    HALF: 0.90,
}  # raised by hand, lowered with a changelog line


def words(seed: int, sentences: int = 12) -> list[str]:
    """Sentences that no other seed has."""
    dice = random.Random(seed)
    return [
        " ".join(f"w{dice.randrange(5000)}" for _ in range(12)).capitalize() + "."
        for _ in range(sentences)
    ]


def piece(id: str, text: str, source: str = "echo", **told: Any) -> tuple[Piece, str]:
    usual = Piece(
        id=id,
        page=f"{source}.example/{id}",
        revision=1,
        source_id=source,
        medium="blog" if source == "blog" else "local-newspaper",
        published_at=NOON,
        published_precision="second",
        first_seen_at=NOON + 48 * HOUR,
        credited_to="",
        agency="",
        post=None,
        relevant=False,
        authorities=frozenset(),
    )
    return replace(usual, **told), text


def grouped(
    *articles: tuple[Piece, str], sources: Sequence[tuple[str, str, str]] = SOURCES
) -> Grouped:
    prints = print_table(fingerprint_text(one.id, text) for one, text in articles)
    told = [(one.id, "", text) for one, text in articles if one.relevant]
    return group((one for one, _ in articles), prints, sources, told)


def roles(found: Grouped) -> dict[str, tuple[str, str | None]]:
    """Of each article, its role and whose words it repeats."""
    return {one.article_id: (one.role, one.of_article_id) for one in found.members}


def stories(members: Iterable[Member]) -> list[set[str]]:
    """The articles of each story."""
    found: dict[str, set[str]] = {}
    for one in members:
        found.setdefault(one.story_id, set()).add(one.article_id)
    return sorted(found.values(), key=sorted)


WHOLE = " ".join(words(1))

# Copies


def test_planted_copies_are_found_and_nothing_else() -> None:
    articles = planted(600)
    found = measure(articles, group(pieces_of(articles), prints_of(articles), [], []))
    for kind, floor in FLOORS.items():
        assert found.recall[kind] >= floor, kind
        assert found.directed[kind] >= floor, kind
    assert found.recall[QUOTED] == 0  # a quotation makes no copy
    assert found.precision >= 0.98


@pytest.mark.parametrize(
    ("kept", "own", "role"),
    [(12, 0, "copy"), (5, 0, "copy"), (12, 1, "copy"), (12, 3, "rewrite"), (6, 6, "rewrite")],
)
def test_a_copy_has_no_words_of_its_own_to_speak_of(kept: int, own: int, role: str) -> None:
    text = " ".join([*words(2, own), *words(1)[:kept]])
    found = grouped(piece("a", WHOLE), piece("b", text, "mail", published_at=NOON + HOUR))
    assert roles(found) == {"a": ("original", None), "b": (role, "a")}
    copy = next(one for one in found.members if one.article_id == "b")
    assert copy.share == pytest.approx(kept / (kept + own), abs=0.07)
    assert copy.share_back == pytest.approx(kept / 12, abs=0.07)


def test_capitals_punctuation_and_quotes_make_no_difference() -> None:
    text = "  ".join(sentence.upper().replace(".", " – ") for sentence in words(1))
    found = grouped(piece("a", WHOLE), piece("b", text, "mail", published_at=NOON + HOUR))
    assert [(one.share, one.share_back) for one in found.members] == [(None, None), (1.0, 1.0)]


def test_an_article_alone_is_the_original_of_its_story() -> None:
    found = grouped(piece("a", WHOLE))
    assert roles(found) == {"a": ("original", None)}
    assert [one.article_id for one in found.stories] == ["a"]


def test_short_texts_are_not_compared() -> None:
    text = "Thank you all so much for your help with this."
    assert len(stories(grouped(piece("a", text), piece("b", text, "mail")).members)) == 2


def test_what_a_source_says_under_each_article_joins_none() -> None:
    footer = " ".join(words(99, 4))
    articles = [piece(str(n), " ".join([*words(n, 4), footer])) for n in range(5)]
    assert len(stories(grouped(*articles).members)) == 5
    copied = piece("copy", " ".join(words(3, 4)), "mail", published_at=NOON + HOUR)
    assert roles(grouped(*articles, copied))["copy"] == ("copy", "3")


def test_a_source_s_own_background_joins_less_than_another_s_copy() -> None:
    text = " ".join([*words(1)[:5], *words(2, 7)])
    elsewhere = piece("b", text, "mail", published_at=NOON + HOUR)
    at_home = piece("b", text, published_at=NOON + HOUR)
    assert len(stories(grouped(piece("a", WHOLE), elsewhere).members)) == 1
    assert len(stories(grouped(piece("a", WHOLE), at_home).members)) == 2


@pytest.mark.parametrize("first", [True, False])
def test_a_page_of_short_news_does_not_join_what_it_puts_together(first: bool) -> None:
    parts = [words(n, 4) for n in range(1, 5)]
    when = NOON - HOUR if first else NOON + HOUR
    brief = piece("brief", " ".join(s for part in parts for s in part), "mail", published_at=when)
    found = grouped(brief, *(piece(str(n), " ".join(part)) for n, part in enumerate(parts)))
    assert len(stories(found.members)) == 5


def test_half_copies_of_one_text_are_one_story() -> None:
    halves = [
        piece(str(n), " ".join([*words(1)[3 * n : 3 * n + 6], *words(n + 2, 5)]), f"paper-{n}",
              published_at=NOON + HOUR)
        for n in range(3)
    ]  # fmt: skip
    found = grouped(piece("a", WHOLE), *halves)
    assert len(stories(found.members)) == 1


def test_cut_copies_of_one_text_are_one_story() -> None:
    cut = [
        piece(str(n), " ".join(words(1)[3 * n : 3 * n + 5]), f"paper-{n}", published_at=NOON + HOUR)
        for n in range(2)
    ]
    assert roles(grouped(piece("a", WHOLE), *cut)) == {
        "a": ("original", None),
        "0": ("copy", "a"),
        "1": ("copy", "a"),
    }


def test_a_copy_of_a_changed_copy_is_a_copy_of_the_original() -> None:
    changed = " ".join([*words(1)[:11], *words(2, 1)])
    found = grouped(
        piece("a", WHOLE),
        piece("b", changed, "mail", published_at=NOON + HOUR),
        piece("c", changed, "blog", published_at=NOON + 2 * HOUR),
    )
    assert roles(found) == {"a": ("original", None), "b": ("copy", "a"), "c": ("copy", "a")}


def test_shared_sentences_are_whole_and_more_than_a_phrase() -> None:
    text = " ".join([*words(1)[:6], "He agreed.", *words(2, 1)])
    found = grouped(
        piece("a", f"{WHOLE} He agreed."), piece("b", text, "mail", published_at=NOON + HOUR)
    )
    assert [text[one.start_char : one.end_char] for one in found.shared] == words(1)[:6]
    assert {(one.article_id, one.of_article_id) for one in found.shared} == {("b", "a")}


# Who had the words first


@pytest.mark.parametrize(
    ("one", "other", "original"),
    [
        pytest.param({}, {"published_at": NOON + HOUR}, "a", id="published-first"),
        pytest.param({}, {"published_at": NOON - HOUR}, "b", id="published-later"),
        pytest.param({"credited_to": "Mail"}, {"published_at": NOON + HOUR}, "b", id="credits"),
        pytest.param({}, {"credited_to": "DailyEcho", "published_at": NOON - HOUR}, "a",
                     id="credits-by-the-site-s-name"),
        pytest.param({"credited_to": "Nobody known"}, {"published_at": NOON + HOUR}, "a",
                     id="credits-a-stranger"),
        pytest.param({"credited_to": "Mail"}, {"credited_to": "Echo", "published_at": NOON + HOUR},
                     "a", id="credit-each-other"),
        pytest.param({"published_precision": "day", "published_at": NOON.replace(hour=0)},
                     {"published_at": NOON + 24 * HOUR}, "a", id="days-apart"),
        pytest.param({"published_at": None, "first_seen_at": NOON - HOUR}, {}, "a",
                     id="seen-before-the-other-was-published"),
        pytest.param({"agency": "PA"}, {}, "b", id="agency-credit-decides-a-tie"),
        pytest.param({"agency": "PA", "published_precision": "day"}, {"published_at": NOON + HOUR},
                     "b", id="agency-credit-decides-within-a-day"),
        pytest.param({"agency": "PA"}, {"published_at": NOON + HOUR}, "a",
                     id="time-goes-before-an-agency-credit"),
    ],
)  # fmt: skip
def test_the_original_is_who_was_first_or_is_credited(
    one: dict[str, Any], other: dict[str, Any], original: str
) -> None:
    found = grouped(piece("a", WHOLE, **one), piece("b", WHOLE, "mail", **other))
    copy = "b" if original == "a" else "a"
    assert roles(found) == {original: ("original", None), copy: ("copy", original)}
    assert [story.article_id for story in found.stories] == [original]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param({}, {}, id="the-same-second"),
        pytest.param({"published_at": NOON.replace(hour=0), "published_precision": "day"}, {},
                     id="a-day-and-a-time-of-it"),
        pytest.param({"published_at": None}, {}, id="no-date"),
        pytest.param({"credited_to": "Mail"}, {"credited_to": "Daily Echo"}, id="each-other"),
    ],
)  # fmt: skip
def test_where_nothing_tells_nobody_is_the_original(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    found = grouped(piece("a", WHOLE, **one), piece("b", WHOLE, "mail", **other))
    assert roles(found) == {"a": ("copy", "b"), "b": ("copy", "a")}
    assert len(found.stories) == 1


@pytest.mark.parametrize(
    ("kept", "credit", "role"),
    [
        (12, "Daily Echo", "repost"),
        (12, "", "copy"),
        (8, "", "rewrite"),
        (5, "Daily Echo", "discussion"),
    ],
)
def test_a_blog_that_copies_reposts_where_it_names_its_source(
    kept: int, credit: str, role: str
) -> None:
    text = " ".join([*words(1)[:kept], *words(2, 12 - kept)])
    told = {"published_at": NOON + HOUR, "credited_to": credit}
    assert roles(grouped(piece("a", WHOLE), piece("b", text, "blog", **told)))["b"] == (role, "a")


def test_the_paper_that_is_credited_counts_also_where_others_had_the_text_before() -> None:
    found = grouped(
        piece("wire", WHOLE, "mail"),
        piece("a", WHOLE, published_at=NOON + HOUR),
        piece("b", WHOLE, "blog", published_at=NOON + 2 * HOUR, credited_to="Daily Echo"),
    )
    assert roles(found)["b"] == ("repost", "a")
    assert roles(found)["a"] == ("copy", "wire")


def test_revisions_of_a_page_are_one_member_of_a_story() -> None:
    edited = " ".join([*words(1)[:11], *words(5, 1)])
    page = {"page": "echo.example/1"}
    found = grouped(
        piece("a1", WHOLE, **page),
        piece("a2", edited, revision=2, **page),
        piece("b", edited, "mail", published_at=NOON + HOUR),
    )
    assert roles(found) == {
        "a1": ("original", None),
        "a2": ("original", None),
        "b": ("copy", "a2"),
    }


# Threads


def test_posts_of_a_thread_are_the_discussion_of_its_first() -> None:
    thread: dict[str, Any] = {"source": "blog", "medium": "forum"}
    posts = [
        piece(f"p{n}", " ".join(words(n + 20, 4)), page=f"forum.example/t/7#p{n}", post=n,
              published_at=NOON + n * HOUR, **thread)
        for n in (1, 2, 3)
    ]  # fmt: skip
    pasted = piece("p4", WHOLE, page="forum.example/t/7#p4", post=4,
                   published_at=NOON + 4 * HOUR, **thread)  # fmt: skip
    report = piece("a", WHOLE, published_at=NOON - HOUR)
    found = grouped(*posts, pasted, report)
    assert stories(found.members) == [{"a", "p4"}, {"p1", "p2", "p3"}]
    assert roles(found)["p3"] == ("discussion", None)
    assert roles(found)["p4"] == ("copy", "a")


# Events


def event_files() -> list[tuple[str, dict[str, Any]]]:
    folder = Path(__file__).with_name("events")
    return [
        (name, report)
        for name in ("same", "other")
        for report in tomllib.loads((folder / f"{name}.toml").read_text("utf-8"))["report"]
    ]


def demo_articles(world: World) -> list[tuple[Piece, str, str]]:
    """(piece, title, text) of each report of the demo, coded as its authors say."""
    return [
        (
            piece(
                story.name,
                "",
                site.id,
                published_at=story.published,
                first_seen_at=story.published + HOUR,
                relevant=world.expected(story)["relevant"],
                authorities=frozenset(world.expected(story)["authorities"]),
            )[0],
            story.title,
            "\n\n".join(text for kind, text in story.blocks if kind != "aside"),
        )
        for site in world.sites
        for story in site.stories
        if site.id != "family-corner"
    ]


def test_reports_of_one_event_are_one_story_and_other_events_are_not() -> None:
    known = {one.id: (one, title, text) for one, title, text in demo_articles(WORLD)}
    for n, (name, report) in enumerate(event_files()):
        of = known[report["of"]][0]
        assert of.published_at is not None
        later = of.published_at + timedelta(hours=report["hours"])
        one, _ = piece(f"{name}-{n}", "", report["source"], published_at=later, relevant=True,
                       first_seen_at=later + HOUR, authorities=of.authorities)  # fmt: skip
        known[one.id] = (one, report["title"], report["text"].strip())
    told = [(one.id, title, text) for one, title, text in known.values() if one.relevant]
    prints = print_table(fingerprint_text(id, text) for id, (_, _, text) in known.items())
    found = group((one for one, _, _ in known.values()), prints, SOURCES, told)
    story = {one.article_id: one.story_id for one in found.members}
    same, other = (
        [
            story[f"{name}-{n}"] == story[report["of"]]
            for n, (name, report) in enumerate(event_files())
            if name == wanted
        ]
        for wanted in ("same", "other")
    )
    assert (sum(same), len(same)) == (14, 14)
    assert (sum(other), len(other)) == (0, 10)
    assert len(found.stories) == len(known) - len(same) - len(COPIES)
    assert roles(found)["same-0"] == ("report", None)


@pytest.mark.parametrize("quoted", [True, False])
def test_a_statement_that_two_sources_quote_tells_of_one_event(quoted: bool) -> None:
    told: dict[str, Any] = {"relevant": True, "authorities": frozenset(["Leeds"])}
    statement = words(77, 1)[0]
    anew = " ".join(reversed(statement.rstrip(".").split()))  # in other words, as it were
    one = piece("a", " ".join([statement, *words(1)]), **told)
    other = piece("b", " ".join([statement if quoted else anew, *words(2)]), "mail", **told)
    others = [piece(str(n), " ".join(words(n + 30)), **{**told, "authorities": frozenset()})
              for n in range(20)]  # fmt: skip
    assert roles(grouped(one, other, *others))["b"][0] == ("report" if quoted else "original")


# The demo world, read by hand: what its own files say of copies, edits and removals

WORLD = load_world(CHECKOUT / "data" / "demo", 1)
LATER = load_world(CHECKOUT / "data" / "demo", 2)
# Page: (its role, the page whose words it has). The blog dates one of its reposts before the
# original, and names its source under both. The county's homes are one text of the Local Democracy
# Reporting Service; the Courier had it at 5.45, the broadcaster changed it at 9.20.
COPIES = {
    "open-file-blog/repost-severnside": (
        "repost",
        "severnside-gazette/swindon-third-director-in-four-years",
    ),
    "open-file-blog/repost-teacher-rang-social-workers": (
        "repost",
        "birmingham-echo/teacher-rang-social-workers",
    ),
    "pennine-tv/lancashire-to-buy-homes-for-children-in-care": (
        "rewrite",
        "aire-courier/lancashire-own-childrens-homes",
    ),
}
EDITED = "aire-courier/leeds-childrens-homes-budget-hole"
REMOVED = "severnside-gazette/yate-kingswood-centres-axe"
THREADS = 7
DIFF = """Text
- A shortage of places for children in care has left Leeds City Council facing an overspend of \
£19.4m, with half of the financial year still to go.
+ A shortage of places for children in care has left Leeds City Council facing an overspend of \
£14.9m, with half of the financial year still to go.

+ Seventy-one households in the city have given up fostering since January last year, the papers \
say, and only 40 have come forward to replace them.

- The council has been approached for a comment.
+ A spokesperson for Leeds City Council said: “We will never choose a home for a child by its \
price tag, and we make no apology for that.
+ The four houses will have paid for themselves inside three years.”"""


def archived(
    home: Home, name: str, world: World, told: Sequence[tuple[Site, Story]], when: datetime
) -> None:
    """An archive file of some pages of the demo, as its server answers."""
    writer = ArchiveWriter(home.archive, name, {"software": "tests", "isPartOf": name})
    for n, (site, story) in enumerate(told):
        for path in (*story.old_paths, story.path, *story.also_at):
            status, kind, text = world.answer(site, path)
            headers = [("Location", kind)] if status == 301 else [("Content-Type", kind)]
            moment = when + n * timedelta(seconds=1)
            url = site.home + path
            outcome = {200: "ok", 301: "redirect", 410: "gone"}[status]
            about = {"source": site.id, "kind": "page", "outcome": outcome}
            writer.add(Exchange(url, status, "", [], headers, text.encode(), moment), about)
    writer.close({}, when)


def pages_of(world: World, *names: str) -> list[tuple[Site, Story]]:
    return [
        (site, story)
        for site in world.sites
        for story in site.stories
        if not story.forbidden and (story.name in names or not names)
    ]


def ask(home: Home, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home.database), read_only=True) as con:
        return con.execute(sql).fetchall()


def name_of(page: str) -> str:
    """The demo's name of a page of the database."""
    return PAGES[page.partition("#")[0]]


PAGES = {
    f"{site.home}{story.path}".partition("//")[2].rstrip("/"): story.name
    for site in WORLD.sites
    for story in site.stories
}
SEEN = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The demo world as two crawls find it, built."""
    home = Home(tmp_path_factory.mktemp("demo"))
    archived(home, "a", WORLD, pages_of(WORLD), SEEN)
    archived(home, "b", LATER, pages_of(LATER), SEEN + 24 * HOUR)
    build(home, WORLD.sources(), VIEWS, workers=2)
    return home


def test_the_demo_s_copies_are_known_with_their_direction(demo: Home) -> None:
    sql = """SELECT a.page, m.role, of.page, m.story_id = o.story_id FROM member AS m
        JOIN article AS a ON a.id = m.article_id JOIN article AS of ON of.id = m.of_article_id
        JOIN member AS o ON o.article_id = of.id"""
    found = {name_of(page): (role, name_of(of)) for page, role, of, _ in ask(demo, sql)}
    assert found == COPIES
    assert all(same for *_, same in ask(demo, sql))


def test_every_other_page_of_the_demo_is_a_story_of_its_own(demo: Home) -> None:
    papers = len(pages_of(WORLD)) - THREADS
    assert ask(demo, "SELECT count(*) FROM story") == [(papers - len(COPIES) + THREADS,)]
    assert ask(demo, "SELECT count(*) FROM member") == ask(demo, "SELECT count(*) FROM article")
    found = Counter(role for (role,) in ask(demo, "SELECT role FROM member"))
    posts = sum(len(story.posts) for _, story in pages_of(WORLD) if story.posts)
    assert found == {
        "original": papers - len(COPIES) + THREADS + 1,  # one of them twice: before and after
        "discussion": posts - THREADS,
        "repost": 2,
        "rewrite": 1,
    }


def test_the_demo_s_shared_sentences_are_those_of_both_texts(demo: Home) -> None:
    found = ask(
        demo,
        """SELECT a.text[start_char + 1 : end_char], of.text FROM shared
        JOIN article AS a ON a.id = article_id JOIN article AS of ON of.id = of_article_id
        WHERE a.source_id = 'pennine-tv'""",
    )
    assert len(found) == 14
    assert all(plain(sentence) in plain(of) for sentence, of in found)
    assert not any("may soon be able to come back" in sentence for sentence, _ in found)


def test_the_demo_s_one_edit_and_one_removal_are_told(demo: Home) -> None:
    sql = "SELECT page, revision, kinds, silent, relevant, diff FROM edits"
    ((page, *told),) = ask(demo, sql)
    assert (name_of(page), told) == (EDITED, [2, ["body"], True, True, DIFF])
    sql = "SELECT page, kind, gone_at, back_at, gone_now FROM removals"
    ((page, kind, gone_at, back_at, gone_now),) = ask(demo, sql)
    assert (name_of(page), kind, back_at, gone_now) == (REMOVED, "deleted", None, True)
    assert gone_at.date() == (SEEN + 24 * HOUR).date()


def test_the_demo_s_syndication_is_told(demo: Home) -> None:
    sql = """SELECT source_id, known, agency, pages, copies, rewrites, reposts, taken_by
        FROM syndication ORDER BY source_id"""
    assert ask(demo, sql) == [
        ("aire-courier", True, "Local Democracy Reporting Service", 2, 0, 1, 0, ["pennine-tv"]),
        ("birmingham-echo", True, "", 2, 0, 0, 1, ["open-file-blog"]),
        ("severnside-gazette", True, "", 2, 0, 0, 1, ["open-file-blog"]),
    ]


def plain(text: str) -> str:
    return text.replace("’", "'").replace("“", '"').replace("”", '"')


# Nothing depends on order


def test_the_order_of_the_articles_does_not_matter() -> None:
    articles = planted(150)
    whole = group(pieces_of(articles), prints_of(articles), [], [])
    for seed in range(10):
        shuffled = random.Random(seed).sample(articles, len(articles))
        prints = prints_of(random.Random(-seed).sample(articles, len(articles)))
        found = group(pieces_of(shuffled), prints, [], [])
        assert found == whole


@pytest.mark.parametrize("seed", range(2))
def test_built_in_any_order_the_stories_are_those_of_one_build(tmp_path: Path, seed: int) -> None:
    in_any_order(tmp_path, seed)


def in_any_order(folder: Path, seed: int) -> None:
    """Build after each of some archive files, in an order of chance, and once from nothing."""
    home, source = Home(folder / "home"), Home(folder / "source")
    names = [name for pair in COPIES.items() for name in (pair[0], pair[1][1])]
    chosen = [*pages_of(WORLD, *names), *pages_of(WORLD, EDITED, REMOVED)]
    later = pages_of(LATER, EDITED, REMOVED)
    for n in range(4):
        archived(source, f"a{n}", WORLD, chosen[n::4], SEEN + n * HOUR)
    archived(source, "b", LATER, later, SEEN + 24 * HOUR)
    files = sorted(source.archive.iterdir())
    home.archive.mkdir(parents=True)
    for file in random.Random(seed).sample(files, len(files)):
        shutil.copy(file, home.archive)
        build(home, WORLD.sources(), VIEWS)
    assert run_checks(home.database, CHECKOUT / "reports" / "checks")["references_hold"] == 0
    updated = rows(home)
    assert len(updated["story"]) == 5
    shutil.rmtree(home.build)
    home.database.unlink()
    build(home, WORLD.sources(), VIEWS)
    assert rows(home) == updated
