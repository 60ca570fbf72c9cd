"""What people decide about articles: what their words stand for, and what waits for a decision."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from crawler.errors import UsageError
from crawler.home import Home, pseudonym_key
from crawler.sources import Source, is_forum
from crawler.suppression import (
    ANY,
    CLEAR,
    HOLD,
    LIFT,
    Decision,
    author_hash,
    decide,
    page_hash,
    tombstones,
)
from crawler.urls import absolute_url, url_identity
from reports.database import open_database, reading

PSEUDONYM = re.compile(r"[0-9a-f]{16}")
MUCH = 0.5  # share of a text's words; an agency's report has more in common with its rewrite
MOST_EVIDENCE = 200  # characters that are shown of a risk


def page_tombs(home: Home, sources: Iterable[Source], urls: Iterable[str]) -> list[tuple[str, str]]:
    """("page", hash) of each URL, which must be no address that the registry names.

    Raises:
        UsageError: it is no URL, or it is a source's homepage, feed or sitemap.
    """
    key = pseudonym_key(home.pseudonym_key)
    named = {
        url_identity(url): source.id
        for source in sources
        for url in (source.homepage, *(u for u, _ in (*source.discovery, *source.backfill)))
    }
    found = []
    for told in urls:
        url = absolute_url("", told)
        if url is None:
            raise UsageError(f"{told}: is no address of the web")
        if owner := named.get(url_identity(url)):
            raise UsageError(f"{told}: leads to all of {owner}; disable that in the registry")
        found.append(("page", page_hash(key, url)))
    return list(dict.fromkeys(found))


def author_tombs(
    home: Home, sources: Iterable[Source], names: Iterable[str], of: Sequence[str]
) -> list[tuple[str, str]]:
    """("author", hash) of each name or pseudonym: at the sources named, else wherever it stands.

    Raises:
        UsageError: a source is not in the registry.
    """
    key = pseudonym_key(home.pseudonym_key)
    known = {source.id: source for source in sources}
    for name in of:
        if name not in known:
            raise UsageError(f"--source {name}: no such source; see 'tocsin sources'")
    places = of or [ANY, *(source.id for source in known.values() if is_forum(source))]
    found = []
    for name in names:
        if PSEUDONYM.fullmatch(name):
            found.append(("author", name))
        else:
            found += [("author", author_hash(key, place, name)) for place in places]
    return found


def story_urls(database: Path, story: str) -> list[str]:
    """The addresses of all articles of a story.

    Raises:
        UsageError: there is no database, or no such story in it.
    """
    sql = "SELECT url FROM article JOIN member ON article_id = id WHERE story_id = ? ORDER BY 1"
    with open_database(database) as con, reading(database):
        found = [url for (url,) in con.execute(sql, [story]).fetchall()]
    if not found:
        raise UsageError(f"--story {story}: there is no such story")
    return found


def lifting(
    home: Home, asked: Iterable[tuple[str, str]], reason: str, at: str, by: str
) -> list[Decision]:
    """The decisions that let tombstones hold no longer.

    Raises:
        UsageError: one is none, or only follows from another decision, which must be lifted.
    """
    tombs = tombstones(home)
    hashes = []
    for what, hash_ in asked:
        kind = tombs.pages if what == "page" else tombs.authors
        if hash_ not in kind:
            raise UsageError(f"--lift: this {what} is not suppressed")
        cause = tombs.cause(hash_)
        if cause.follows:
            told = f"follows from a decision of {cause.at[:10]} about another"
            raise UsageError(f"--lift: this {what} is suppressed because it {told}; lift that")
        hashes.append(hash_)
    return decide(home, [(LIFT, hash_) for hash_ in hashes], reason, at, by)


REPEATING = f"""
WITH gone AS (SELECT id FROM article WHERE list_contains($pages, page)),
other AS (
  SELECT article_id AS id FROM member
  WHERE greatest(share, share_back) >= {MUCH} AND of_article_id IN (FROM gone)
  UNION ALL
  SELECT of_article_id FROM member
  WHERE greatest(share, share_back) >= {MUCH} AND article_id IN (FROM gone)
)
SELECT DISTINCT url FROM article SEMI JOIN other USING (id)
WHERE NOT list_contains($pages, page) ORDER BY url"""


def repeating(database: Path, urls: Iterable[str]) -> list[str]:
    """The addresses of other pages that hold much of the words of some, for a person to judge.

    None where there is no database yet.
    """
    if not database.exists():
        return []
    found = (absolute_url("", url) for url in urls)
    pages = [url_identity(url) for url in found if url]
    with open_database(database) as con, reading(database):
        return [url for (url,) in con.execute(REPEATING, {"pages": pages}).fetchall()]


# ---- what is held --------------------------------------------------------------------------------

HELD = f"""
SELECT a.id, a.source_id, a.published_at, list_sort(list_distinct(list(t.label))) AS reasons,
       list(left(t.evidence, {MOST_EVIDENCE}) ORDER BY t.start_char) AS evidence, a.url
FROM held AS h JOIN article AS a ON a.id = h.article_id
JOIN tag AS t ON t.article_id = a.id AND t.tagger = 'risk'
GROUP BY a.id, a.source_id, a.published_at, a.url, a.relevant
ORDER BY a.relevant DESC, a.published_at DESC NULLS LAST, a.id LIMIT ?"""
COLUMNS = ("id", "source", "published", "reasons", "evidence", "link")
NEWEST = """
SELECT id FROM article JOIN tag ON article_id = id AND tagger = 'risk'
WHERE id = $told OR ((url = $told OR page = $page) AND id IN (
  SELECT arg_max(id, revision) FROM article GROUP BY page)) GROUP BY id ORDER BY id"""


def held_rows(database: Path, limit: int) -> tuple[int, list[tuple[object, ...]]]:
    """How many articles wait for a person, and some of them: COLUMNS; of the text the evidence.

    What is on topic comes first, then what is new.

    Raises:
        UsageError: there is no database yet.
    """
    with open_database(database) as con, reading(database):
        rows = con.execute(HELD, [limit]).fetchall()
        ((number,),) = con.execute("SELECT count(*) FROM held").fetchall()
    return number, [(*row[:2], _day(row[2]), *row[3:]) for row in rows]


def clearing(
    home: Home, words: Iterable[str], reason: str, at: str, by: str, *, undo: bool = False
) -> list[Decision]:
    """The decisions that let articles into public exports, or (`undo`) no longer.

    A word is an article's id, or a URL: then the newest revision of the page is meant.

    Raises:
        UsageError: there is no such article, or it carries no risk.
    """
    found = []
    with open_database(home.database) as con, reading(home.database):
        for word in words:
            url = absolute_url("", word)
            page = url_identity(url) if url else ""
            ids = con.execute(NEWEST, {"told": word, "page": page}).fetchall()
            if not ids:
                raise UsageError(f"{word}: is no article that carries a risk; see 'tocsin held'")
            found += [(HOLD if undo else CLEAR, name) for (name,) in ids]
    return decide(home, found, reason, at, by)


def _day(moment: object) -> str:
    return moment.date().isoformat() if isinstance(moment, datetime) else ""
