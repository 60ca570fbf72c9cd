"""Which themes of the codebook a text treats: data/codebook/themes/*.toml, one file a theme.

The phrases of a theme are anchors, support, or weak; and a subject with a finding in one sentence
("social workers" ... "are leaving") is a pair. All but the anchors count only where the text is
about children's services: some theme's anchor, or a word for children and one for a service
(scope.toml). A theme with `context` wants one of those phrases there too. How much each sign
speaks for a theme is in weights.toml, and what all the words of the text say is in words.csv; both
are fitted by `make train` to texts coded by hand. The marks of a theme are the phrases that showed
it.
"""

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from crawler.errors import DataFileError
from crawler.sources import read_toml
from pipeline.model import Article, Mark
from pipeline.phrases import (
    Hit,
    Phrases,
    check_phrases,
    check_table,
    compile_phrases,
    find,
    stand_in,
)
from pipeline.taggers.wording import Wording, load_wording, weigh

FILES: tuple[str, ...] = (
    "codebook/themes/*.toml",
    "codebook/scope.toml",
    "codebook/weights.toml",
    "codebook/words.csv",
)

WORDS: dict[str, type] = dict.fromkeys(("id", "label", "definition", "include", "exclude"), str)
EVIDENCE = ("anchor", "support", "weak")
PAIR = ("subject", "finding")
ROLES: dict[str, type] = dict.fromkeys((*EVIDENCE, *PAIR, "false_friends", "context"), list)
SENTENCES: dict[str, type] = dict.fromkeys(("yes", "no"), list)
WEIGHED = {*EVIDENCE, *PAIR}
OPTIONAL = ("support", "weak", *PAIR, "false_friends", "context")
SCOPE: dict[str, type] = dict.fromkeys(("children", "service"), list)
WEIGHTS: dict[str, type] = {"threshold": float, "fitted": dict, "any": dict, "theme": dict}

END = re.compile(r"[.!?…:;][\"”’)]*\s|\n+")  # of a sentence, or of a clause that stands alone
NEAR = 80  # characters between the starts of a pair's words
LEAD = 3  # sentences
USUAL = 1500  # characters of a text
TITLE = -1  # the sentence that a title counts as

SIGNS = (  # what is weighed; each 0 or 1, but for `long`
    "bias",
    *("anchor", "anchor_2"),  # so many different ones, or more
    *("support", "support_2"),
    *("weak", "weak_2"),
    *("pair", "pair_2"),  # so many sentences with a pair, or more
    *("title", "lead"),  # where an anchor or a support phrase stands
    *("spread_2", "spread_3"),  # so many sentences with one, or more
    "dense",  # two phrases in one sentence
    "long",  # natural logarithm of the text over the usual length, from a third of it to three
)


class Role(NamedTuple):
    """What a phrase is, and to which theme ("" for the words of scope.toml)."""

    theme: str
    name: str


Found = Hit[Role]
Roles = Mapping[Role, list[Found]]


@dataclass(frozen=True, slots=True)
class Rules:
    """The themes, their phrases, and what each sign of them weighs."""

    themes: tuple[str, ...]
    with_context: frozenset[str]  # themes of which all but the anchors want a context phrase
    phrases: Phrases[Role]
    weights: Mapping[str, tuple[float, ...]]  # log-odds of each of SIGNS, by theme
    threshold: float  # 0 to 1: a theme is treated from here on
    wording: Wording


class Signs(NamedTuple):
    """What speaks for one theme in one text."""

    phrases: list[Found]  # of the text: anchors, support, weak
    pairs: list[Found]  # of the text
    title: list[Found]  # of the title, of any kind
    values: list[float]  # of each of SIGNS


def load(data: Callable[[str], Path]) -> Rules:
    """Read and check the codebook's themes.

    Raises:
        DataFileError: a file has an unknown key, a bad or doubled phrase, or an empty list.
    """
    paths = sorted(data("codebook").glob("themes/*.toml"))
    themes = [read_theme(path) for path in paths]
    owned = [(p, Role(t["id"], role)) for t in themes for role in ROLES for p in t.get(role, ())]
    names = tuple(theme["id"] for theme in themes)
    weights, threshold = read_weights(data(FILES[2]), names)
    return Rules(
        themes=names,
        with_context=frozenset(theme["id"] for theme in themes if "context" in theme),
        phrases=compile_phrases([*owned, *read_scope(data(FILES[1]))]),
        weights=weights,
        threshold=threshold,
        wording=load_wording(data(FILES[3]), names),
    )


def read_theme(path: Path) -> dict[str, Any]:
    """One theme's file, checked."""
    theme = read_toml(path)
    check_table(path.name, theme, WORDS | ROLES | SENTENCES, OPTIONAL)
    if theme["id"] != path.stem:
        raise DataFileError(path.name, "id", f"{theme['id']!r} is not the file's name")
    evidence = [phrase for key in EVIDENCE for phrase in theme.get(key, ())]
    check_phrases(path.name, "anchor, support, weak", evidence)
    for key in (*PAIR, "false_friends", "context"):
        check_phrases(path.name, key, theme.get(key, ()))
    return theme


def read_scope(path: Path) -> list[tuple[str, Role]]:
    """The words that show that a text is about children and about a service."""
    scope = read_toml(path)
    check_table(path.name, scope, SCOPE)
    for key in SCOPE:
        check_phrases(path.name, key, scope[key])
    return [(phrase, Role("", key)) for key in SCOPE for phrase in scope[key]]


def read_weights(path: Path, themes: Iterable[str]) -> tuple[dict[str, tuple[float, ...]], float]:
    """What each sign weighs, by theme (that of `any` where a theme has none), and the threshold."""
    table = read_toml(path)
    check_table(path.name, table, WEIGHTS)
    rows = {"any": table["any"], **table["theme"]}
    for name, row in rows.items():
        check_table(path.name, row, dict.fromkeys(SIGNS, float))
        rows[name] = tuple(float(row[sign]) for sign in SIGNS)
    return {theme: rows.get(theme, rows["any"]) for theme in themes}, float(table["threshold"])


def tag(article: Article, rules: Rules) -> Iterator[Mark]:
    """Yield a mark for each phrase that shows a theme; one for a theme only its title shows."""
    heard = weigh(f"{article.title}\n{article.text}", rules.wording)
    for theme, signs in read_signs(article, rules).items():
        if likely(signs.values, rules.weights[theme], heard[theme]) >= rules.threshold:
            yield from marks(article, theme, signs)


def likely(values: Iterable[float], weights: Iterable[float], heard: float = 0.0) -> float:
    """How likely a text with these signs, and words that say so much, treats the theme, 0 to 1."""
    return 1 / (1 + math.exp(-heard - sum(x * w for x, w in zip(values, weights, strict=True))))


def read_signs(article: Article, rules: Rules) -> dict[str, Signs]:
    """The signs of each theme that has any in a text."""
    text = by_role(find(rules.phrases, article.text))
    title = by_role(find(rules.phrases, article.title))
    met = {*text, *title}
    scope = in_scope(met)
    ends = [match.end() for match in END.finditer(article.text)]
    long = math.log(min(max(len(article.text) / USUAL, 1 / 3), 3))
    signs = {}
    for theme in sorted({role.theme for role in met if role.name in WEIGHED}):
        wide = scope and (theme not in rules.with_context or Role(theme, "context") in met)
        phrases = longest(theme, text, wide)
        paired = pairs(theme, text, ends) if wide else []
        above = longest(theme, title, wide) + (pairs(theme, title, []) if wide else [])
        if phrases or paired or above:
            weighed = list(values(phrases, paired, above, ends, long))
            signs[theme] = Signs(phrases, paired, above, weighed)
    return signs


def by_role(hits: list[Found]) -> dict[Role, list[Found]]:
    """The hits of each role, but for those inside a false friend of their theme."""
    reach = {  # where in a theme's false friend one is, and where that friend ends
        (hit.owner.theme, position): hit.end
        for hit in sorted(hits, key=lambda hit: hit.end)
        if hit.owner.name == "false_friends"
        for position in range(hit.start, hit.end)
    }
    roles: dict[Role, list[Found]] = {}
    for hit in hits:
        if reach.get((hit.owner.theme, hit.start), 0) < hit.end:
            roles.setdefault(hit.owner, []).append(hit)
    return roles


def in_scope(roles: set[Role]) -> bool:
    """Whether a text with these roles is about children's services."""
    if {Role("", "children"), Role("", "service")} <= roles:
        return True
    return any(role.name == "anchor" for role in roles)


def longest(theme: str, roles: Roles, wide: bool) -> list[Found]:
    """A theme's anchors and, where it is wide, other phrases, but for those within another."""
    kinds = EVIDENCE if wide else EVIDENCE[:1]
    hits = [hit for kind in kinds for hit in roles.get(Role(theme, kind), ())]
    kept: list[Found] = []
    reach = 0
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):  # stable: anchors come first
        if hit.end > reach:
            kept.append(hit)
            reach = hit.end
    return kept


def pairs(theme: str, roles: Roles, ends: list[int]) -> list[Found]:
    """The nearest subject and finding of each sentence that has both, as one hit."""
    findings = sorted(roles.get(Role(theme, "finding"), ()))
    starts = [hit.start for hit in findings]
    nearest: dict[int, tuple[int, Found]] = {}
    for one in roles.get(Role(theme, "subject"), ()) if findings else ():
        place = bisect_right(ends, one.start)
        near = slice(bisect_right(starts, one.start - NEAR), bisect_left(starts, one.start + NEAR))
        for other in findings[near]:
            gap = abs(one.start - other.start)
            apart = one.end <= other.start or other.end <= one.start
            nearer = place not in nearest or gap < nearest[place][0]
            if apart and nearer and bisect_right(ends, other.start) == place:
                nearest[place] = gap, both(one, other)
    return [pair for _, pair in nearest.values()]


def both(subject: Found, finding: Found) -> Found:
    """A subject and a finding, and the words between them, as one hit."""
    return Hit(
        min(subject.start, finding.start),
        max(subject.end, finding.end),
        f"{subject.phrase} + {finding.phrase}",
        Role(subject.owner.theme, "pair"),
    )


def values(
    phrases: list[Found], paired: list[Found], title: list[Found], ends: list[int], long: float
) -> Iterator[float]:
    """What each of SIGNS is, for what was found of a theme."""
    hits = [(hit, bisect_right(ends, hit.start)) for hit in phrases]
    hits += [(hit, TITLE) for hit in title if hit.owner.name != "pair"]
    number = len(paired) + any(hit.owner.name == "pair" for hit in title)  # of sentences
    strong = {place for hit, place in hits if hit.owner.name != "weak"}
    yield 1.0
    for kind in EVIDENCE:
        different = {hit.phrase for hit, _ in hits if hit.owner.name == kind}
        yield from (len(different) > 0, len(different) > 1)
    yield from (number > 0, number > 1)
    yield from (TITLE in strong, any(0 <= place < LEAD for place in strong))
    yield from (len(strong) > 1, len(strong) > 2)
    yield len({place for _, place in hits}) < len(hits)
    yield long


def marks(article: Article, theme: str, signs: Signs) -> Iterator[Mark]:
    """The evidence of a theme: its phrases and pairs, or words that stand for the title's.

    Weak phrases are evidence only where there is no other.
    """
    told = [hit for hit in signs.phrases if hit.owner.name != "weak"] + signs.pairs
    for hit in told or signs.phrases:
        yield Mark(theme, hit.start, hit.end, f"{hit.owner.name}: {hit.phrase}")
    if not signs.phrases and not signs.pairs:
        span = stand_in(article.text)
        if span:
            yield Mark(theme, *span, f"title: {signs.title[0].phrase}")
