"""Which authorities a text is about: of those that it names, the ones with the most points.

A naming counts by its form (council, services for children, bare place), more in the title and
the lead, and not where its sentence passes it by ("unlike Leeds"). Subjects are those of the
title or the best, those named in two sentences or joined to them, and as many as the text
announces; only they are marked. A name means whom it stood for on the day of the article.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from crawler.errors import DataFileError
from crawler.sources import read_toml
from pipeline.model import Article, Mark
from pipeline.phrases import Phrases, check_phrases, check_table, compile_phrases, find, stand_in
from pipeline.taggers.naming import (
    BESIDE,
    PASSING,
    WORDS,
    Eyes,
    Name,
    Naming,
    Sense,
    namings,
    period,
    read_gazetteer,
    several,
)

FILES: tuple[str, ...] = ("authorities.csv", "codebook/authorities.toml")

FORMS = {"council": "council form", "service": "children's services"}
COUNTS = {"both": 2, "pair": 2, "two": 2, "three": 3, "trio": 3, "four": 4, "five": 5, "six": 6}
COUNTED = re.compile(
    rf"\b({'|'.join(COUNTS)}) (?:[\w’'-]+ ){{0,3}}"
    r"(?:council|borough|authoritie|trust|countie|citie|area|place|town|service)s\b",
    re.IGNORECASE,
)
PHRASES = (*BESIDE, *PASSING, "nationwide", "support")
WORTH = ("title", "lead", "council", "service", "place", "acronym")
POINTS = dict.fromkeys((*WORTH, "lead_length"), float)
SUBJECT = dict.fromkeys(("least", "nationwide", "share", "crowd"), float)


@dataclass(frozen=True, slots=True)
class Rules:
    """The names, the words beside them, and what they weigh."""

    eyes: Eyes
    nationwide: Phrases[None]
    support: Phrases[None]
    points: Mapping[str, float]
    subject: Mapping[str, float]
    abolished: Mapping[str, frozenset[str]]  # label → those that took its place


@dataclass(frozen=True, slots=True)
class Told:
    """The namings of a text that its sentences do not pass by."""

    title: list[Naming]
    lead: list[Naming]  # those of the text's first words
    text: list[Naming]
    opening: str  # the title and the text's first words
    supported: bool  # the text is about a council, so that an unsure name may be one


def load(data: Callable[[str], Path]) -> Rules:
    """Read and check the gazetteer and the words beside names.

    Raises:
        DataFileError: a file has an unknown or missing key, or a bad or doubled phrase.
    """
    path = data(FILES[1])
    table = read_toml(path)
    lists = dict.fromkeys((*PHRASES, *WORDS), list)
    check_table(path.name, table, lists | {"points": dict, "subject": dict})
    check_table(path.name, table["points"], POINTS)
    check_table(path.name, table["subject"], SUBJECT)
    for key in (*PHRASES, *WORDS):
        check_phrases(path.name, key, table[key])
    rows = read_gazetteer(data(FILES[0]))
    beside = [(phrase, key) for key in (*BESIDE, *PASSING) for phrase in table[key]]
    words = {key: frozenset(table[key]) for key in WORDS}
    return Rules(
        eyes=Eyes(compile_phrases(names(rows)), compile_phrases(beside), words),
        nationwide=compile_phrases([(phrase, None) for phrase in table["nationwide"]]),
        support=compile_phrases([(phrase, None) for phrase in table["support"]]),
        points=table["points"],
        subject=table["subject"],
        abolished=abolished(rows),
    )


def names(rows: Sequence[Mapping[str, str]]) -> Iterator[tuple[str, Name]]:
    """Every name, in lower case so that it is found in any, with what it stands for."""
    short_names = {row["id"]: row["short_name"] for row in rows}
    meanings: dict[str, list[Name]] = defaultdict(list)
    for row in rows:
        try:
            for words, name in names_of(row, short_names):
                meanings[words.lower()].append(name)
        except (KeyError, ValueError, OverflowError) as error:
            raise DataFileError(FILES[0], row["id"], f"has a wrong date or id: {error}") from error
    for words, found in meanings.items():
        senses = tuple(dict.fromkeys(sense for name in found for sense in name.senses))
        yield words, Name(senses, found[0].form, all(name.unsure for name in found))


def names_of(row: Mapping[str, str], short_names: Mapping[str, str]) -> Iterator[tuple[str, Name]]:
    """Each name of a row; the full name stands for itself at all times."""
    label, trust = row["short_name"], row["type"] == "hsc-trust"
    unsure = row["ambiguity"] == "HIGH" and not trust
    senses = tuple(senses_of(row, short_names))
    always = (Sense(label, date.min, date.max, own=True),)
    yield row["name"], Name(always, "council", unsure=False)
    for words in several(row["aliases"]):
        if words != row["name"]:
            yield words, Name(senses, "council", unsure=False)
    yield label, Name(senses, "council" if trust else "place", unsure)
    for body in several(row["delivery_bodies"]):
        words, _, days = body.partition(" [")
        since, until = days.removesuffix("]").split("/")
        served = Sense(label, *period(since, until), own=True)
        yield words, Name((served,), "council", unsure=False)
    for words in several(row["places"]):
        yield words, Name(senses, "place", row["ambiguity"] != "LOW")
    yield from ((words, Name(senses, "acronym", unsure=True)) for words in several(row["acronyms"]))


def senses_of(row: Mapping[str, str], short_names: Mapping[str, str]) -> Iterator[Sense]:
    """Whom the names of a row stand for: it, after it its successors, before it those before."""
    since, until = period(row["valid_from"], row["valid_to"])
    yield Sense(row["short_name"], since, until, own=True)
    for other in several(row["successors"]):
        yield Sense(short_names[other], until + timedelta(1), date.max, own=False)
    for other in several(row["predecessors"]):
        yield Sense(short_names[other], date.min, since - timedelta(1), own=False)


def abolished(rows: list[dict[str, str]]) -> dict[str, frozenset[str]]:
    """The labels that are of the past alone, each with those of its successors."""
    short_names = {row["id"]: row["short_name"] for row in rows}
    standing = {row["short_name"] for row in rows if not row["successors"]}
    return {
        row["short_name"]: frozenset(short_names[other] for other in row["successors"].split("|"))
        for row in rows
        if row["short_name"] not in standing
    }


def tag(article: Article, rules: Rules) -> Iterator[Mark]:
    """Yield a mark for each naming of an authority that the text is about."""
    told = read(article, rules)
    if told:
        for label in subjects(told, rules):
            yield from marks(label, told, article)


def read(article: Article, rules: Rules) -> Told | None:
    """What a text names that its sentences do not pass by; None where it names nothing."""
    day = article.published_at.date() if article.published_at else None
    title, text = (
        [one for one in namings(words, rules.eyes, day) if not one.passing]
        for words in (article.title, article.text)
    )
    if not title and not text:
        return None
    length = int(rules.points["lead_length"])
    lead = [one for one in text if one.group < length]
    unsure = any(not one.sure for one in (*title, *lead))
    return Told(
        title=title,
        lead=lead,
        text=text,
        opening=f"{article.title}\n{article.text[:length]}",
        supported=unsure and bool(find(rules.support, f"{article.title}\n{article.text}")),
    )


def subjects(told: Told, rules: Rules) -> list[str]:
    """The authorities that a text is about, best first; none where it lists a crowd.

    They are those of its title, or the best; those named in two sentences or joined to them; and
    as many of the next as the text says that it is about ("three councils").
    """
    points = weighed(told, sure_labels(told, rules), rules.points)
    ranked = sorted(points, key=lambda label: -points[label])
    most, count = max(points.values(), default=0.0), announced(told.opening)
    titled = {label for one in told.title for label in one.labels if label in points}
    local = titled or count or any(one.acts and not one.sentence for one in told.lead)
    wide = not local and find(rules.nationwide, told.opening)
    rivals = {label for label in ranked if points[label] >= rules.subject["share"] * most}
    least = rules.subject["nationwide" if wide else "least"]
    if most < least or len(rivals) > rules.subject["crowd"]:
        return []
    chosen = titled or {ranked[0]}
    chosen |= rivals & repeated(told.text)
    chosen |= partners(told, chosen).intersection(points)
    chosen.update([label for label in ranked if label not in chosen][: max(0, count - len(chosen))])
    return [label for label in ranked if label in chosen]


def repeated(text: list[Naming]) -> set[str]:
    """The authorities in two sentences or more."""
    sentences = {(label, one.sentence) for one in text for label in one.labels}
    times = Counter(label for label, _ in sentences)
    return {label for label, count in times.items() if count > 1}


def partners(told: Told, chosen: set[str]) -> set[str]:
    """The authorities joined to a chosen one in the title or the lead, or in one body with it."""
    groups: dict[tuple[bool, int], set[str]] = defaultdict(set)
    for titled, found in ((True, told.title), (False, told.text)):
        for one in found:
            if one.group < len(told.opening) or len(one.labels) > 1:
                groups[titled, one.group].update(one.labels)
    return {label for group in groups.values() if group & chosen for label in group}


def announced(opening: str) -> int:
    """How many councils a text says that it is about; 0 where it says nothing."""
    return max((COUNTS[match[1].lower()] for match in COUNTED.finditer(opening)), default=0)


def weighed(told: Told, sure: set[str], points: Mapping[str, float]) -> dict[str, float]:
    """The points of each authority that is surely meant, in order of mention."""
    total: dict[str, float] = defaultdict(float)
    worth = [(one, points["title"]) for one in told.title]
    worth += [(one, points[one.form]) for one in told.text]
    worth += [(one, points["lead"]) for one in told.lead]
    for one, more in worth:
        for label in filter(sure.__contains__, one.labels):
            total[label] += more
    return dict(total)


def sure_labels(told: Told, rules: Rules) -> set[str]:
    """The authorities that are surely meant.

    Where the successor of an abolished council is named, a name of its place is only a place;
    where there are several, its children's services may be its own.
    """
    alone = [one for one in (*told.title, *told.text) if is_alone(one)]
    own = {one.labels[0] for one in alone if one.sure} | supported(told)
    own |= served(told, own)
    official = {(one.labels[0], one.form) for one in alone}
    for label, others in rules.abolished.items():
        forms = ("council",) if len(others) == 1 else ("council", "service")
        if own & others and official.isdisjoint((label, form) for form in forms):
            own.discard(label)
    return own


def is_alone(one: Naming) -> bool:
    """Whether a naming is of one authority by a name of its own."""
    return len(one.labels) == 1 and one.form != "acronym"


def supported(told: Told) -> set[str]:
    """The unsure names that the text supports: named twice, early beside a council, announced."""
    if announced(told.opening):
        return {one.labels[0] for one in (*told.title, *told.text) if is_alone(one)}
    title = {one.labels[0] for one in told.title if is_alone(one)}
    named = Counter(one.labels[0] for one in told.text if is_alone(one))
    early = [one for one in (*told.title, *told.lead) if is_alone(one)]
    firm = {one.labels[0] for one in (*told.title, *told.text) if is_alone(one) and one.firm}
    plain = {one.labels[0] for one in early if not one.doubtful}
    twice = {label for label, times in named.items() if times + (label in title) > 1}
    found = twice & firm
    if told.supported:
        found |= {one.labels[0] for one in early if one.firm} | (plain & (title | twice))
    return found


def served(told: Told, own: set[str]) -> set[str]:
    """Those that a body of several works for: all, or none where some are introduced besides."""
    title, lead, text = (
        [one for one in found if is_alone(one)] for found in (told.title, told.lead, told.text)
    )
    early = {one.labels[0] for one in (*title, *lead)} | repeated(text)
    early &= own
    bodies = {one.labels for one in (*told.title, *told.text) if one.sure and len(one.labels) > 1}
    return {label for labels in bodies if early.isdisjoint(labels) for label in labels}


def marks(label: str, told: Told, article: Article) -> Iterator[Mark]:
    """A mark for each naming in the text, or one for the title's."""
    own = [one for one in told.text if label in one.labels]
    for one in own:
        rule = f"{FORMS.get(one.form, one.form)}: {article.text[one.start : one.end]}"
        yield Mark(label, one.start, one.end, rule)
    span = None if own else stand_in(article.text)
    if span:
        first = next(one for one in told.title if label in one.labels)
        yield Mark(label, *span, f"title: {article.title[first.start : first.end]}")
