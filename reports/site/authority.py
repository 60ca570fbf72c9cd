"""A page an authority, and the index of them by nation and region."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from reports.codebook_parts import sentence
from reports.profiles import PUBLIC_ROLES
from reports.site.authority_figures import MONTHS, speakers, subjects, timeline
from reports.site.pages import Figure, Grid, Page, said
from reports.site.places import NATIONS, Place, places
from reports.site.shown import Row, Shown
from reports.site.voice_facts import PRIVATE, name_of

NEWEST = 40  # stories on a page
FEW = 3  # stories: fewer need no chart
STORIES = f"""
    SELECT * FROM (SELECT *, unnest(authorities) AS authority FROM story_flat)
    QUALIFY row_number() OVER (
      PARTITION BY authority ORDER BY published_at DESC NULLS LAST, story_id) <= {NEWEST}
    ORDER BY authority, published_at DESC NULLS LAST, story_id"""
HEARING = f"""
    SELECT authority, month, state, sources, sources_alive, source_days, wide_alive, articles,
           stories
    FROM coverage
    WHERE month > (SELECT max(month) FROM source_health) - INTERVAL {MONTHS} MONTH
      AND month <= (SELECT max(month) FROM source_health)
    ORDER BY authority, month"""
GRADES = """
    SELECT authority, grade, past, first_reported, last_reported, stories, sources, bodies, years
    FROM judgements_reported ORDER BY authority, last_reported DESC NULLS LAST, grade, past"""
THEMES = """
    SELECT authority, theme, count(*) AS stories
    FROM (SELECT unnest(authorities) AS authority, themes FROM story_flat) AS s,
         unnest(s.themes) AS t(theme)
    GROUP BY ALL ORDER BY authority, stories DESC, theme"""
# One authority's stories are few: who has no office is one group, whatever the role.
VOICES = f"""
    SELECT a.authority,
           if(list_contains({list(PUBLIC_ROLES)}, q.role), q.role, '{PRIVATE}') AS role,
           sum(q.words)::BIGINT AS words, count(*) AS quotes,
           count(DISTINCT q.article_id) AS articles
    FROM quotes_flat AS q SEMI JOIN publishable AS p ON p.article_id = q.article_id
    JOIN (SELECT id, unnest(authorities) AS authority FROM article_flat) AS a
      ON a.id = q.article_id
    WHERE NOT q.copied GROUP BY ALL ORDER BY authority, words DESC, role"""
SOURCES = """
    WITH told AS (
      SELECT source_id, min(begun_on) AS begun_on, arg_max(state, month) AS state,
             sum(days_alive)::BIGINT AS days, max(longest_silence_days) AS silence,
             sum(pages)::BIGINT AS pages, sum(relevant)::BIGINT AS relevant
      FROM source_health GROUP BY ALL
    )
    SELECT DISTINCT a.short_name AS authority, s.id, s.name, t.*
    FROM (SELECT id, name, status, unnest(authorities) AS served FROM source) AS s
    JOIN authority AS a ON a.id = s.served
    LEFT JOIN told AS t ON t.source_id = s.id
    WHERE s.status = 'enabled' OR t.begun_on IS NOT NULL
    ORDER BY authority, t.days DESC NULLS LAST, s.name, s.id"""


@dataclass(frozen=True, slots=True)
class Known:
    """What the views tell of all authorities, by their short names: each asked once."""

    stories: Mapping[str, list[Row]]
    hearing: Mapping[str, list[Row]]
    grades: Mapping[str, list[Row]]
    themes: Mapping[str, list[Row]]
    voices: Mapping[str, list[Row]]
    sources: Mapping[str, list[Row]]


def pages(found: Shown) -> Iterator[Page]:
    every = places(found)
    yield _index(every)
    asked = (STORIES, HEARING, GRADES, THEMES, VOICES, SOURCES)
    known = Known(*(_by_authority(found.ask(sql)) for sql in asked))
    for place in every:
        yield _page(found, place, known)


def _by_authority(rows: Sequence[Row]) -> Mapping[str, list[Row]]:
    """The rows of each authority; none of one that has none."""
    told: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        told[row["authority"]].append(row)
    return told


def _index(every: Sequence[Place]) -> Page:
    """All authorities, each nation's by region."""
    standing = sorted(
        (place for place in every if place.stands),
        key=lambda place: (NATIONS.index(place.country), place.region),
    )
    nations = [
        (nation, [(region, list(some)) for region, some in groupby(those, lambda p: p.region)])
        for nation, those in groupby(standing, lambda p: p.country)
    ]
    values = {
        "nations": nations,
        "past": [place for place in every if not place.stands],
        "standing": len(standing),
        "with_stories": sum(place.counts["stories"] > 0 for place in standing),
        "unheard": sum(place.unheard for place in standing),
    }
    return Page("authorities.html", "Authorities", "authorities.html", values)


def _page(found: Shown, place: Place, known: Known) -> Page:
    """All that is told of one authority."""
    hearing = known.hearing[place.label]
    values = {
        "place": place,
        "listening": _listening(hearing),
        "wide": hearing[-1]["wide_alive"] if hearing else 0,
        "figures": list(_figures(found, place, known)),
        "grades": _grades(known.grades[place.label]),
        "stories": known.stories[place.label],
        "sources": _sources(
            known.sources[place.label], found.as_of.date() if found.as_of else None
        ),
    }
    return Page(f"authority/{place.slug}.html", place.name, "authority.html", values)


def _listening(hearing: Sequence[Row]) -> str:
    """Whether anybody was listening, as a sentence."""
    if not hearing:
        return "Nothing has been collected yet."
    last = hearing[-1]
    one, when = last["sources"] == 1, f"in {last['month']:%B %Y}"
    serve = "One source serves it" if one else f"{last['sources']} sources serve it"
    match last["state"]:
        case "no source":
            return "No source of its own is in the registry, so nobody listened to it alone."
        case "not begun":
            return f"{serve}, but collection has not begun: nobody has listened yet."
        case "none alive":
            return f"{serve}, {'but was not' if one else 'and none was'} heard {when}."
    alive = "was" if one else f"{last['sources_alive']} of them could be"
    return f"{serve}, and {alive} heard {when}."


def _figures(found: Shown, place: Place, known: Known) -> Iterator[Figure]:
    """The charts, where there is enough for one."""
    if place.counts["stories"] < FEW:
        return
    label = place.label
    told = (
        timeline(known.hearing[label], known.grades[label]),
        subjects([{**row, "label": found.theme(row["theme"])} for row in known.themes[label]]),
        speakers([{**row, "label": name_of(row["role"])} for row in known.voices[label]]),
    )
    yield from (figure for figure in told if figure)


def _grades(rows: Sequence[Row]) -> Grid | None:
    """Which grades articles report."""
    if not rows:
        return None
    columns = ("Grade", "First told", "Last told", "Stories", "Sources", "Given by", "Of")
    told = [
        (
            sentence(row["grade"]) + (" (a past one)" if row["past"] else ""),
            row["first_reported"],
            row["last_reported"],
            row["stories"],
            row["sources"],
            row["bodies"],
            row["years"],
        )
        for row in rows
    ]
    return Grid(columns, told)


def _sources(rows: Sequence[Row], today: date | None) -> Grid | None:
    """Which sources serve an authority, and how well each was heard."""
    if not rows:
        return None
    columns = (
        *("Source", "State", "Days heard", "Of days", "Longest silence", "Pages", "On topic"),
    )
    told = [
        (
            said(row["name"]),
            row["state"] or "not begun",
            row["days"],
            (today - row["begun_on"]).days + 1 if today and row["begun_on"] else None,
            f"{row['silence']} days" if row["silence"] else None,
            row["pages"],
            row["relevant"],
        )
        for row in rows
    ]
    return Grid(columns, told)
