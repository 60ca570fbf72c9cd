"""Full-text search: what is found, in which order, and that index and database belong together."""

import io
import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Unpack

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.console import Console

from crawler.errors import StorageError, UsageError
from crawler.home import CHECKOUT, Home
from pipeline.build import build
from pipeline.search_index import Entry, index_path, open_index, write_index
from pipeline.store import STORAGE_VERSION, create_tables, create_views, index
from reports.hits import COLUMNS, counted, facts, rows, shown
from reports.search import Found, open_pair, ranked, search, search_in
from reports.search_words import expression
from reports.selection import Asked, Selection, select
from tests.conftest import HULL, LEEDS, SOURCE, START, VIEWS, Tocsin, archive, call_tocsin
from tests.dataset import Filler

DAY = datetime(2026, 9, 1, tzinfo=UTC)
# id: (title, text, what else is known)
ARTICLES: dict[str, tuple[str, str, Mapping[str, object]]] = {
    "gap": (
        "Children’s services face a gap of £9m",
        "Leeds City Council expects to overspend on placements for looked-after children.",
        {"published_at": DAY},
    ),
    "door": (
        "Ynys Môn’s front door “overwhelmed”",
        "Referrals to Llŷn’s front door rose. No further action was taken on half.",
        {"published_at": DAY + timedelta(days=1), "standfirst": "Thresholds are too high"},
    ),
    "carers": (
        "Foster carers to get more",
        "The council’s door is open to fostering families. Action is taken, and no further.",
        {"published_at": DAY + timedelta(days=30)},
    ),
    "adoption": (
        "Adoption by foster carers is up",
        "A judge praised carers; adoption took two years.",
        {"published_at": None},
    ),
    "bridge": (
        "Bridge to shut",
        "Drivers should use another bridge; the council has closed this front door to the town.",
        {"published_at": DAY + timedelta(days=2), "relevant": False},
    ),
}


def fill(path: Path, articles: Mapping[str, tuple[str, str, Mapping[str, object]]]) -> Path:
    """A published database of some articles, with its index."""
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{path}' AS pub (STORAGE_VERSION '{STORAGE_VERSION}')")
        con.execute("USE pub")
        create_tables(con)
        to = Filler(con)
        to.add("provenance", key="inputs", value="tests")
        to.add("source", id="echo", name="The Echo", kind="feed", medium="local-newspaper")
        to.add("authority", id="E1", gss_code="E1", short_name="Leeds", name="Leeds City Council")
        to.add("authority", id="E2", gss_code="E2", short_name="Hull", name="Hull City Council")
        for number, (name, (title, text, more)) in enumerate(articles.items()):
            seen = (DAY + timedelta(days=40 + number)).date()
            to.article(name, "echo", seen, title=title, text=text, **more)
        create_views(con, VIEWS)
        con.execute("USE memory")
        con.execute("DETACH pub")
    index(path, "tests", index_path(path))
    return path


def label(path: Path, article: str, tagger: str, name: str) -> None:
    """Put a label on an article of a database, and make its index anew."""
    with duckdb.connect(str(path)) as con:
        about = {"article_id": article, "tagger": tagger, "label": name}
        Filler(con).add("tag", **about, end_char=1, evidence="x", weight=1.0)
    index(path, "tests", index_path(path))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = fill(tmp_path_factory.mktemp("search") / "tocsin.duckdb", ARTICLES)
    label(path, "gap", "authorities", "Leeds")
    label(path, "door", "themes", "referrals")
    label(path, "carers", "themes", "adoption-fostering")
    label(path, "carers", "authorities", "Hull")
    label(path, "adoption", "risk", "family-court")
    return path


def find(database: Path, words: str, **asked: Unpack[Asked]) -> Found:
    """What is found, relevant or not, unless told otherwise."""
    told: Asked = {"relevant": None}
    told.update(asked)
    return search_in(database, words, 20, **told)


def ids(found: Found) -> list[str]:
    return [hit.id for hit in found.hits]


# ---- the language --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("foster carers", '"foster" AND "carers"'),
        ('"front door"', '"front door"'),
        ("“front door” “no further”", '"front door" AND "no further"'),
        ("refer*", '"refer" *'),
        ('"no further act"*', '"no further act" *'),
        ("a AND b OR c NOT d", '"a" AND "b" OR "c" NOT "d"'),
        ("a AND NOT b", '"a" NOT "b"'),
        ("a -b -(c d)", '"a" NOT "b" NOT ( "c" AND "d" )'),
        ('a -"b c"', '"a" NOT "b c"'),
        ("(a OR b) c", '( "a" OR "b" ) AND "c"'),
        ("and or not", '"and" AND "or" AND "not"'),
        ("children's out-of-area £9m", '"children\'s" AND "out-of-area" AND "£9m"'),
        ("cuts & – £ ! savings", '"cuts" AND "savings"'),
        ("title:a ^b NEAR(c d, 2)", '"title:a" AND "^b" AND "NEAR" AND ( "c" AND "d," AND "2" )'),
    ],
)
def test_words_become_an_expression_in_which_each_is_quoted(words: str, asked: str) -> None:
    assert expression(words) == asked


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "there is nothing to search for"),
        (" & “” ", "there is nothing to search for"),
        ('"front door', "a quotation mark has no other"),
        ("(a OR b", "a parenthesis is not closed"),
        ("a)", "a parenthesis is closed that was not opened"),
        ("a ()", "nothing stands before )"),
        ("OR a", "nothing stands before OR"),
        ("NOT a", "nothing stands before NOT"),
        ("-a", "nothing stands before NOT"),
        ("a AND OR b", "nothing stands before OR"),
        ("a AND", "nothing stands after AND"),
        ("s*", "'s*': at least 2 letters before a *"),
        ("(" * 90 + "a" + ")" * 90, "more than 20 parentheses"),
        ("a" * 3_000, "more than 2,000 characters"),
    ],
)
def test_a_search_that_is_none_is_told_in_one_line(words: str, said: str) -> None:
    with pytest.raises(UsageError) as error:
        expression(words)
    assert str(error.value) == f"search: {said}"


TYPED = st.text(st.sampled_from(list("ab*\"'()-:^,.£&é “”\0\n")), max_size=30) | st.lists(
    st.sampled_from(["AND", "OR", "NOT", "(", ")", '"', "ab", "b*", "-"]), max_size=12
).map(" ".join)


@given(TYPED)
@example("'); DROP TABLE doc; --")
@example("a NOT b NOT c " * 140)
@example("a OR " * 390 + "b")
def test_whatever_is_typed_is_a_search_or_a_mistake(words: str) -> None:
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE VIRTUAL TABLE words USING fts5(title, text)")
        try:
            asked = expression(words)
        except UsageError:
            return
        db.execute("SELECT count(*) FROM words WHERE words MATCH ?", [asked]).fetchall()


# ---- what is found -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("placements", {"gap"}),
        ("PLACEMENTS", {"gap"}),
        ("placement", set()),
        ("placement*", {"gap"}),
        ("children's services", {"gap"}),
        ("children’s services", {"gap"}),
        ("looked after", {"gap"}),
        ('"looked after"', {"gap"}),
        ("looked-after", {"gap"}),
        ('"after looked"', set()),
        ("£9m", {"gap"}),
        ("mon", {"door"}),
        ("ynys môn", {"door"}),
        ("Llyn", {"door"}),
        ("thresholds", {"door"}),
        ('"front door"', {"door", "bridge"}),
        ('"no further action"', {"door"}),
        ("no further action", {"door", "carers"}),
        ("foster* NOT adoption", {"carers"}),
        ("foster* OR bridge", {"carers", "adoption", "bridge"}),
        ("door (council OR referrals)", {"door", "carers", "bridge"}),
        ("door council OR referrals", {"door", "carers", "bridge"}),
        ("judge’s", set()),
        ("zebra", set()),
    ],
)
def test_words_are_found_however_they_are_written(
    filled: Path, words: str, names: set[str]
) -> None:
    found = find(filled, words)
    assert set(ids(found)) == names
    assert (found.matches, found.all_ranked) == (len(names), True)


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"themes": "referrals"}, {"door"}),
        ({"themes": ["referrals", "adoption-fostering"]}, {"door", "carers"}),
        ({"authority": "hull"}, {"carers"}),
        ({"authority": "Hull City Council"}, {"carers"}),
        ({"authority": "E2"}, {"carers"}),
        ({"authority": "Leeds"}, set()),
        ({"themes": "youth-justice"}, set()),
        ({"source": "The Echo", "themes": "referrals"}, {"door"}),
        ({"since": "2026-09-02"}, {"door", "bridge", "carers"}),
        ({"since": "2026-10"}, {"carers"}),
        ({"until": "2026-09-02"}, {"door"}),
        ({"until": "2026"}, {"door", "bridge", "carers"}),
        ({"since": "2027"}, set()),
        ({"since": DAY + timedelta(days=2), "until": date(2026, 9, 3)}, {"bridge"}),
        ({"relevant": True}, {"door", "carers"}),
        ({"relevant": False}, {"bridge"}),
    ],
)
def test_a_search_is_narrowed_by_what_is_known_of_an_article(
    filled: Path, asked: Asked, names: set[str]
) -> None:
    assert set(ids(find(filled, "door", **asked))) == names


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"themes": "referals"}, "no theme 'referals'; did you mean 'referrals'?"),
        ({"authority": "Leds"}, "no authority 'Leds'; did you mean 'Leeds'?"),
        ({"source": "ecko"}, "no source 'ecko'; did you mean 'echo'?"),
        ({"since": "last week"}, "since 'last week': no day, month or year: 2026-11-24,"),
        ({"until": "2026-02-30"}, "until '2026-02-30': no day, month or year: 2026-11-24,"),
        ({"until": "9999"}, "until '9999': no day, month or year: 2026-11-24,"),
    ],
)
def test_a_name_or_day_that_is_none_is_told_in_one_line(
    filled: Path, asked: Asked, said: str
) -> None:
    with pytest.raises(UsageError) as error:
        find(filled, "door", **asked)
    assert str(error.value).startswith(said)
    assert "\n" not in str(error.value)


def test_a_label_is_a_value_and_cannot_be_more(filled: Path) -> None:
    with pytest.raises(UsageError, match="no source"):
        find(filled, "door", source="echo') OR 1 = 1 --")


# ---- in which order ------------------------------------------------------------------------


def test_the_headline_counts_for_more_than_the_text(filled: Path) -> None:
    assert ids(find(filled, "adoption OR foster"))[0] == "adoption"
    assert ids(find(filled, "carers"))[-1] != "door"


def test_of_equal_articles_the_newest_is_first(tmp_path: Path) -> None:
    same = {
        f"a{n}": ("Door", "A door.", {"published_at": DAY + timedelta(days=n % 3, hours=n)})
        for n in range(9)
    }
    found = ids(find(fill(tmp_path / "tocsin.duckdb", same), "door"))
    assert found == sorted(same, key=lambda name: str(same[name][2]["published_at"]), reverse=True)


def test_of_very_many_only_the_newest_are_ranked(filled: Path) -> None:
    con, opened = open_pair(filled)
    assert opened
    with con, closing(opened):
        every = ranked(opened, '"door"', Selection(relevant=None))
        some = ranked(opened, '"door"', Selection(relevant=None), 1, most=2)
    assert (len(every.ids), every.matches, every.all_ranked) == (3, 3, True)
    assert (len(some.ids), some.matches, some.all_ranked) == (1, 2, False)
    assert set(some.ids) <= {"carers", "bridge"}


def test_a_page_is_found_by_its_latest_text_unless_revisions_are_asked_for(tmp_path: Path) -> None:
    url: dict[str, object] = {"url": "https://echo.example/same"}
    path = fill(
        tmp_path / "tocsin.duckdb",
        {
            "first": ("Door", "The red door.", url | {"last_seen_at": "2027-01-01 06:00"}),
            "second": ("Door", "The blue door.", url | {"revision": 2}),
        },
    )
    assert ids(find(path, "door")) == ["first"]  # it was taken back
    assert ids(find(path, "blue")) == []
    found = find(path, "door", revisions=True)
    assert {hit.id: hit.earlier for hit in found.hits} == {"first": False, "second": True}


# ---- what is shown -------------------------------------------------------------------------


def test_marks_are_where_the_words_stand(filled: Path) -> None:
    (hit,) = find(filled, '"front door" refer*', since="2026-09-02", until="2026-09-02").hits
    assert [hit.title.text[a:b] for a, b in hit.title.marks] == ["front door"]
    assert [hit.snippet.text[a:b] for a, b in hit.snippet.marks] == ["Referrals", "front door"]
    assert hit.snippet.text.startswith("Thresholds are too high Referrals to Llŷn’s")


def test_a_snippet_is_some_thirty_words(tmp_path: Path) -> None:
    text = " ".join(f"w{n}" for n in range(500))
    path = fill(tmp_path / "tocsin.duckdb", {"long": ("Door", text, {})})
    (hit,) = find(path, "w300").hits
    assert 25 <= len(hit.snippet.text.split()) <= 35
    assert hit.snippet.text[0] == hit.snippet.text[-1] == "…"


def test_what_is_not_for_publication_says_so(filled: Path) -> None:
    found = find(filled, "adoption OR placements")
    assert {hit.id: hit.held for hit in found.hits} == {"adoption": True, "gap": False}
    assert "held: not for publication" in printed(found)


def test_a_copy_says_so(tmp_path: Path) -> None:
    path = fill(tmp_path / "tocsin.duckdb", {"a": ("Door", "A door.", {}), "b": ("Door", "", {})})
    with duckdb.connect(str(path)) as con:
        Filler(con).add("member", article_id="b", story_id="s", role="copy", of_article_id="a")
    found = find(path, "door")
    assert {hit.id: hit.copied for hit in found.hits} == {"a": False, "b": True}
    assert "a copy" in printed(found)


def printed(found: Found) -> str:
    console = Console(file=io.StringIO(), width=200, force_terminal=True, color_system="standard")
    console.print(shown(found))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_text_cannot_do_anything_to_a_terminal(tmp_path: Path) -> None:
    evil = "A \x1b]0;door\x07 [red]door[/red] \u202edoor\x02 \x9b31m"
    path = fill(tmp_path / "tocsin.duckdb", {"evil": (evil, evil, {"url": "https://e/\x1b[2J"})})
    text = printed(find(path, "door"))
    assert not {"\x07", "\u202e", "\x02", "\x9b"} & set(text)
    assert "\x1b]" not in text
    assert "\x1b[2J" not in text
    assert "[red]" in text


def test_how_many_there_are_is_said_in_plain_words(filled: Path) -> None:
    none, one, three = (find(filled, words) for words in ("zebra", "gap", "door"))
    assert counted(none).startswith("No article matches")
    assert counted(one) == "1 article matches."
    assert counted(three) == "3 articles match."
    assert counted(Found(three.hits, 70, True)) == "70 articles match; 3 shown."
    assert counted(Found(three.hits, 5_000, False)).startswith("5,000 articles or more match;")


def test_rows_and_facts_have_what_was_found_without_marks(filled: Path) -> None:
    found = find(filled, "£9m")
    (row,) = rows(found)
    told = dict(zip(COLUMNS, row, strict=True))
    assert (told["rank"], told["id"], told["authorities"]) == (1, "gap", ("Leeds",))
    assert told["title"] == ARTICLES["gap"][0]
    (article,) = facts(found)["articles"]
    assert article["published_at"] == "2026-09-01T00:00:00Z"
    ((start, end),) = article["title_marks"]
    assert article["title"][start:end] == "9m"


# ---- the index -----------------------------------------------------------------------------


def entries(texts: Sequence[str]) -> Iterator[Entry]:
    for number, text in enumerate(texts):
        yield Entry(str(number), "Title", text, None, True, True, "echo", (), ())


def test_an_index_holds_no_texts(tmp_path: Path) -> None:
    texts = [f"Only here stands the number {n} beside these words." for n in range(200)]
    write_index(entries(texts), "x", tmp_path / "a.sqlite")
    assert b"beside these words" not in (tmp_path / "a.sqlite").read_bytes()


def test_an_index_that_cannot_be_written_is_a_storage_error_and_leaves_the_old(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.sqlite"
    write_index(entries(["old"]), "x", path)
    (tmp_path / "a.sqlite.new").mkdir()
    with pytest.raises(StorageError, match=r"a\.sqlite: cannot be written"):
        write_index(entries(["new"]), "y", path)
    with closing(open_index(path)) as db:
        assert db.execute("SELECT value FROM about").fetchall() == [("x",)]


@pytest.mark.parametrize("harm", ["lost", "garbage", "of another", "empty"])
def test_a_database_without_its_index_says_what_to_do(tmp_path: Path, harm: str) -> None:
    path = fill(tmp_path / "tocsin.duckdb", ARTICLES)
    beside = index_path(path)
    if harm == "lost":
        beside.unlink()
    elif harm == "of another":
        index(path, "another", beside)
    else:
        beside.write_bytes(b"garbage" * 1_000 if harm == "garbage" else b"")
    with pytest.raises(UsageError, match=r"tocsin\.search\.sqlite: no search index of this data"):
        find(path, "door")


def test_a_damaged_index_is_a_storage_error(tmp_path: Path) -> None:
    path = fill(tmp_path / "tocsin.duckdb", {f"a{n}": ("A", f"w{n} " * 300, {}) for n in range(40)})
    beside = index_path(path)
    data = beside.read_bytes()
    beside.write_bytes(data[:8192] + b"\xff" * (len(data) - 8192))
    with pytest.raises((StorageError, UsageError), match=r"tocsin\.search\.sqlite"):
        find(path, "w3")


def test_there_is_nothing_to_search_before_the_first_build(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no database yet"):
        find(tmp_path / "tocsin.duckdb", "door")


# ---- with a build --------------------------------------------------------------------------


def built(home: Home) -> bool:
    return build(home, [SOURCE], VIEWS).published


def searched(home: Home, words: str) -> int:
    return find(home.database, words).matches


def test_a_build_keeps_index_and_database_together_whatever_comes_and_goes(home: Home) -> None:
    archive(home, "a", ("/1", LEEDS))
    built(home)
    assert (searched(home, '"scrutiny board"'), searched(home, "hull")) == (1, 0)
    con, opened = open_pair(home.database)
    archive(home, "b", ("/2", HULL), start=START + timedelta(days=1))
    built(home)
    assert opened
    with con, closing(opened):  # who has both open keeps both
        assert search(con, opened, '"scrutiny board"', select(con), 9).matches == 1
        assert search(con, opened, "hull", select(con), 9).matches == 0
    assert searched(home, "hull") == 1
    index_path(home.database).unlink()
    assert not built(home)
    assert {"hull", "scrutiny"} <= words_of(home)
    build(home, [], VIEWS)
    assert words_of(home) == set()


def words_of(home: Home) -> set[str]:
    """Every word that an index holds."""
    with closing(open_index(index_path(home.database))) as db:
        db.execute("CREATE VIRTUAL TABLE temp.known USING fts5vocab(main, words, row)")
        return {word for (word,) in db.execute("SELECT term FROM known").fetchall()}


KILLED = """
import os, signal, sys
from pathlib import Path
from crawler.home import Home
from pipeline.build import build
from tests.conftest import SOURCE, VIEWS

real = Path.replace

def replace(self, target):
    real(self, target)
    if str(target) == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    Path.replace = replace
    build(Home(Path(sys.argv[1])), [SOURCE], VIEWS)
"""


def test_a_build_killed_between_its_two_swaps_is_healed_by_the_next(
    home: Home, tmp_path: Path
) -> None:
    archive(home, "a", ("/1", LEEDS))
    built(home)
    archive(home, "b", ("/2", HULL), start=START + timedelta(days=1))
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    command = [sys.executable, str(script), str(home.root), str(index_path(home.database))]
    env = {"PYTHONPATH": str(CHECKOUT), "PATH": ""}
    assert subprocess.run(command, env=env).returncode == -signal.SIGKILL
    with pytest.raises(UsageError, match="no search index of this database"):
        searched(home, "hull")
    built(home)
    assert searched(home, "hull") == 1
    assert list(home.database.parent.glob("*.new")) == []


# ---- at the front door ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def search_command(
    filled: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    data = tmp_path_factory.mktemp("home") / "data"
    shutil.copytree(filled.parent, data)
    return lambda *words: call_tocsin(data.parent, "search", *words)


def test_a_search_shows_the_best_with_their_source_day_and_address(search_command: Tocsin) -> None:
    done = search_command("front", "door", "--since", "2026-09", "--theme", "referrals")
    assert done.returncode == 0
    lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    assert lines == [
        "1  Ynys Môn’s front door “overwhelmed”",
        "The Echo · 2 September 2026 · referrals",
        "Thresholds are too high Referrals to Llŷn’s front door rose. No further action was taken"
        " on half.",
        "https://echo.example/door",
        "1 article matches.",
    ]


def test_a_search_gives_json_and_csv_to_programs(search_command: Tocsin) -> None:
    found = json.loads(search_command("door", "--all", "--limit", "2", "--json").stdout)
    assert (found["matches"], len(found["articles"])) == (3, 2)
    text = search_command("door", "--all", "--csv").stdout
    assert text.startswith("rank,id,title,source,published_at,")
    assert text.count("https://echo.example/") == 3


@pytest.mark.parametrize("words", [('"front door',), ("door", "--theme", "referals")])
def test_a_search_that_is_wrong_is_one_line_and_exit_2(
    search_command: Tocsin, words: tuple[str, ...]
) -> None:
    done = search_command(*words)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
