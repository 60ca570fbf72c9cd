"""What is suppressed is nowhere in a home, and nothing brings it back; all else stays as it is."""

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from warcio.archiveiterator import ArchiveIterator

from crawler.archive import (
    ArchiveWriter,
    Capture,
    Exchange,
    archive_files,
    read_file,
    stored_records,
)
from crawler.errors import DataFileError, StorageError
from crawler.forgetting import Forgotten
from crawler.frontier import Frontier
from crawler.home import CHECKOUT, Home, pseudonym_key
from crawler.ingest import ingest, load_rules
from crawler.redaction import cut, cut_text
from crawler.sources import Source, load_sources
from crawler.suppression import (
    Decision,
    Tombstones,
    author_hash,
    decide,
    page_hash,
    read_decisions,
    record,
    tombstones,
)
from pipeline.build import Built, build, by_archive_file, extraction_jobs, rehearse
from pipeline.engine import perform
from pipeline.reading.threads import pseudonym
from pipeline.suppress import cutoffs_of, enforce
from reports.database import run_checks
from reports.deciding import author_tombs, repeating
from reports.export import export
from reports.release import release
from tests.conftest import (
    HULL,
    LEEDS,
    ROADS,
    SOURCE,
    START,
    VIEWS,
    archive,
    call_tocsin,
    page,
    rows,
)
from tests.grep import holding
from tests.published import article, insert, publish
from tests.test_crawl import run
from tests.test_ingest import Told, foreign
from tests.web import Web, serve_web

CHECKS = CHECKOUT / "reports" / "checks"
AT = "2026-11-24T12:00:00Z"
NAME = "Thistlewick"  # stands in the headline, the text and every address of the page
SLUG = "thistlewick"
WORDS = (
    f"A girl whom this paper named as Ottoline {NAME} was moved eleven times in two years by the"
    " council's children's services, according to papers that were read out to the court, and her"
    " foster carers said that nobody had asked her where she would like to live, nor told her why"
    " she had to leave the school that she liked, nor when she would see her brothers again."
)
GIRL = page(f"Ottoline {NAME} moved eleven times", WORDS, "The council said that it was sorry.")
PATH = f"/news/{SLUG}-moved"


def suppress(home: Home, *urls: str, reason: str = "asked for") -> None:
    key = pseudonym_key(home.pseudonym_key)
    told = [("page", page_hash(key, url)) for url in urls]
    record(home, decide(home, told, reason, AT, "tests"))


def enforced(home: Home, source: Source = SOURCE, now: datetime | None = None) -> Forgotten:
    """What a build does about suppression, without all that it does besides."""
    jobs = extraction_jobs(home, [source])
    assert [failure for failure in map(perform, jobs) if failure] == []
    return enforce(home, by_archive_file(jobs), cutoffs_of([source], now))


def built(home: Home, source: Source = SOURCE) -> Built:
    return build(home, [source], VIEWS)


def captures(home: Home) -> list[Capture]:
    items = [item for path in archive_files(home.archive) for item in read_file(path)]
    return [item for item in items if isinstance(item, Capture)]


def left(home: Home) -> list[str]:
    """The paths of the pages of which the archive holds a body."""
    return ["/" + c.url.split("/", 3)[3] for c in captures(home) if c.body and c.kind == "page"]


def linking(path: str) -> bytes:
    """A page with a list of links, one of them to a path."""
    links = f'<aside><ul><li><a href="{path}"><b>Ottoline {NAME} moved</b></a></li></ul></aside>'
    return HULL.replace(b"</body>", f"{links}</body>".encode())


# ---- everything ----------------------------------------------------------------------------------


@pytest.fixture
def web() -> Iterator[Web]:
    with serve_web() as served:
        yield served


def local_press(web: Web, home: Home) -> Source:
    """A site whose feed names a page by three addresses, its copy, and a page that links to it."""
    old, copy = f"/old/{SLUG}", f"/copies/{SLUG}"
    item = f"<item><title>{NAME}</title><link>{{}}</link><description>{NAME}</description></item>"
    feed = (
        "".join(map(item.format, (PATH, old, copy, f"/amp/{SLUG}")))
        + "<item><link>/b</link></item>"
    )
    web.put("/rss", f"<rss><channel>{feed}</channel></rss>", Content_Type="application/xml")
    web.put(PATH, GIRL)
    web.put(old, b"", 301, Location=PATH)
    web.put(copy, GIRL.replace(b"<h1>", b"<h1>Again: "))
    canonical = f'<link rel="canonical" href="{PATH}"></head>'.encode()
    web.put(f"/amp/{SLUG}", GIRL.replace(b"</head>", canonical))
    web.put("/b", linking(PATH))
    folder = home.root / "data" / "sources"
    folder.mkdir(parents=True)
    entry = (
        'id = "echo"\nname = "Echo"\nkind = "feed"\nmedium = "local-newspaper"\nloopback = true\n'
        f'homepage = "{web.home}/"\nfeeds = ["/rss"]\ndelay_seconds = 0\n'
        "poll_hours = [0, 0]\nrevisit_hours = [0, 0]\n"
    )
    (folder / "echo.toml").write_text(f'publisher = "Tests"\n[[source]]\n{entry}')
    return load_sources(folder)[0]


@pytest.mark.enable_socket
def test_nothing_of_a_suppressed_page_is_left_and_nothing_brings_it_back(
    home: Home, web: Web, tmp_path_factory: pytest.TempPathFactory
) -> None:
    source = local_press(web, home)
    run(home, source)
    built(home, source)
    export(home)
    release(home, "first")
    assert {name.split("/")[1] for name in holding(home.root, NAME)} >= {
        *("archive", "build", "frontier.sqlite", "releases", "tocsin.duckdb"),
    }
    done = call_tocsin(home.root, "suppress", web.home + PATH + "?utm_source=x", "--reason", "law")
    assert done.returncode == 0, done.stderr
    assert holding(home.root, NAME, SLUG) == set()
    assert NAME not in done.stdout + done.stderr

    web.put("/robots.txt", f"User-agent: *\nDisallow: {PATH}\n", Content_Type="text/plain")
    asked = len(web.asked)
    report = run(home, source, hours=1)
    (home.root / "urls").write_text(web.home + PATH)
    run(home, source, hours=2, urls=(("echo", web.home + PATH),))
    assert not [path for path in web.asked[asked:] if SLUG in path and "/old/" not in path]
    assert report.exit_code == 0
    (home.root / "urls").unlink()
    shutil.rmtree(home.build)
    home.database.unlink()
    their = foreign(
        tmp_path_factory.mktemp("their") / "a.warc.gz",
        Told(web.home + PATH, GIRL),
        Told(f"{web.home}/elsewhere", GIRL),
        Told(f"{web.home}/c", linking(web.home + PATH)),
    )
    assert ingest(home, their, load_rules(home, [source])).counts["suppressed"] == 1
    built(home, source)
    export(home)
    assert holding(home.root, NAME, SLUG) == set()
    assert set(run_checks(home.database, CHECKS).values()) == {0}
    urls = {str(row[1]).removeprefix(web.home) for row in rows(home, "article")["article"]}
    assert urls == {"/b", "/c"}


@pytest.mark.enable_socket
def test_an_address_that_leads_to_a_suppressed_page_is_suppressed_too(home: Home, web: Web) -> None:
    source = local_press(web, home)
    suppress(home, web.home + PATH)
    report = run(home, source)
    assert report.outcomes["suppressed"] == 2
    assert web.count(PATH) == 0
    assert [c.outcome for c in captures(home) if SLUG in c.url] == ["ok"]  # the copy, until built
    enforced(home, source)
    assert {one.follows for one in read_decisions(home)[1:]} == {read_decisions(home)[0].hash}
    with closing(Frontier(home.frontier)) as frontier:
        assert frontier.page(f"{web.home}/old/{SLUG}") is None


# ---- the archive ---------------------------------------------------------------------------------


def members(path: Path) -> list[bytes]:
    data = path.read_bytes()
    return [data[one.start : one.end] for one in stored_records(path)]


def test_all_other_records_stay_byte_for_byte(home: Home) -> None:
    archive(home, "a", ("/1", LEEDS), (PATH, GIRL), ("/2", ROADS))
    archive(home, "b", ("/3", HULL))
    first, second = archive_files(home.archive)
    before, inode = members(first), second.stat().st_ino
    suppress(home, f"https://www.echo.example{PATH}/")
    assert enforced(home).facts() == {
        "captures_suppressed": 1,
        "captures_expired": 0,
        "records_cut": 0,
        "archive_files_rewritten": 1,
    }
    after = members(first)
    assert [one for one in after if one not in before] == after[4:5]
    assert [one for one in before if one not in after] == before[4:7]
    assert second.stat().st_ino == inode
    assert sorted(home.archive.iterdir()) == [first, second]


def test_a_rewritten_file_is_read_by_others(home: Home) -> None:
    archive(home, "a", (PATH, GIRL), ("/b", linking(PATH)))
    suppress(home, f"https://echo.example{PATH}")
    enforced(home)
    with archive_files(home.archive)[0].open("rb") as file:
        read = ArchiveIterator(file, check_digests="raise")
        records = [(one.rec_type, one.content_stream().read()) for one in read]
    kinds = [kind for kind, _ in records]
    assert kinds == ["warcinfo", "metadata", "metadata", "request", "response", "metadata"]
    assert b"<ul><li></li></ul>" in records[4][1]


def test_a_suppressed_capture_is_still_counted(home: Home) -> None:
    archive(home, "a", ("/1", LEEDS), (PATH, GIRL))
    ids = {capture.id for capture in captures(home)}
    suppress(home, f"https://echo.example{PATH}")
    built(home)
    found = rows(home)
    assert {row[0] for row in found["capture"]} == ids
    assert [row[1] for row in found["dropped"]] == ["suppressed"]
    shutil.rmtree(home.build)
    home.database.unlink()
    built(home)
    assert rows(home) == found
    urls = [c.url for c in captures(home) if c.outcome == "suppressed"]
    assert urls == [f"urn:tocsin:suppressed:{read_decisions(home)[0].hash}"]


def test_a_damaged_record_that_names_the_page_goes(home: Home) -> None:
    archive(home, "a", ("/1", LEEDS), (PATH, GIRL), ("/2", ROADS))
    (file,) = archive_files(home.archive)
    response = list(stored_records(file))[6]
    data = bytearray(file.read_bytes())
    data[response.end - 6] ^= 1  # in the checksum
    file.write_bytes(data)
    suppress(home, f"https://echo.example{PATH}")
    enforced(home)
    assert holding(home.root, NAME, SLUG) == set()


# ---- what follows from a decision ----------------------------------------------------------------


def test_a_copy_of_the_text_is_known_under_any_address(home: Home) -> None:
    suppress(home, f"https://echo.example{PATH}")
    archive(home, "a", (PATH, GIRL), ("/1", LEEDS))
    enforced(home)
    again = WORDS.upper().replace(" ", "  ")
    copy = page("Another headline", again, "The council said that it was sorry.")
    archive(home, "b", ("/copy", copy), start=START + timedelta(days=1))
    assert enforced(home).suppressed == 1
    assert left(home) == ["/1"]
    assert holding(home.root, NAME, "/copy") == set()


def test_a_short_notice_is_no_text_to_be_known_by(home: Home) -> None:
    notice = page(
        "Removed", "This article was removed for legal reasons. Please see our other pages."
    )
    archive(home, "a", ("/gone", notice), ("/gone-too", notice))
    suppress(home, "https://echo.example/gone")
    enforced(home)
    assert left(home) == ["/gone-too"]


def test_an_author_is_suppressed_with_all_pages_and_in_later_ones(home: Home) -> None:
    def by(name: str, body: bytes) -> bytes:
        told = f'"author": {{"@type": "Person", "name": "{name}"}}, "datePublished"'.encode()
        return body.replace(b'"datePublished"', told)

    archive(home, "a", ("/1", by(f"Ann {NAME}", LEEDS)), ("/2", by("Bea Holt", HULL)))
    told = author_tombs(home, [SOURCE], [f"Ann {NAME}"], [])
    record(home, decide(home, told, "asked for", AT, "tests"))
    archive(home, "b", ("/3", by(f"ANN {NAME.upper()}", ROADS)), start=START + timedelta(days=1))
    enforced(home)
    assert left(home) == ["/2"]
    assert holding(home.root, NAME, NAME.upper()) == set()


def test_the_pseudonym_of_a_forum_is_a_tombstone_as_it_stands() -> None:
    key = b"k" * 32
    assert author_hash(key, "forum", "Foster Mum") == pseudonym(key, "forum", "Foster Mum")


def test_a_suppressed_post_takes_its_page_of_the_thread(home: Home) -> None:
    forum = replace(SOURCE, kind="thread", medium="forum", permission="tests")
    post = '<div class="post" id="p{0}"><b class="author">{1}</b><p>{2}</p></div>'
    words = "The social worker never rang us back and the review was put off again and again."
    posts = [post.format(1, "anna", words), post.format(2, NAME, "So did ours, in three years.")]
    thread = f"<html><h1>Reviews</h1>{''.join(posts)}</html>".encode()
    archive(home, "a", ("/t/1", thread), ("/t/2", thread.replace(NAME.encode(), b"bea")))
    who = author_hash(pseudonym_key(home.pseudonym_key), "echo", NAME)
    record(home, decide(home, [("author", who)], "asked for", AT, "tests"))
    assert enforced(home, forum).suppressed == 1
    assert left(home) == ["/t/2"]
    assert tombstones(home).page("https://echo.example/t/1")


def test_lifting_a_page_lifts_what_follows_from_it(home: Home) -> None:
    archive(home, "a", (PATH, GIRL), ("/copy", GIRL))
    suppress(home, f"https://echo.example{PATH}")
    enforced(home)
    assert [one.what for one in read_decisions(home)] == ["page", "text", "page"]
    done = call_tocsin(
        home.root, "suppress", "--lift", f"https://echo.example{PATH}", "--reason", "in error"
    )
    assert done.returncode == 0, done.stderr
    assert not tombstones(home)
    archive(home, "b", (PATH, GIRL), start=START + timedelta(days=1))
    enforced(home)
    assert left(home) == [PATH]


def test_a_page_that_follows_from_another_is_lifted_with_that_only(home: Home) -> None:
    archive(home, "a", (PATH, GIRL), ("/copy", GIRL))
    suppress(home, f"https://echo.example{PATH}")
    enforced(home)
    done = call_tocsin(
        home.root, "suppress", "--lift", "https://echo.example/copy", "--reason", "in error"
    )
    assert done.returncode == 2
    assert "lift that" in done.stderr


# ---- the command ---------------------------------------------------------------------------------


def test_a_rehearsal_says_what_would_go_and_takes_nothing(home: Home) -> None:
    archive(home, "a", (PATH, GIRL), ("/copy", GIRL), ("/b", linking(PATH)))
    before = archive_files(home.archive)[0].read_bytes()
    key = pseudonym_key(home.pseudonym_key)
    asked = decide(home, [("page", page_hash(key, f"https://echo.example{PATH}"))], "", AT, "tests")
    found = rehearse(home, [SOURCE], asked, None)
    assert (found.suppressed, found.cut, found.files) == (2, 1, 1)
    assert archive_files(home.archive)[0].read_bytes() == before
    assert read_decisions(home) == []


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--reason", "x"], "name a page, an --author or a --story"),
        (["https://echo.example/1"], "say why: --reason"),
        (["javascript:1", "--reason", "x"], "is no address of the web"),
        (["https://thetelegraphandargus.co.uk", "--reason", "x"], "disable that in the registry"),
        (["--author", "A", "--source", "fax", "--reason", "x"], "no such source"),
        (["--lift", "https://echo.example/1", "--reason", "x"], "is not suppressed"),
    ],
)
def test_what_makes_no_sense_is_one_clear_line(home: Home, words: list[str], problem: str) -> None:
    done = call_tocsin(home.root, "suppress", *words)
    assert done.returncode == 2
    assert problem in done.stderr
    assert done.stderr.count("\n") == 1
    assert not home.decisions.exists()


@pytest.mark.parametrize("sign", ["data/decisions.jsonl", "archive"])
def test_a_killed_suppression_is_finished_by_the_next_build(home: Home, sign: str) -> None:
    archive(home, "a", ("/1", LEEDS), (PATH, GIRL), ("/2", ROADS))
    (file,) = archive_files(home.archive)
    inode = file.stat().st_ino
    command = [sys.executable, "-m", "tocsin", "--home", str(home.root), "suppress"]
    command += [f"https://echo.example{PATH}", "--reason", "asked for"]
    with subprocess.Popen(command, cwd="/", stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            if file.stat().st_ino != inode if sign == "archive" else any(home.root.glob(sign)):
                process.send_signal(signal.SIGKILL)
                break
            time.sleep(0.001)
    assert process.returncode == -signal.SIGKILL
    built(home)
    assert holding(home.root, NAME, SLUG) == set()
    assert len(rows(home, "article")["article"]) == 2


def test_a_shard_that_was_half_removed_does_not_count_as_made(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive(home, "a", ("/1", LEEDS), (PATH, GIRL), ("/2", ROADS))
    built(home)
    remove = shutil.rmtree

    def killed(folder: Path, ignore_errors: bool = False) -> None:
        if "shards" in folder.parts and folder.exists():
            (folder / "article.parquet").unlink()
            raise KeyboardInterrupt
        remove(folder, ignore_errors)

    suppress(home, f"https://echo.example{PATH}")
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            built(home)
    built(home)
    assert holding(home.root, NAME, SLUG) == set()
    assert len(rows(home, "article")["article"]) == 2
    assert len([*(home.build / "shards").iterdir()]) == 1


def redirects(home: Home, run: str, *ways: tuple[str, str]) -> None:
    """Write one archive file of redirects: (path, where to) each."""
    writer = ArchiveWriter(home.archive, run, {"software": "tests", "isPartOf": run})
    for path, to in ways:
        told = [("Location", to)]
        url = f"https://echo.example{path}"
        exchange = Exchange(url, 301, "Moved", [], told, b"", START)
        writer.add(exchange, {"source": "echo", "kind": "page", "outcome": "redirect"})
    writer.close({}, START)


def test_the_article_that_a_suppressed_address_redirects_to_goes_with_it(home: Home) -> None:
    archive(home, "a", ("/1", LEEDS), (PATH, GIRL), ("/copy", GIRL), ("/", HULL))
    redirects(home, "b", ("/old", "/older"), ("/older", PATH), ("/front", "/"))
    key = pseudonym_key(home.pseudonym_key)
    old = page_hash(key, "https://echo.example/old")
    asked = decide(home, [("page", old)], "", AT, "tests")
    told = rehearse(home, [SOURCE], asked, None)
    assert told.facts()["pages_that_they_lead_to"] == (f"echo.example{PATH}",)
    assert read_decisions(home) == []
    suppress(home, "https://echo.example/old", "https://echo.example/front")
    enforced(home)
    assert left(home) == ["/1", "/"]
    target = page_hash(key, f"https://echo.example{PATH}")
    (followed,) = [one for one in read_decisions(home) if one.hash == target]
    assert followed.follows == old
    assert holding(home.root / "data", NAME, SLUG) == set()


def test_what_shares_much_either_way_is_told_as_repeating_it(home: Home) -> None:
    def fill(con: duckdb.DuckDBPyConnection) -> None:
        for name in ("a1", "a2", "a3", "a4"):
            article(con, name)
        insert(con, "story", id="s1", article_id="a1")
        insert(con, "member", article_id="a1", story_id="s1", role="original")
        for name, share, back in (("a2", 0.1, 0.9), ("a3", 0.9, 0.1), ("a4", 0.4, 0.4)):
            of = {"of_article_id": "a1", "share": share, "share_back": back}
            insert(con, "member", article_id=name, story_id="s1", role="rewrite", **of)

    database = publish(home, fill)
    said = {name: repeating(database, [f"https://echo.example/{name}"]) for name in ("a1", "a2")}
    assert said == {
        "a1": ["https://echo.example/a2", "https://echo.example/a3"],
        "a2": ["https://echo.example/a1"],
    }


# ---- the file of decisions -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        '{"what": "page"',
        "[]",
        '{"what": "page"}',
        '{"what": "fax", "hash": "", "reason": "", "at": "", "by": ""}',
        '{"what": 3, "hash": "", "reason": "", "at": "", "by": ""}',
    ],
)
def test_a_broken_line_is_one_error_that_names_it(home: Home, line: str) -> None:
    suppress(home, "https://echo.example/1")
    home.decisions.write_text(home.decisions.read_text() + line)
    with pytest.raises(DataFileError, match=r"decisions\.jsonl: line 2: "):
        tombstones(home)


def test_another_key_is_an_error_and_not_an_empty_list(home: Home) -> None:
    suppress(home, "https://echo.example/1")
    home.pseudonym_key.unlink()
    with pytest.raises(StorageError, match=r"line 1 was made with another key than pseudonym\.key"):
        built(home)
    assert not home.pseudonym_key.exists()


def test_a_decision_tells_neither_address_nor_name(home: Home) -> None:
    suppress(home, f"https://echo.example{PATH}", reason="a court's order")
    (line,) = home.decisions.read_text().splitlines()
    told = json.loads(line)
    assert {*told} == {"what", "hash", "reason", "at", "by", "key"}
    assert SLUG not in line
    assert home.decisions.stat().st_mode & 0o137 == 0


# ---- retention -----------------------------------------------------------------------------------


def test_what_a_source_may_keep_no_longer_is_rewritten_away(home: Home) -> None:
    kept = replace(SOURCE, retention_days=30)
    archive(home, "a", (PATH, GIRL), ("/1", LEEDS))
    archive(home, "b", ("/2", HULL), start=START + timedelta(days=20))
    assert enforced(home, kept) == Forgotten()
    now = START + timedelta(days=31)
    assert enforced(home, kept, now).expired == 2
    assert left(home) == ["/2"]
    assert [c.outcome for c in captures(home)] == ["expired", "expired", "ok"]
    assert holding(home.root / "data" / "archive", NAME) == set()
    assert enforced(home, kept, now) == Forgotten()


def test_without_a_limit_nothing_expires(home: Home) -> None:
    archive(home, "a", ("/1", LEEDS))
    assert enforced(home, now=datetime(2036, 1, 1, tzinfo=UTC)) == Forgotten()


# ---- cutting -------------------------------------------------------------------------------------

KEY = b"k" * 32
ADDRESS = "https://echo.example/news/1.girl"
GONE = page_hash(KEY, ADDRESS)
TOMBS = Tombstones(KEY, {GONE: [Decision("page", GONE, "", AT, "tests")]})


@pytest.mark.parametrize(
    ("body", "rest"),
    [
        ('<li><a class="x" href="/news/1.girl/?utm_id=1"><img alt="G">Girl</a></li>', "<li></li>"),
        ("<p>As <a href='http://echo.example/news/1.girl'>we said</a>, it", "<p>As we said, it"),
        ("<p>Read: <a href=/news/1.girl>Girl is named</a></p>", "<p>Read: </p>"),
        ("<p><a href=/news/2>A</a><a href=/news/1.girl>B</a></p>", "<p><a href=/news/2>A</a></p>"),
        (f"<item>/q</item><item><title>G</title><link>{ADDRESS}</link></item>", "<item>/q</item>"),
        (f"<urlset><url><loc>{ADDRESS}</loc></url></urlset>", "<urlset></urlset>"),
        ("Disallow: /a\nDisallow: /news/1.girl\nAllow: /", "Disallow: /a\n\nAllow: /"),
        ('<script>{"u":"https:\\/\\/echo.example\\/news\\/1.girl","t":"G"}</script>x', "x"),
        ("<a href='https://s.example/?u=https%3A%2F%2Fecho.example%2Fnews%2F1.girl'>G</a>", ""),
        ("see https://echo.example/news/1.girl, they say", "see , they say"),
        ('<link rel="amphtml" href="/news/1.girl?amp=1"><p>x</p>', "<p>x</p>"),
        ('<a href="/news/1.girls">Other</a>', '<a href="/news/1.girls">Other</a>'),
        ('{"items": [{"url": "https://echo.example/news/1.girl", "title": "G"}]}', None),
    ],
)  # fmt: skip
def test_what_names_a_page_is_cut_out_and_nothing_else(body: str, rest: str | None) -> None:
    left = cut(body.encode(), "https://echo.example/news/9", TOMBS)
    assert (None if left is None else left.decode()) == rest


def test_a_line_of_a_log_loses_the_address_only() -> None:
    line = '{"message": "https://echo.example/news/1.girl: timeout, http://a.example/"}'
    assert cut_text(line, TOMBS) == '{"message": "<suppressed>: timeout, http://a.example/"}'


@pytest.mark.parametrize(
    "body", [b"<a href=", b"<a href='", b"<item", b'"/', b"<link rel=canonical "]
)
def test_cutting_takes_linear_time(body: bytes) -> None:
    started = time.process_time()
    cut(body * 100_000 + b"<a href=/news/1.girl>G</a>", "https://echo.example/", TOMBS)
    assert time.process_time() - started < 10
