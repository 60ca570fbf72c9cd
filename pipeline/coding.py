"""One text coded by all taggers at once, in the fields of the codebook: for a person to see."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from pipeline.model import Article, Mark, Tag
from pipeline.shards import tags
from pipeline.taggers import TAGGERS, relevance

Data = Callable[[str], Path]


@dataclass(frozen=True, slots=True)
class Coded:
    """A text with its tags, and whether it is relevant at all."""

    article: Article
    relevance: float  # 0 to 1
    relevant: bool
    tags: tuple[Tag, ...]

    def of(self, tagger: str) -> list[Tag]:
        """What one tagger says."""
        return [tag for tag in self.tags if tag.tagger == tagger]

    def item(self) -> dict[str, Any]:
        """The fields of a coded item (codebook.md); a text that is not relevant has only quotes."""
        kept = self if self.relevant else Coded(self.article, self.relevance, False, ())
        return {
            "id": self.article.id,
            "relevant": self.relevant,
            "authorities": kept.labels("authorities"),
            "themes": kept.labels("themes"),
            "judgements": [_judgement(tag) for tag in kept.of("judgements")],
            "stance": next(iter(kept.labels("stance")), "neutral"),
            "reply": bool(kept.of("reply")),
            "quotes": [_quote(tag) for tag in self.of("quotes")],
        }

    def labels(self, tagger: str) -> list[str]:
        """The labels that a tagger gives, each once, in the order of the text."""
        return list(dict.fromkeys(tag.label for tag in self.of(tagger)))

    def full(self) -> dict[str, Any]:
        """The item with its relevance and every tag."""
        names = [field.name for field in fields(Tag) if field.name != "article_id"]
        every = [{name: getattr(tag, name) for name in names} for tag in self.tags]
        return {**self.item(), "relevance": self.relevance, "tags": every}


def load_coder(data: Data) -> Callable[[str, str, str], Coded]:
    """A function of (id, title, text) that codes a text by the codebook of a home.

    Raises:
        DataFileError: a data file of the codebook is wrong.
    """
    rules: Mapping[str, Any] = {name: tagger.load(data) for name, tagger in TAGGERS.items()}

    def code(name: str, title: str, text: str) -> Coded:
        article = Article(id=name, url="", page="", source_id="", title=title, text=text)
        found = [
            t
            for tagger, made in TAGGERS.items()
            for t in tags(article, tagger, made, rules[tagger])
        ]
        score = _score(found, rules["relevance"])
        return Coded(article, round(score, 4), score >= rules["relevance"].threshold, tuple(found))

    return code


def _score(found: Iterable[Tag], rules: relevance.Rules) -> float:
    reasons = (tag for tag in found if tag.tagger == "relevance")
    return relevance.score((Mark(t.label, 0, 0, t.rule, t.weight) for t in reasons), rules)


def _judgement(tag: Tag) -> dict[str, Any]:
    told = {"authority": tag.subject, "grade": tag.label}
    return {**told, "past": True} if "past" in tag.notes else told


def _quote(tag: Tag) -> dict[str, Any]:
    starts = " ".join(tag.evidence.split()[:5]).rstrip(".,;:!?…")
    return {
        "starts": starts,
        "start": tag.start_char,
        "role": tag.label,
        "name": tag.subject or None,
        "anonymous": "anonymous" in tag.notes,
    }
