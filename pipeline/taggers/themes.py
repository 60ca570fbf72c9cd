"""Which themes of the codebook a text treats: data/codebook/themes/*.toml, one file a theme.

An anchor shows its theme by itself. A support phrase counts where the text is about children's
services: some theme's anchor, or a word for children and one for a service (scope.toml). A
theme with `context` wants one of those phrases before its support counts, and one with `needed`
that many different support phrases.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crawler.errors import DataFileError
from pipeline.model import Article, Mark
from pipeline.phrases import (
    Hit,
    Phrases,
    check_phrases,
    check_table,
    compile_phrases,
    find,
    read_table,
    stand_in,
)

FILES: tuple[str, ...] = ("codebook/themes/*.toml", "codebook/scope.toml")

WORDS = dict.fromkeys(("id", "label", "definition", "include", "exclude"), str)
ROLES = dict.fromkeys(("anchor", "support", "false_friends", "context"), list)
SENTENCES = dict.fromkeys(("yes", "no"), list)
OPTIONAL = ("support", "needed", "false_friends", "context")
SCOPE = dict.fromkeys(("children", "service"), list)


@dataclass(frozen=True, slots=True)
class Role:
    """What a phrase is, and to which theme ("" for the words of scope.toml)."""

    theme: str
    name: str


@dataclass(frozen=True, slots=True)
class Rules:
    """The themes and their phrases."""

    themes: tuple[str, ...]
    needed: Mapping[str, int]  # different support phrases without which a theme's do not count
    with_context: frozenset[str]  # themes whose support wants a context phrase
    phrases: Phrases[Role]


Found = Hit[Role]


def load(data: Path) -> Rules:
    """Read and check the codebook's themes.

    Raises:
        DataFileError: a file has an unknown key, a bad or doubled phrase, or an empty list.
    """
    paths = sorted(data.glob(FILES[0]))
    themes = [read_theme(path) for path in paths]
    owned = [(p, Role(t["id"], role)) for t in themes for role in ROLES for p in t.get(role, ())]
    return Rules(
        themes=tuple(theme["id"] for theme in themes),
        needed={theme["id"]: theme.get("needed", 1) for theme in themes},
        with_context=frozenset(theme["id"] for theme in themes if "context" in theme),
        phrases=compile_phrases([*owned, *read_scope(data / FILES[1])]),
    )


def read_theme(path: Path) -> dict[str, Any]:
    """One theme's file, checked."""
    theme = read_table(path)
    check_table(path.name, theme, WORDS | ROLES | SENTENCES | {"needed": int}, OPTIONAL)
    if theme["id"] != path.stem:
        raise DataFileError(path.name, "id", f"{theme['id']!r} is not the file's name")
    check_phrases(path.name, "anchor, support", [*theme["anchor"], *theme.get("support", ())])
    for key in ("false_friends", "context"):
        check_phrases(path.name, key, theme.get(key, ()))
    return theme


def read_scope(path: Path) -> list[tuple[str, Role]]:
    """The words that show that a text is about children and about a service."""
    scope = read_table(path)
    check_table(path.name, scope, SCOPE)
    for key in SCOPE:
        check_phrases(path.name, key, scope[key])
    return [(phrase, Role("", key)) for key in SCOPE for phrase in scope[key]]


def tag(article: Article, rules: Rules) -> Iterator[Mark]:
    """Yield a mark for each phrase that shows a theme; one for a theme only its title shows."""
    text = true_hits(find(rules.phrases, article.text))
    title = true_hits(find(rules.phrases, article.title))
    seen = {(hit.owner, hit.phrase) for hit in (*text, *title)}
    for theme in rules.themes:
        counted = counting(theme, seen, rules)
        marks = [mark(hit) for hit in text if hit.owner in counted]
        yield from marks or title_mark(article, [hit for hit in title if hit.owner in counted])


def true_hits(hits: list[Found]) -> list[Found]:
    """The hits that do not lie inside a false friend of their theme."""
    false = [hit for hit in hits if hit.owner.name == "false_friends"]
    return [hit for hit in hits if not any(covers(friend, hit) for friend in false)]


def covers(friend: Found, hit: Found) -> bool:
    """Whether the hit lies inside this false friend of its theme."""
    same = friend.owner.theme == hit.owner.theme
    return same and friend.start <= hit.start and hit.end <= friend.end


def counting(theme: str, seen: set[tuple[Role, str]], rules: Rules) -> set[Role]:
    """Which of a theme's roles count in a text that has these phrases."""
    anchor, support = Role(theme, "anchor"), Role(theme, "support")
    roles = {role for role, _ in seen}
    in_context = theme not in rules.with_context or Role(theme, "context") in roles
    enough = sum(role == support for role, _ in seen) >= rules.needed[theme]
    return {anchor, support} if in_context and enough and in_scope(roles) else {anchor}


def in_scope(roles: set[Role]) -> bool:
    """Whether a text with these roles is about children's services."""
    if {Role("", "children"), Role("", "service")} <= roles:
        return True
    return any(role.name == "anchor" for role in roles)


def mark(hit: Found) -> Mark:
    """A hit as evidence."""
    return Mark(hit.owner.theme, hit.start, hit.end, f"{hit.owner.name}: {hit.phrase}")


def title_mark(article: Article, hits: list[Found]) -> Iterator[Mark]:
    """A mark on the words of the text that stand for what only the title says."""
    span = stand_in(article.text)
    if hits and span:
        yield Mark(hits[0].owner.theme, *span, f"title: {hits[0].phrase}")
