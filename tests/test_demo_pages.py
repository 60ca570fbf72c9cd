"""Every page of the embedded world is read to the character: no word of its clutter, none lost."""

import re
from datetime import UTC, datetime

import pytest

from crawler.archive import Capture
from crawler.demo import Site, Story, load_world
from crawler.home import CHECKOUT, Home
from pipeline.extract import Extracted, extract
from pipeline.model import Article
from pipeline.reading.rules import Rules, load_rules

WORLD = load_world(CHECKOUT / "data" / "demo", 1)
RULES = load_rules(Home(CHECKOUT).data, WORLD.sources(), key=b"secret of the tests")
PAGES = {story.name: (site, story) for site in WORLD.sites for story in site.stories}
FORUM_PAGES = [name for name, (site, _) in PAGES.items() if site.id in RULES.forums]
NEWS_PAGES = [name for name in PAGES if name not in FORUM_PAGES]
NO_PERSON = re.compile(r"reporter$|desk$|^The |^\w+$")  # "Courier court reporter", "Maudie"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def served(site: Site, story: Story) -> str:
    return WORLD.answer(site, story.path)[2]


def read(name: str, rules: Rules = RULES) -> tuple[Article, ...]:
    site, story = PAGES[name]
    capture = Capture(
        id=name,
        run_id="r1",
        source_id=site.id,
        kind="page",
        url=site.home + story.path,
        via="",
        fetched_at=NOW,
        outcome="ok",
        status=200,
        media_type="text/html",
        body=served(site, story).encode(),
    )
    found = extract(capture, rules)
    assert isinstance(found, Extracted), found
    return found.articles


@pytest.mark.parametrize("name", NEWS_PAGES)
def test_the_text_of_a_page_is_that_of_its_author(name: str) -> None:
    _, story = PAGES[name]
    (article,) = read(name)
    assert article.text == "\n\n".join(text for kind, text in story.blocks if kind != "aside")
    assert article.title == story.title
    assert article.paywalled == story.paywall


@pytest.mark.parametrize("name", NEWS_PAGES)
def test_what_a_page_shows_beside_its_text_becomes_fields(name: str) -> None:
    site, story = PAGES[name]
    (article,) = read(name)
    html = served(site, story)
    body = html.partition("<body")[2].replace("&#39;", "'")
    assert article.standfirst == (story.standfirst if story.standfirst in body else "")
    assert article.credited_to == story.source
    if "<figcaption" in body or "wp-caption" in body:
        assert article.captions == (story.caption,)
    if story.credit == "Local Democracy Reporting Service":
        assert article.agency == story.credit
    person = story.byline.partition(",")[0].partition(" in ")[0]
    shown = person in html and not NO_PERSON.search(person)
    assert article.authors == ((person,) if person and shown else ())


@pytest.mark.parametrize("name", NEWS_PAGES)
def test_a_page_is_dated_as_exactly_as_it_says(name: str) -> None:
    _, story = PAGES[name]
    (article,) = read(name)
    assert article.published_at is not None
    told = story.published.astimezone(UTC)
    if article.published_precision == "day":
        told = told.replace(hour=0, minute=0, second=0)
    assert article.published_at == told


@pytest.mark.parametrize("name", FORUM_PAGES)
def test_a_thread_is_its_posts_each_once_without_names_or_quotations(name: str) -> None:
    _, story = PAGES[name]
    articles = read(name)
    assert [article.post for article in articles] == list(range(1, len(story.posts) + 1))
    for article, post in zip(articles, story.posts, strict=True):
        own = dict.fromkeys(text for kind, text in post["blocks"] if kind != "quote")
        quoted = [text for kind, text in post["blocks"] if kind == "quote"]
        assert article.text == "\n\n".join(own)
        assert article.quoted == "\n\n".join(quoted)
        assert article.published_at == datetime.fromisoformat(post["time"]).astimezone(UTC)
        assert article.reply_to.rpartition("_")[2] == str(post["reply_to"] or "")
        assert article.authors == ()
        assert post["author"] not in repr(article)


def test_one_person_has_one_pseudonym_which_nobody_makes_without_the_key() -> None:
    by_name: dict[str, set[str]] = {}
    for name in FORUM_PAGES:
        for article, post in zip(read(name), PAGES[name][1].posts, strict=True):
            by_name.setdefault(post["author"], set()).add(article.pseudonym)
    assert all(len(pseudonyms) == 1 for pseudonyms in by_name.values())
    assert len(set.union(*by_name.values())) == len(by_name)
    other = load_rules(Home(CHECKOUT).data, WORLD.sources(), key=b"another secret")
    assert not {a.pseudonym for a in read(FORUM_PAGES[0])} & {
        a.pseudonym for a in read(FORUM_PAGES[0], other)
    }
