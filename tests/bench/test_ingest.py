"""`make bench`: taking in an archive, against the plain loop; nothing relevant is left out."""

import gzip
import io
import itertools
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.archive import Capture, archive_files, read_file
from crawler.home import CHECKOUT, Home
from crawler.ingest import ingest, load_rules
from tests.bench.test_extraction import plain_loop
from tests.bench.test_speed import WORLD, median_seconds
from tests.conftest import SOURCE
from tests.test_candidates import ours

PAGES = 300  # of which one in a hundred is relevant
REAL = CHECKOUT.parent / "shared" / "pages" / "html"  # not committed: third parties' pages
ELSEWHERE = "https://gazette.example/news/"
LABELS = [
    "News",
    "Sport",
    "Weather",
    "Traffic",
    "Crime",
    "Business",
    "Property",
    "Jobs",
    "Food",
    "Travel",
    "Video",
    "Obituaries",
]
SENTENCES = (
    "The road will be shut from Monday while workers mend the joints of the bridge.",
    "Rain is expected to clear by the afternoon, with highs of 14C along the coast.",
    "Two goals in the last ten minutes gave the home side their first win since August.",
    "A man was taken to hospital after a crash near the roundabout on Tuesday evening.",
    "The bakery has been run by the same family since 1954 and will open a second shop.",
    "Trains between the two cities were delayed for an hour because of a signal fault.",
    "Residents said that the new bus lane had made the journey to town no quicker.",
    "Visitors can see the steam engines on the first Sunday of each month until October.",
)


def page(dice: random.Random, number: int, title: str, paragraphs: Sequence[str]) -> str:
    """A news page of some 170 KB, whose markup is shared out as that of ../shared/pages is.

    Of these, a page has on average 1,400 tags with 52 KB of attributes, 36 scripts of 54 KB, styles
    of 34 KB and 19 KB of text.
    """
    metas = "".join(
        f'<meta property="x:{dice.choice(LABELS).lower()}{n}" content="{dice.choice(SENTENCES)}">'
        for n in range(32)
    )
    told = (
        f'{{"@context":"https://schema.org","@type":"NewsArticle","headline":"{title}",'
        '"datePublished":"2026-08-30T07:00:00+01:00","author":{"@type":"Person","name":"A Bee"}}'
    )
    body = "".join(f"<p>{paragraph}</p>\n" for paragraph in paragraphs)
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"{metas}<style>{style(dice, 34_000)}</style>"
        f'<script type="application/ld+json">{told}</script>{"".join(scripts(dice, 18))}'
        "</head><body>"
        f"<header><nav><ul>{''.join(links(dice, 120))}</ul></nav></header><!-- page {number} -->"
        f'<main><article class="article article--news"><h1>{title}</h1>\n{body}</article>'
        f"<aside>{''.join(cards(dice, 100))}</aside></main>{''.join(scripts(dice, 16))}"
        f"<footer><ul>{''.join(links(dice, 60))}</ul></footer></body></html>"
    )


def style(dice: random.Random, size: int) -> str:
    rule = (
        ".c-{0}__item--{1}{{margin:0 {1}px;color:#{0:06x};display:flex}}@media(min-width:{1}em){{}}"
    )
    made = (rule.format(dice.randrange(1 << 20), dice.randrange(99)) for _ in itertools.count())
    return "".join(itertools.islice(made, size // 80))


def scripts(dice: random.Random, count: int) -> Iterator[str]:
    for _ in range(count):
        lines = (
            f'window.q=window.q||[];q.push({{id:"{dice.randrange(1 << 40):x}",slot:{n},'
            f"size:[[{dice.randrange(900)},90]],on:function(e){{if(e&&e.a<{n}){{return!1}}}}}});"
            for n in range(14)
        )
        yield f"<script>{''.join(lines)}</script>\n"


def links(dice: random.Random, count: int) -> Iterator[str]:
    for _ in range(count):
        label, place = dice.choice(LABELS), dice.randrange(1 << 24)
        yield (
            f'<li class="nav__item nav__item--{label}"><a class="nav__link" data-id="{place}" '
            f'href="https://gazette.example/{label.lower()}/{place:x}">{label}</a></li>\n'
        )


def cards(dice: random.Random, count: int) -> Iterator[str]:
    for _ in range(count):
        place, line = dice.randrange(1 << 32), dice.choice(SENTENCES)
        yield (
            f'<div class="card card--small" data-track="card-{place:x}"><a class="card__link" '
            f'href="/news/{place:x}"><img class="card__image" src="/i/{place:x}/card-1.jpg" '
            f'alt="" loading="lazy" srcset="https://i.example/{place:x}-2.jpg 2x"></a>'
            f'<h3 class="card__title"><a href="/news/{place:x}">{line}</a></h3></div>\n'
        )


def written(path: Path, bodies: Sequence[bytes]) -> Path:
    """A foreign archive of these pages, as warcio writes it."""
    head = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for number, body in enumerate(bodies):
            writer.write_record(
                writer.create_warc_record(
                    f"{ELSEWHERE}{number}",
                    "response",
                    payload=io.BytesIO(body),
                    length=len(body),
                    http_headers=head,
                )
            )
    return path


def relevant_stories() -> Iterator[tuple[str, list[str]]]:
    """(title, paragraphs) of the demo world's relevant pages."""
    for site in WORLD.sites:
        for story in site.stories:
            html = WORLD.answer(site, story.path)[2]
            if ours().is_relevant(html.encode()):
                title = re.search(r"<h1[^>]*>(.*?)</h1>", html, re.DOTALL)
                yield title[1] if title else "", re.findall(r"<p>(.*?)</p>", html, re.DOTALL)


def made_up() -> list[bytes]:
    dice, stories = random.Random(4), itertools.cycle(relevant_stories())
    bodies = []
    for number in range(PAGES):
        title, paragraphs = "Bridge to shut for nine nights", dice.choices(SENTENCES, k=30)
        if number % 100 == 50:
            title, paragraphs = next(stories)
        bodies.append(page(dice, number, title, paragraphs).encode())
    return bodies


def real() -> list[bytes]:
    return [gzip.decompress(path.read_bytes()) for path in sorted(REAL.glob("*.html.gz"))]


@pytest.mark.parametrize("which", ["made_up", "real"])
def test_ingest(which: str, tmp_path: Path) -> None:
    bodies = made_up() if which == "made_up" else real()
    if not bodies:
        pytest.skip("../shared/pages is not here")
    path = written(tmp_path / "foreign.warc.gz", bodies)
    homes = iter(range(99))
    rules = load_rules(Home(tmp_path), [], rest=SOURCE)
    taken = median_seconds(lambda: ingest(Home(tmp_path / str(next(homes))), path, rules))
    passed = median_seconds(
        lambda: ingest(Home(tmp_path / str(next(homes))), path, load_rules(Home(tmp_path), []))
    )
    peer = median_seconds(lambda: plain_loop(path))
    kept = {
        capture.url
        for file in archive_files(Home(tmp_path / "0").archive)
        for capture in read_file(file)
        if isinstance(capture, Capture) and capture.kept
    }
    wanted = {f"{ELSEWHERE}{n}" for n, body in enumerate(bodies) if ours().is_relevant(body)}
    assert wanted <= kept, "a relevant page was left out"
    assert wanted or which == "real"
    size = sum(map(len, bodies)) / len(bodies) / 1000
    print(f"\n{which}: {len(bodies)} pages of {size:.0f} KB, {len(wanted)} relevant", end=", ")
    print(f"{len(kept)} kept: {len(bodies) / taken:.0f} pages/s", end=", ")
    print(f"{peer / taken:.1f} x the plain loop; of hosts that nobody watches", end=" ")
    print(f"{len(bodies) / passed:.0f} pages/s, {peer / passed:.0f} x")
