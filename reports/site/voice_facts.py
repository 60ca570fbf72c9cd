"""Who is quoted, role by role, so that no number points at a few private people."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from reports.codebook_parts import sentence
from reports.disclosure import LEAST
from reports.profiles import PUBLIC_ROLES
from reports.site.shown import Row, Shown

OTHERS = "others"  # roles of private people that are too few by themselves
NAMES = {"mp": "MP", "other": "Other or unclear", OTHERS: "Others without an office"}
FAMILIES = {  # of roles with an office; all others are private people, or may be
    "Council or trust": ("council-spokesperson", "council-officer", "councillor"),
    "Inspectors, ministers, MPs, judges": ("inspector", "government", "mp", "judge"),
    "Other bodies and experts": ("police", "health", "charity", "union", "expert"),
}
PRIVATE = "People without an office"
VOICES = "FROM quotes_flat SEMI JOIN publishable USING (article_id)"
STORIES = f"""
    SELECT role, count(DISTINCT story_id) AS stories {VOICES}
    WHERE NOT list_contains(?, role) AND (NOT ? OR number = 1)
    GROUP BY ALL ORDER BY stories, role"""
TOGETHER = f"""
    SELECT count(DISTINCT story_id) AS stories {VOICES}
    WHERE list_contains(?, role) AND (NOT ? OR number = 1)"""
ROLES = f"""
    SELECT if(list_contains(?, role), '{OTHERS}', role) AS voice,
           count(DISTINCT story_id) AS stories, count(DISTINCT article_id) AS articles,
           count(*) AS quotes, sum(words)::BIGINT AS words, avg(anonymous::INTEGER) AS withheld
    {VOICES} WHERE NOT ? OR number = 1 GROUP BY ALL"""
FAMILY = " ".join(f"WHEN list_contains({list(r)}, role) THEN '{n}'" for n, r in FAMILIES.items())
BY_MONTH = f"""
    SELECT month, CASE {FAMILY} ELSE '{PRIVATE}' END AS family,
           count(DISTINCT story_id) AS stories, sum(words)::BIGINT AS words
    {VOICES} WHERE month IS NOT NULL GROUP BY ALL ORDER BY ALL"""


@dataclass(frozen=True, slots=True)
class Voices:
    """Quotations of each role, most words or articles first."""

    rows: list[Row]  # label, articles, quotes, words, withheld: share of quotations, 0 to 1
    merged: bool  # whether roles of private people were put together
    untold: list[str]  # those that are too few even together: they are in no number


def read_voices(found: Shown, by: str, first: bool = False) -> Voices:
    """The roles by `by`, a column; of all quotations, or of each article's first one only."""
    few = small_roles(found, first)
    rows = found.ask(ROLES, few, first)
    told = [row for row in rows if row["voice"] != OTHERS or row["stories"] >= LEAST]
    for row in told:
        row["label"] = name_of(row["voice"])
        row["private"] = row["voice"] not in PUBLIC_ROLES
    told.sort(key=lambda row: (-row[by], row["label"]))
    untold = few if len(told) < len(rows) else []
    return Voices(told, bool(few) and not untold, untold)


def small_roles(found: Shown, first: bool) -> list[str]:
    """Roles of private people to put together: of fewer than 5 stories each, and 5 in all.

    Together they could be fewer too; then the next smallest goes with them.
    """
    roles = found.ask(STORIES, list(PUBLIC_ROLES), first)
    small = [row["role"] for row in roles if row["stories"] < LEAST]
    larger = (row["role"] for row in roles if row["stories"] >= LEAST)
    while small and _together(found, small, first) < LEAST and (role := next(larger, None)):
        small.append(role)
    return small


def _together(found: Shown, roles: Collection[str], first: bool) -> int:
    return int(found.ask(TOGETHER, list(roles), first)[0]["stories"])


def name_of(role: str) -> str:
    """A role as people read it: "Council spokesperson"."""
    return NAMES.get(role) or sentence(role)


def read_months(found: Shown) -> Iterator[Row]:
    """Words of each family of roles in a month: shares, None where a number would be too small."""
    of_month: dict[object, list[Row]] = {}
    for row in found.ask(BY_MONTH):
        of_month.setdefault(row["month"], []).append(row)
    for month, rows in of_month.items():
        words = sum(row["words"] for row in rows)
        few = any(row["family"] == PRIVATE and row["stories"] < LEAST for row in rows)
        few = few or sum(row["stories"] for row in rows) < LEAST
        shares = {row["family"]: row["words"] / words for row in rows}
        yield {"month": month, "words": words, "shares": None if few else shares}
