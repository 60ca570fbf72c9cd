"""Revisions: what was edited, in words a person reads; what moved; what was taken down."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pytest

from crawler.archive import ArchiveWriter, Exchange
from crawler.home import CHECKOUT, Home
from pipeline.build import build
from pipeline.revisions import MOST_CHARACTERS, MOST_LINES, UNSEEN, Revision, edit, edits
from reports.database import run_checks
from tests.conftest import HULL, LEEDS, SOURCE, START, VIEWS, archive, page, rows

TEXT = (
    "Leeds City Council is £19.4m over budget.\n\n"
    "Members meet on Tuesday to hear why. “We are full,” said a manager.\n\n"
    "The homes hold 1,512 children."
)
FIRST = Revision(
    id="1",
    page="echo.example/1",
    title="Leeds homes are full",
    standfirst="",
    text=TEXT,
    authors=("Ann Lee",),
    credited_to="",
    agency="",
    published_at=datetime(2026, 8, 30, 6, 0, tzinfo=UTC),
    paywalled=False,
)
DAY = timedelta(days=1)


def revised(**changes: Any) -> Revision:
    return replace(FIRST, id="2", **changes)


# What changed


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({"title": "Leeds homes are nearly full"}, ["headline"]),
        ({"standfirst": "Papers show a gap"}, ["headline"]),
        ({"text": TEXT.replace("19.4", "14.9")}, ["body"]),
        ({"text": TEXT.replace("£", "€")}, ["body"]),
        ({"text": TEXT.replace("full", "“full”")}, ["body"]),
        ({"text": TEXT + "\n\nA second home is to open."}, ["body"]),
        ({"text": TEXT.partition("\n\n")[2]}, ["body"]),
        ({"authors": ()}, ["attribution"]),
        ({"agency": "Local Democracy Reporting Service"}, ["attribution"]),
        ({"credited_to": "Echo"}, ["attribution"]),
        ({"text": TEXT + "\n\nAdditional reporting by Bob Ray"}, ["attribution"]),
        ({"text": TEXT + "\n\nCorrection: the council has four homes, not three."}, ["correction"]),
        (
            {"title": "Leeds", "text": TEXT.replace("Tuesday", "Friday"), "authors": ("Bob Ray",)},
            ["headline", "body", "attribution"],
        ),
    ],
)
def test_an_edit_has_its_kinds(changes: dict[str, Any], kinds: list[str]) -> None:
    found = edit(FIRST, revised(**changes))
    assert list(found.kinds) == kinds
    assert not found.trivial


@pytest.mark.parametrize(
    "changes",
    [
        {"text": TEXT.replace("“", '"').replace("”", '"')},
        {"text": TEXT.replace("“", "'").replace("”", "'")},
        {"text": TEXT.replace(" ", "\N{NO-BREAK SPACE}")},
        {"text": TEXT.replace("\n\n", " ")},
        {"text": TEXT.replace("1,512", "1512")},
        {"text": TEXT.replace("over budget.", "over budget!")},
        {"text": TEXT + "\n\nUpdated: 14:05, 3 September 2026"},
        {"text": TEXT + "\n\nThis article was last updated on Tuesday at 9.30am"},
        {"title": "LEEDS HOMES ARE FULL"},
        {"published_at": datetime(2026, 8, 12, tzinfo=UTC)},
    ],
)
def test_what_a_reader_would_not_notice_is_trivial(changes: dict[str, Any]) -> None:
    found = edit(FIRST, revised(**changes))
    assert (found.kinds, found.trivial) == ((), True)


@pytest.mark.parametrize(
    "line",
    [
        "Clarification: the home is in Leeds.",
        "An earlier version of this article gave the wrong figure.",
        "This story has been amended to say that the home is in Leeds.",
        "This article was corrected on 3 September 2026.",
        "We wrongly stated that the home had closed.",
        "We apologise for the error.",
        "We are happy to make clear that Ms Lee did not resign.",
        "This article was amended on 3 September 2026 to clarify that no child was hurt.",
    ],
)
def test_a_note_of_a_correction_is_one(line: str) -> None:
    assert edit(FIRST, revised(text=f"{TEXT}\n\n{line}")).kinds == ("correction",)


@pytest.mark.parametrize(
    "line",
    [
        "The council apologised to the family and said that it was sorry.",
        "“We apologise to every child who was let down,” said the director.",
        "An inquiry found that the first version of the plan was wrong.",
        "The council wrongly stated that the home had closed.",
        "Update: the council has now replied.",
        "The correction of the register took a year.",
    ],
)
def test_an_apology_in_the_news_is_no_note_of_the_paper(line: str) -> None:
    assert edit(FIRST, revised(text=f"{TEXT}\n\n{line}")).kinds == ("body",)


def test_a_teaser_in_place_of_the_text_is_no_edit() -> None:
    teaser = revised(text=TEXT.partition("\n\n")[0], paywalled=True)
    assert edit(FIRST, teaser).trivial
    assert edit(teaser, FIRST).diff == "Served\n- a teaser only\n+ the whole text"
    assert edit(FIRST, replace(teaser, text="Other words altogether.")).kinds == ("body",)


# What a person reads


def test_a_diff_shows_what_was_and_what_is_and_nothing_else() -> None:
    text = TEXT.replace("19.4", "14.9").replace("1,512", "1,521")
    found = edit(FIRST, revised(title="Leeds is over budget", text=text, authors=()))
    assert found.diff == (
        "Headline\n- Leeds homes are full\n+ Leeds is over budget\n\n"
        "Authors\n- Ann Lee\n\n"
        "Text\n- Leeds City Council is £19.4m over budget.\n"
        "+ Leeds City Council is £14.9m over budget.\n\n"
        "- The homes hold 1,512 children.\n+ The homes hold 1,521 children."
    )


def test_a_trivial_edit_says_so() -> None:
    assert edit(FIRST, revised(text=TEXT.replace("“", '"'))).diff == UNSEEN


def test_a_diff_is_bounded_and_says_what_it_leaves_out() -> None:
    text = "\n\n".join(f"Sentence number {n} stands here." for n in range(300))
    lines = edit(FIRST, revised(text=text)).diff.splitlines()
    assert len(lines) == MOST_LINES + 1
    assert lines[-1] == "… and 265 lines more"


def test_a_long_sentence_is_shown_where_it_changed() -> None:
    long = "The council met and " + "heard more and " * 100 + "voted for {} homes at the end of it."
    before = revised(text=long.format("three"))
    diff = edit(before, replace(before, id="3", text=long.format("four"))).diff
    assert "voted for three homes" in diff
    assert "voted for four homes" in diff
    assert max(map(len, diff.splitlines())) <= MOST_CHARACTERS + 4


def test_revisions_are_a_chain() -> None:
    second = revised(text=TEXT.replace("19.4", "14.9"))
    third = replace(second, id="3", title="Leeds homes are nearly full")
    other = replace(FIRST, id="9", page="echo.example/2")
    found = list(edits([FIRST, second, third, other]))
    assert [(one.article_id, one.before_id, one.kinds) for one in found] == [
        ("2", "1", ("body",)),
        ("3", "2", ("headline",)),
    ]


# The whole way


def built(home: Home) -> None:
    build(home, [SOURCE], VIEWS)
    assert run_checks(home.database, CHECKOUT / "reports" / "checks")["references_hold"] == 0


def ask(home: Home, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home.database), read_only=True) as con:
        return con.execute(sql).fetchall()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a site answers for a page of which it serves no text."""

    path: str
    outcome: str
    status: int  # 0: no answer came
    detail: str = ""
    to: str = ""  # its Location


def answered(home: Home, run: str, *answers: Answer) -> None:
    """Write one archive file with answers that hold no article, `run` days after the start."""
    when = START + int(run) * DAY
    about = {"software": "tests", "isPartOf": run}
    writer = ArchiveWriter(home.archive, f"{run}-answers", about)
    for answer in answers:
        about = {"source": "echo", "kind": "page", "outcome": answer.outcome}
        about |= {"detail": answer.detail}
        url = f"https://echo.example{answer.path}"
        if answer.status:
            headers = [("Location", answer.to)] if answer.to else []
            writer.add(Exchange(url, answer.status, "", [], headers, b"", when), about)
        else:
            writer.note(url, {**about, "kept": "no"}, when)
    writer.close({}, when)


def served(home: Home, run: str, *pages: tuple[str, bytes]) -> None:
    archive(home, run, *pages, start=START + int(run) * DAY)


BYLINED = LEEDS.replace(b'"NewsArticle",', b'"NewsArticle", "author": {"name": "Ann Lee"},')


def test_a_silent_edit_is_a_revision_with_its_edit(home: Home) -> None:
    after = {
        "/text": (BYLINED.replace(b"30 children", b"20 children"), ["body"]),
        "/byline": (LEEDS, ["attribution"]),
        "/date": (BYLINED.replace(b"2026-08-30", b"2026-08-12"), []),
        "/apostrophe": (BYLINED.replace(b"children's", "children’s".encode()), []),
        "/same": (BYLINED + b"<!-- served by machine 7 -->", None),
    }
    served(home, "0", *((path, BYLINED) for path in after))
    served(home, "1", *((path, body) for path, (body, _) in after.items()))
    built(home)
    found = ask(home, "SELECT page, revision, kinds, trivial, silent FROM edits")
    assert sorted(found, key=str) == sorted(
        [
            (f"echo.example{path}", 2, kinds, not kinds, bool(kinds))
            for path, (_, kinds) in after.items()
            if kinds is not None
        ],
        key=str,
    )
    sql = (
        "SELECT page, count(DISTINCT role || story_id) FROM member JOIN article ON article_id = id"
    )
    assert {number for _, number in ask(home, f"{sql} GROUP BY page")} == {1}


GONE = [
    ("gone", 404, "status 404", "", "not found"),
    ("gone", 410, "status 410", "", "deleted"),
    ("gone", 451, "status 451", "", "legal"),
    ("gone", 200, "soft_404: no longer here", "", "says it is gone"),
    ("redirect", 302, "status 302", "/", "front page"),
    ("redirect", 301, "status 301", "https://www.echo.example/?from=old", "front page"),
    ("redirect", 301, "status 301", "/other", "another page"),
    ("robots_denied", 0, "RobotsDenied: https://echo.example/robots.txt", "", "robots.txt"),
    ("robots_denied", 0, "noarchive", "", "reserved"),
]


def test_a_page_that_is_gone_is_a_removal(home: Home) -> None:
    served(home, "0", ("/other", HULL), *((f"/{n}", LEEDS) for n in range(len(GONE))))
    for run in ("1", "2"):
        answered(home, run, *(Answer(f"/{n}", *answer[:-1]) for n, answer in enumerate(GONE)))
    built(home)
    sql = "SELECT page, kind, gone_at, back_at, gone_now FROM removals"
    gone = (START + DAY).replace(tzinfo=None)
    assert sorted(ask(home, sql)) == [
        (f"echo.example/{n}", kind, gone, None, True) for n, (*_, kind) in enumerate(GONE)
    ]


def test_a_page_that_comes_back_says_when(home: Home) -> None:
    served(home, "0", ("/1", LEEDS))
    answered(home, "1", Answer("/1", "gone", 404))
    served(home, "2", ("/1", LEEDS))
    built(home)
    back = (START + 2 * DAY).replace(tzinfo=None)
    assert ask(home, "SELECT back_at, gone_now FROM removals") == [(back, False)]


def test_a_page_that_cannot_be_had_is_not_removed(home: Home) -> None:
    served(home, "0", ("/1", LEEDS))
    for run, status in enumerate((500, 403), 1):
        answered(home, str(run), Answer("/1", "http_error", status))
    never_there = Answer("/9", "gone", 404)
    answered(home, "3", Answer("/1", "timeout", 0), never_there)
    built(home)
    assert ask(home, "FROM removals") == []


def test_a_page_that_is_there_after_a_detour_is_not_removed(home: Home) -> None:
    served(home, "0", ("/1", LEEDS))
    answered(home, "1", Answer("/1", "redirect", 302, to="/consent"))
    served(home, "1", ("/1", LEEDS))
    built(home)
    assert ask(home, "FROM removals") == []


def test_a_print_version_that_is_gone_is_no_removal(home: Home) -> None:
    twin = LEEDS.replace(b"<head>", b'<head><link rel="canonical" href="https://echo.example/1">')
    served(home, "0", ("/1", twin), ("/1/print", twin))
    answered(home, "1", Answer("/1/print", "gone", 404))
    served(home, "2", ("/1", twin))
    built(home)
    assert ask(home, "FROM removals") == []


def test_a_page_that_moves_keeps_its_name_its_story_and_its_revisions(home: Home) -> None:
    served(home, "0", ("/old", LEEDS))
    built(home)
    before = rows(home, "story", "member")
    answered(home, "1", Answer("/old", "redirect", 301, to="/new"))
    served(home, "2", ("/new", LEEDS))
    built(home)
    assert rows(home, "story", "member") == before
    served(home, "3", ("/new", LEEDS.replace(b"30 children", b"20 children")))
    built(home)
    found = ask(home, "SELECT page, url, revision FROM article ORDER BY revision")
    assert found == [
        ("echo.example/old", "https://echo.example/old", 1),
        ("echo.example/old", "https://echo.example/new", 2),
    ]
    assert ask(home, "SELECT kinds FROM edits") == [(["body"],)]
    assert ask(home, "FROM removals") == []
    answered(home, "4", Answer("/new", "gone", 410))
    built(home)
    assert ask(home, "SELECT page, kind FROM removals") == [("echo.example/old", "deleted")]


def test_an_address_that_leads_to_another_story_has_not_moved(home: Home) -> None:
    served(home, "0", ("/1", LEEDS))
    answered(home, "1", Answer("/1", "redirect", 301, to="/2"))
    served(home, "2", ("/2", HULL))
    built(home)
    assert ask(home, "SELECT page FROM article ORDER BY 1") == [
        ("echo.example/1",),
        ("echo.example/2",),
    ]


def test_a_page_that_names_itself_anew_is_the_same_page(home: Home) -> None:
    link = b'<head><link rel="canonical" href="https://echo.example/%s">'
    served(home, "0", ("/1", LEEDS.replace(b"<head>", link % b"leeds-is-full")))
    served(home, "1", ("/1", LEEDS.replace(b"<head>", link % b"leeds-over-budget")))
    served(
        home, "2", ("/2", page("Roads", "A bridge is shut for nine nights, and nobody minds. " * 9))
    )
    built(home)
    assert ask(home, "SELECT page, revision FROM article ORDER BY ALL") == [
        ("echo.example/2", 1),
        ("echo.example/leeds-is-full", 1),
    ]
