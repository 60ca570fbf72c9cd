"""Digests: which stories are told, that each is told once and none is lost, and the files."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from crawler.errors import DataFileError, StorageError, UsageError
from crawler.home import Home
from reports.digest.edition import parse_since
from reports.digest.make import Made, Wish, configured_digests, digests, forget_unnamed
from reports.digest.told import read_last
from tests.conftest import Tocsin
from tests.dataset import make_dataset
from tests.digested import check_atom, configure, publish_stories, read

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
ATOM = {"a": "http://www.w3.org/2005/Atom"}


def make(home: Home, *authorities: str, themes: tuple[str, ...] = (), since: str = "") -> Made:
    """The one digest that is made."""
    (made,) = digests(home, authorities, themes, Wish(NOW, since=parse_since(since)))
    return made


def titles(markdown: str) -> list[str]:
    """The headlines of a digest, in order."""
    heads = (line for line in markdown.splitlines() if line.startswith("## ["))
    return [head.removeprefix("## [").partition("]")[0] for head in heads]


def entries(home: Home, name: str = "") -> list[str]:
    feed = etree.fromstring(read(home, "atom", name).encode())
    found = feed.xpath("a:entry/a:title/text()", namespaces=ATOM)
    assert isinstance(found, list)
    return [str(one) for one in found]


# ---- what is told --------------------------------------------------------------------------


def test_the_first_digest_tells_the_last_week_and_the_next_what_is_new(home: Home) -> None:
    publish_stories(home, until=10)
    assert make(home).stories == 2
    assert titles(read(home, "md")) == ["Title third", "Title second"]
    publish_stories(home, until=17)
    assert make(home).stories == 1
    assert titles(read(home, "md")) == ["Title fourth"]


def test_a_story_as_old_as_the_newest_that_was_told_is_not_lost(home: Home) -> None:
    publish_stories(home, until=10)
    make(home)
    path = home.root / "data" / "digests.json"
    told = json.loads(path.read_text())
    told["everything"]["stories"] = ["second"]  # as if "third" had come to the same microsecond
    path.write_text(json.dumps(told))
    assert make(home).stories == 1
    assert make(home).stories == 0


def test_nothing_new_leaves_the_last_digest_and_says_so(home: Home, tocsin: Tocsin) -> None:
    publish_stories(home, until=10)
    assert tocsin("digest").stdout.startswith("everything: 2 new stories since 3 November 2026: ")
    before, state = read(home, "md"), read_last(home)
    (home.out / "digest" / "digest.atom").unlink()
    done = tocsin("digest")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "everything: nothing new since 10 November 2026; nothing sent\n"
    assert read(home, "md") == before
    assert read_last(home) == state
    assert entries(home) == ["Title third", "Title second", "Title first"]


def test_the_feed_has_what_was_told_before(home: Home) -> None:
    publish_stories(home, until=10)
    make(home)
    publish_stories(home, until=17)
    make(home)
    assert entries(home) == ["Title fourth", "Title third", "Title second", "Title first"]


def test_what_is_held_or_posted_is_in_no_file(home: Home) -> None:
    publish_stories(home, until=17)
    make(home, since="2026-01-01")
    for kind in ("md", "html", "atom"):
        text = read(home, kind)
        assert "Title first" in text
        assert "Held" not in text
        assert "Posted" not in text


def test_what_is_held_later_leaves_the_last_digest(home: Home) -> None:
    publish_stories(home, until=17)
    make(home, since="2026-01-01")  # told by hand, which is not kept
    make(home)
    assert titles(read(home, "md")) == ["Title fourth", "Title third"]
    publish_stories(home, until=10)
    assert make(home).stories == 0
    assert titles(read(home, "md")) == ["Title third"]


def test_copies_are_folded_into_one_story(home: Home) -> None:
    publish_stories(home, until=2)
    assert make(home).stories == 1
    assert "Echo, 1 November 2026, and in 2 other papers" in read(home, "md")
    assert "A copy" not in read(home, "md")


def test_a_digest_is_of_any_of_its_authorities_and_of_any_of_its_themes(home: Home) -> None:
    publish_stories(home, until=17)
    make(home, "leeds", "Bradford Council", since="2026-01-01")
    assert titles(read(home, "md")) == ["Title fourth", "Title second", "Title first"]
    make(home, "E-Bradford", "leeds", themes=("Courts",), since="2026-01-01")
    assert titles(read(home, "md")) == ["Title fourth"]
    assert read(home, "md").startswith("# 1 new story on Bradford, Leeds: Courts\n")
    make(home, "Leeds", "Hull", "Bradford", "Leeds", themes=("courts", "send", "care", "asylum"))
    assert ": Courts, " in read(home, "md").splitlines()[0]
    assert read(home, "md").splitlines()[0].endswith(" and 1 more")


def test_each_choice_remembers_what_it_has_told(home: Home) -> None:
    publish_stories(home, until=17)
    assert make(home, "Leeds").stories == 1
    assert make(home, "Leeds").stories == 0
    assert make(home, "Hull").stories == 1


def test_since_looks_back_and_changes_nothing(home: Home) -> None:
    publish_stories(home, until=17)
    make(home)
    state = read_last(home)
    assert make(home, since="2026-11-09T06:00").stories == 3
    assert make(home, since="2026-11-10").stories == 2
    assert read_last(home) == state


def test_a_database_without_a_story_has_an_empty_digest(home: Home) -> None:
    publish_stories(home, until=0)
    made = make(home, "Hull")
    assert made.line == "authority Hull: nothing new since 26 October 2026; nothing sent"
    assert "No new stories on Hull" in read(home, "md")
    assert entries(home) == []
    check_atom(read(home, "atom"))


def test_the_dataset_of_every_kind_of_row_has_a_digest(home: Home) -> None:
    (home.root / "data").mkdir()
    make_dataset(home.database)
    assert make(home, since="2026-01-01").stories > 0
    assert "Judgement reported: Leeds: inadequate" in read(home, "md")


# ---- what is wrong -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--authority", "Leds"), "no authority 'Leds'; did you mean 'Leeds'?"),
        (("--theme", "court"), "no theme 'court'; did you mean 'courts'?"),
        (("--since", "Tuesday"), "--since 'Tuesday': no day or time: 2026-11-24, or"),
        (("--send",), "--send: nobody to send it to; tocsin.toml: give a [[digest]] with 'to'"),
    ],
)
def test_a_wrong_word_is_one_line(
    words: tuple[str, ...], told: str, home: Home, tocsin: Tocsin
) -> None:
    publish_stories(home, until=2)
    done = tocsin("digest", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"tocsin: {told}")
    assert not home.out.exists()


def test_a_wrong_name_in_the_configuration_says_in_which_digest(home: Home) -> None:
    publish_stories(home, until=2)
    (home.root / "tocsin.toml").write_text('[[digest]]\nname = "a"\nauthorities = ["Leds"]')
    with pytest.raises(DataFileError, match=r"tocsin.toml: digest a: no authority 'Leds'"):
        digests(home, (), (), Wish(NOW))


def test_without_a_database_there_is_no_digest(home: Home) -> None:
    with pytest.raises(UsageError, match="no database yet"):
        make(home)


@pytest.mark.parametrize("broken", ["", "[]", '{"everything": 1}', '{"everything": {"since": 1}}'])
def test_a_broken_memory_is_told_and_left_alone(broken: str, home: Home) -> None:
    publish_stories(home, until=2)
    path = home.root / "data" / "digests.json"
    path.write_text(broken)
    with pytest.raises(StorageError, match=r"digests.json: not as it was written"):
        make(home)
    assert path.read_text() == broken


def test_a_folder_that_cannot_be_written_loses_no_story(home: Home) -> None:
    publish_stories(home, until=2)
    home.out.parent.mkdir()
    home.out.write_text("a file where a folder should be")
    with pytest.raises(StorageError, match="cannot be written"):
        make(home)
    home.out.unlink()
    assert make(home).stories == 1


# ---- those that are configured -------------------------------------------------------------


def test_each_configured_digest_has_a_folder_and_a_memory(home: Home) -> None:
    publish_stories(home, until=10)
    configure(home, 25, "site_url = 'https://tocsin.example/'")
    leeds, courts = digests(home, (), (), Wish(NOW))
    assert (leeds.name, courts.name) == ("leeds", "courts")
    assert titles(read(home, "md", "courts")) == ["Title third"]
    assert courts.line.startswith("courts: 1 new story since 3 November 2026: ")
    assert list(read_last(home)) == ["courts"]
    own = 'rel="self" type="application/atom+xml" href="https://tocsin.example/digest/courts/'
    assert own in read(home, "atom", "courts")


def test_what_is_to_be_sent_stays_new_until_it_is(home: Home) -> None:
    publish_stories(home, until=2)
    configure(home, 25)
    for _ in range(2):
        leeds, _ = digests(home, (), (), Wish(NOW))
        assert leeds.line.startswith("leeds: 1 new story since 26 October 2026, not sent, so they")
    assert titles(read(home, "md", "leeds")) == ["Title first"]


def test_a_run_makes_a_digest_when_it_is_due(home: Home) -> None:
    path = home.root / "tocsin.toml"
    path.write_text('[[digest]]\nname = "all"\nevery_days = 8')
    wish = Wish(NOW, due=True)
    publish_stories(home, until=2)
    assert [made.stories for made in configured_digests(home, wish)] == [1]
    publish_stories(home, until=9)
    assert [made.stories for made in configured_digests(home, wish)] == [0]
    assert titles(read(home, "md", "all")) == ["Title first"]
    assert entries(home, "all") == ["Title second", "Title first"]
    publish_stories(home, until=10)
    assert [made.stories for made in configured_digests(home, wish)] == [2]


def test_without_a_configured_digest_a_run_makes_none(home: Home) -> None:
    assert configured_digests(home, Wish(NOW, due=True)) == []


def test_what_is_suppressed_leaves_the_files(home: Home) -> None:
    publish_stories(home, until=17)
    make(home)
    (home.root / "tocsin.toml").write_text('[[digest]]\nname = "all"')
    digests(home, (), (), Wish(NOW))
    forget_unnamed(home)
    publish_stories(home, until=10)
    configured_digests(home, Wish(NOW, tell=False))
    assert titles(read(home, "md", "all")) == ["Title third"]
    assert [path.name for path in (home.out / "digest").iterdir()] == ["all"]


def test_files_are_whole_or_as_they_were(home: Home, tmp_path: Path) -> None:
    publish_stories(home, until=10)
    make(home)
    assert sorted(path.name for path in (home.out / "digest").iterdir()) == [
        "digest.atom",
        "digest.html",
        "digest.md",
    ]
    assert not list(tmp_path.rglob("*.new"))
