"""Which themes of the codebook a text treats: data/codebook/themes/*.toml, one file a theme.

An anchor shows its theme by itself. A support phrase counts where the text is about children's
services: some theme's anchor, or a word for children and one for a service (scope.toml). Weak
phrases count there by twos, or beside another hit of their theme. A theme with `context` wants
one of those phrases before its support and weak phrases count.
"""

from collections.abc import Callable, Iterator, Mapping
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

FILES: tuple[str, ...] = ("codebook/themes/*.toml", "codebook/scope.toml")

WORDS: dict[str, type] = dict.fromkeys(("id", "label", "definition", "include", "exclude"), str)
ROLES: dict[str, type] = dict.fromkeys(
    ("anchor", "support", "weak", "false_friends", "context"), list
)
EVIDENCE = ("anchor", "support", "weak")
SENTENCES: dict[str, type] = dict.fromkeys(("yes", "no"), list)
OPTIONAL = ("support", "weak", "false_friends", "context")
SCOPE: dict[str, type] = dict.fromkeys(("children", "service"), list)


class Role(NamedTuple):
    """What a phrase is, and to which theme ("" for the words of scope.toml)."""

    theme: str
    name: str


@dataclass(frozen=True, slots=True)
class Rules:
    """The themes and their phrases."""

    themes: tuple[str, ...]
    with_context: frozenset[str]  # themes whose support wants a context phrase
    phrases: Phrases[Role]


Found = Hit[Role]
Roles = Mapping[Role, list[Found]]


def load(data: Callable[[str], Path]) -> Rules:
    """Read and check the codebook's themes.

    Raises:
        DataFileError: a file has an unknown key, a bad or doubled phrase, or an empty list.
    """
    paths = sorted(data("codebook").glob("themes/*.toml"))
    themes = [read_theme(path) for path in paths]
    owned = [(p, Role(t["id"], role)) for t in themes for role in ROLES for p in t.get(role, ())]
    return Rules(
        themes=tuple(theme["id"] for theme in themes),
        with_context=frozenset(theme["id"] for theme in themes if "context" in theme),
        phrases=compile_phrases([*owned, *read_scope(data(FILES[1]))]),
    )


def read_theme(path: Path) -> dict[str, Any]:
    """One theme's file, checked."""
    theme = read_toml(path)
    check_table(path.name, theme, WORDS | ROLES | SENTENCES, OPTIONAL)
    if theme["id"] != path.stem:
        raise DataFileError(path.name, "id", f"{theme['id']!r} is not the file's name")
    evidence = [phrase for key in EVIDENCE for phrase in theme.get(key, ())]
    check_phrases(path.name, "anchor, support, weak", evidence)
    for key in ("false_friends", "context"):
        check_phrases(path.name, key, theme.get(key, ()))
    return theme


def read_scope(path: Path) -> list[tuple[str, Role]]:
    """The words that show that a text is about children and about a service."""
    scope = read_toml(path)
    check_table(path.name, scope, SCOPE)
    for key in SCOPE:
        check_phrases(path.name, key, scope[key])
    return [(phrase, Role("", key)) for key in SCOPE for phrase in scope[key]]


def tag(article: Article, rules: Rules) -> Iterator[Mark]:
    """Yield a mark for each phrase that shows a theme; one for a theme only its title shows."""
    text = by_role(find(rules.phrases, article.text))
    title = by_role(find(rules.phrases, article.title))
    scope = in_scope({*text, *title})
    for theme in rules.themes:
        counted = counting(theme, text, title, scope, rules)
        found = [hit for role in counted for hit in text.get(role, ())]
        yield from (mark(hit) for hit in found)
        if not found:
            yield from title_mark(article, [hit for role in counted for hit in title.get(role, ())])


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


def counting(theme: str, text: Roles, title: Roles, scope: bool, rules: Rules) -> tuple[Role, ...]:
    """Which of a theme's roles count: the anchors, and the others where there is enough."""
    anchor, support, weak, _, context = (Role(theme, name) for name in ROLES)
    if not scope or (theme in rules.with_context and context not in {*text, *title}):
        return (anchor,)
    strong = {anchor, support} & {*text, *title}
    different = {hit.phrase for roles in (text, title) for hit in roles.get(weak, ())}
    return (anchor, support, weak) if strong or len(different) > 1 else (anchor,)


def mark(hit: Found) -> Mark:
    """A hit as evidence."""
    return Mark(hit.owner.theme, hit.start, hit.end, f"{hit.owner.name}: {hit.phrase}")


def title_mark(article: Article, hits: list[Found]) -> Iterator[Mark]:
    """A mark on the words of the text that stand for what only the title says."""
    span = stand_in(article.text) if hits else None
    if span:
        yield Mark(hits[0].owner.theme, *span, f"title: {hits[0].phrase}")
