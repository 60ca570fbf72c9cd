"""How good the extraction is, on pages whose text is known, beside trafilatura as it is shipped.

The measure is that of Zyte's article extraction benchmark: a page's precision and recall count
the 4-gram shingles of its words, with repetition; the means over all pages give F1.
"""

import gzip
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import trafilatura
from numpy.typing import NDArray

from crawler.archive import Capture
from crawler.errors import DataFileError
from pipeline.extract import Extracted, extract
from pipeline.reading.rules import Rules

WORD = re.compile(r"\w+")
SHINGLE = 4  # words
RESAMPLES = 1000
SPREAD = (0.025, 0.975)  # quantiles of the resampled scores

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a test set."""

    id: str
    url: str
    html: bytes
    text: str  # as a person copied it out


@dataclass(frozen=True, slots=True)
class Score:
    """Means over pages, 0 to 1; low and high hold 95 % of F1 over resampled pages."""

    pages: int
    precision: float
    recall: float
    f1: float
    low: float
    high: float


def read_pages(folder: Path) -> Iterator[Page]:
    """The pages of a folder: html/<id>.html.gz and ground-truth.json, {id: {url, articleBody}}.

    Raises:
        DataFileError: the truth is missing or broken, or a page is missing.
    """
    truth = folder / "ground-truth.json"
    try:
        known = json.loads(truth.read_text("utf-8"))
        for name, entry in sorted(known.items()):
            html = gzip.decompress((folder / "html" / f"{name}.html.gz").read_bytes())
            yield Page(name, entry["url"], html, entry["articleBody"])
    except (OSError, ValueError, KeyError, AttributeError, EOFError) as error:
        problem = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise DataFileError(str(truth), "pages", problem) from error


def ours(rules: Rules) -> Callable[[Page], str]:
    """Our extraction as a function of a page."""

    def text(page: Page) -> str:
        found = extract(_capture(page), rules)
        return found.articles[0].text if isinstance(found, Extracted) else ""

    return text


def as_shipped(page: Page) -> str:
    """trafilatura with its defaults."""
    return trafilatura.extract(page.html) or ""


def score(pairs: Sequence[tuple[str, str]]) -> Score:
    """The score of some texts, each (as it is, as it was extracted)."""
    each = [precision_and_recall(true, found) for true, found in pairs]
    table = np.array(each)
    low, high = spread(table, lambda means: _f1(*means))
    precision, recall = (float(mean) for mean in table.mean(axis=0))
    return Score(len(table), precision, recall, _f1(precision, recall), low, high)


def spread(
    table: NDArray[np.float64], value: Callable[[NDArray[np.float64]], float]
) -> tuple[float, float]:
    """Between what lie 95 % of the values of resampled sets.

    `table` has a row an item; `value` is of the means of its columns.
    """
    draw = np.random.default_rng(0)  # the same spread in every run
    means = table[draw.integers(len(table), size=(RESAMPLES, len(table)))].mean(axis=1)
    low, high = np.quantile([value(row) for row in means], SPREAD)
    return float(low), float(high)


def precision_and_recall(true: str, found: str) -> tuple[float, float]:
    """Of the shingles that were found, how many are right; of those that are there, how many."""
    there, taken = shingles(true), shingles(found)
    both = (there & taken).total()
    return both / taken.total(), both / there.total()


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """How often each run of four words stands in a text; a shorter text is one run."""
    words = WORD.findall(text)
    last = max(1, len(words) - SHINGLE + 1)
    return Counter(tuple(words[n : n + SHINGLE]) for n in range(last))


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _capture(page: Page) -> Capture:
    return Capture(
        id=page.id,
        run_id="",
        source_id="",
        kind="page",
        url=page.url,
        via="",
        fetched_at=datetime(2100, 1, 1, tzinfo=UTC),
        outcome="ok",
        status=200,
        media_type="text/html",
        body=page.html,
    )
