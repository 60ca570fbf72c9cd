"""What is said in a text, and of whom: quotations, judgements, stance and right of reply.

One tagger for four names, for each needs what those before it have found.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.model import Article, Mark
from pipeline.taggers import authorities, judgements, quotes, reply, stance

FILES: tuple[str, ...] = tuple(
    dict.fromkeys(
        (*authorities.FILES, *judgements.FILES, *quotes.FILES, *reply.FILES, *stance.FILES)
    )
)


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of all four, and those by which authorities are found."""

    authorities: authorities.Rules
    judgements: judgements.Rules
    quotes: quotes.Rules
    reply: reply.Rules
    stance: stance.Rules


def load(data: Callable[[str], Path]) -> Rules:
    """Read and check the rules.

    Raises:
        DataFileError: one of the files is wrong.
    """
    return Rules(
        authorities.load(data),
        judgements.load(data),
        quotes.load(data),
        reply.load(data),
        stance.load(data),
    )


def tag(article: Article, rules: Rules) -> Iterator[Mark]:
    """Yield a mark for each quotation, judgement, sentence of the stance, and the reply."""
    title, text = article.title, article.text
    spoken = quotes.quotes(text, rules.quotes)
    yield from map(quote_mark, spoken)
    mentions = [(m.label, m.start, m.end) for m in authorities.tag(article, rules.authorities)]
    judged = judgements.judgements(text, title, mentions, rules.judgements)
    yield from map(judgement_mark, judged)
    grades = [(one.grade, one.past) for one in judged]
    label, sentences, likely = stance.assess(title, text, rules.stance, grades)
    for start, end in sentences:
        yield Mark(label, start, end, "sentence that carries it", tagger="stance")
    voices = [(quote.role, quote.start, quote.end) for quote in spoken]
    _, span = reply.reply(title, text, rules.reply, likely, voices)
    if span:
        yield Mark("reply", *span, "the criticised body speaks", tagger="reply")


def quote_mark(quote: quotes.Quote) -> Mark:
    """A quotation: its label is the speaker's role, its subject the speaker."""
    return Mark(
        label=quote.role,
        start=quote.start,
        end=quote.end,
        rule=quote.rule,
        subject=quote.name,
        subject_start=quote.speaker_start,
        subject_end=quote.speaker_end,
        notes=("anonymous",) if quote.anonymous else (),
        tagger="quotes",
    )


def judgement_mark(one: judgements.Judgement) -> Mark:
    """A judgement: its label is the grade, its subject the authority."""
    known = {"body": one.body, "strand": one.strand, "date": one.date}
    told = (f"{name}: {value}" for name, value in known.items() if value)
    return Mark(
        label=one.grade,
        start=one.start,
        end=one.end,
        rule=one.rule,
        subject=one.authority,
        subject_start=one.authority_start,
        subject_end=one.authority_end,
        notes=(*(("past",) if one.past else ()), *told),
        tagger="judgements",
    )
