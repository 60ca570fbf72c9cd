"""Cases 92 and 121-125: what must go, what must not come, and who may read what is kept."""

import shutil
import zlib
from pathlib import Path

from crawler.archive import archive_files
from crawler.home import Home
from tests.grep import holding
from tests.hostile.scripts import article, reply
from tests.hostile.storage import PATHS, Press, press
from tests.hostile.world import Case, Crawled, Hostile, tocsin

COMMENTER = "Winifred Fotheringay-Smythe"
E_MAIL = "winifred.fotheringay@example.org"
SESSION = {"Set-Cookie": "session=1; Path=/"}
PHONE = "020 7946 0958"
COMMENTS = (
    '<section id="comments" class="comments"><h2>Comments</h2><div class="comment">'
    f"<b class='author'>{COMMENTER}</b><p>Write to me at {E_MAIL} or call {PHONE}, neighbours!</p>"
    "</div></section>"
)
ARTICLE_WORDS = ("told the cabinet", "had fallen for the third year", "again in the autumn")
OF_THE_PAGE = (
    "p0 told the cabinet",
    f"{PATHS[0]}<",
    f'{PATHS[0]}"',
    f"{PATHS[0]}'",
    f"{PATHS[0]} ",
)
OPEN_TO_ALL = 0o137  # bits that neither owner nor group need: 0640 is the most


def uncompressed(path: Path) -> bytes:
    """All records of an archive file as they were before gzip."""
    data, parts = path.read_bytes(), []
    while data:
        member = zlib.decompressobj(wbits=31)
        parts.append(member.decompress(data))
        data = member.unused_data
    return b"".join(parts)


def archive_of(home: Path) -> bytes:
    return b"".join(map(uncompressed, archive_files(Home(home).archive)))


def deleted(folder: Path) -> None:
    """Cases 92 and 121: a page that must go is in no file of the home any more."""
    with press(folder) as paper:
        suppress(paper)
        assert len(paper.archived()) == len(PATHS) - 1


def suppress(paper: Press) -> None:
    url = paper.server.base("press") + PATHS[0]
    assert paper.crawl() == 0
    assert tocsin(paper.home, "run").code == 0
    assert len(holding(paper.home / "data", *OF_THE_PAGE)) > len(("archive", "database", "shard"))
    assert holding(paper.home / "reports", *OF_THE_PAGE)
    done = tocsin(paper.home, "suppress", url, "--reason", "a court's order")
    assert done.code == 0, done.last_words
    assert holding(paper.home, *OF_THE_PAGE) == set()


def stays_deleted(folder: Path) -> None:
    """Case 122: neither a crawl nor a build brings it back."""
    with press(folder) as paper:
        suppress(paper)
        asked = paper.server.targets("press").count(PATHS[0])
        shutil.rmtree(Home(paper.home).build)
        Home(paper.home).database.unlink()
        assert tocsin(paper.home, "run").code == 0
        assert holding(paper.home, *OF_THE_PAGE) == set()
        assert paper.server.targets("press").count(PATHS[0]) == asked


def no_commenter(crawled: Crawled) -> None:
    """Case 123: the article is there, the reader who wrote under it is not, in no log either."""
    ((text, authors),) = crawled.ask(
        "SELECT text, authors FROM article WHERE source_id = ?", "c123"
    )
    assert "told the cabinet" in text
    for word in (COMMENTER, E_MAIL, PHONE):
        assert word not in text
        assert word not in crawled.logs
    assert authors == []
    tags = crawled.ask("SELECT count(*) FROM tag WHERE contains(evidence, ?)", E_MAIL)
    assert tags == [(0,)]


def no_cookies(crawled: Crawled) -> None:
    """Case 124: no session and no password was sent, and none is kept."""
    hits = [hit for hits in crawled.server.hits.values() for hit in hits]
    assert len(hits) > 100
    assert not [hit for hit in hits if {"cookie", "authorization", "referer"} & set(hit.headers)]
    kept = archive_of(crawled.home).lower()
    assert b"\r\ncookie:" not in kept
    assert b"\r\nauthorization:" not in kept


def no_text_in_logs(crawled: Crawled) -> None:
    """Case 125."""
    assert len(crawled.logs) > 1_000
    assert [words for words in ARTICLE_WORDS if words in crawled.logs] == []


def for_few_eyes(crawled: Crawled) -> None:
    """Case 125: the store's files are open to their owner and group at the most."""
    store = [path for path in (crawled.home / "data").rglob("*") if "sources" not in path.parts]
    open_ones = [p for p in store if p.is_file() and p.stat().st_mode & OPEN_TO_ALL]
    assert [str(path.relative_to(crawled.home)) for path in open_ones] == []


CASES = (
    Case(92, "a page that must go by law", trials=(deleted,)),
    Case(121, "a page that must go from everywhere", trials=(deleted,)),
    Case(122, "what was deleted stays away", trials=(stays_deleted,)),
    Case(
        123,
        "readers under an article",
        (Hostile("c123", {"/page": (reply(article("c123", after=COMMENTS)), "ok")}),),
        (no_commenter,),
    ),
    Case(
        124,
        "sites that set cookies",
        (
            Hostile(
                "c124",
                {f"/p{n}": (reply(article(f"c124-{n}"), headers=SESSION), "ok") for n in range(3)},
            ),
        ),
        (no_cookies,),
    ),
    Case(125, "what a log says, and who may read it", checks=(no_text_in_logs, for_few_eyes)),
)
