"""Who a text names as a speaker, and in which role: no tagger, but the eyes of `quotes`.

The words of data/codebook/speakers.toml are found in the text around its quotations, and with them
the names of people and bodies. A person's role is that of the words beside the name; a body's
job-holder has the role of the body.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from crawler.errors import DataFileError
from crawler.sources import read_toml
from pipeline.phrases import check_phrases, check_table, compile_phrases
from pipeline.taggers.spotting import Rules, Token, Word, scan

__all__ = ["FILES", "PARTNERSHIP", "ROLES", "Rules", "Token", "Word", "load", "scan"]

FILES: tuple[str, ...] = ("codebook/speakers.toml",)
ROLES = (
    *("teacher", "parent", "young-person", "social-worker", "council-spokesperson"),
    *("council-officer", "councillor", "inspector", "government", "mp", "police", "health"),
    *("charity", "union", "expert", "judge", "carer", "whistleblower", "other"),
)
PARTNERSHIP = "partnership"  # among `authors`: the bodies that have a review written
KEYS: dict[str, type] = dict.fromkeys(
    ("verbs", "titles", "nobody", "job", "document", "role"), list
) | {"women": str, "men": str}
JOB: dict[str, type] = {"alone": str, "council": str, "words": list, "traits": list}
DOCUMENT: dict[str, type] = {"words": list, "authors": list, "role": str, "otherwise": str}
ROLE: dict[str, type] = {
    "id": str,
    "private": bool,
    "partnership": bool,
    "rather": str,
    **dict.fromkeys(("titles", "people", "traits", "bodies", "says", "yes", "no"), list),
}
OPTIONAL = ("partnership", "rather", "titles", "people", "traits", "bodies", "says", "otherwise")
PRONOUN = ("he", "she", "they", "it", "one of them", "one of us", "some", "another", "one")
SAYING = ("words", "answer", "verdict", "reply")
HIS_WORDS = tuple(f"{whose} {what}" for whose in ("his", "her") for what in SAYING)


def load(data: Callable[[str], Path]) -> Rules:
    """Read and check the words.

    Raises:
        DataFileError: the file has an unknown key, role or doubled phrase, or an empty list.
    """
    path = data(FILES[0])
    table = read_toml(path)
    check_table(path.name, table, KEYS)
    for key, keys in (("job", JOB), ("document", DOCUMENT), ("role", ROLE)):
        for entry in table[key]:
            check_entry(path.name, key, entry, keys)
    owned = [*entries(table)]
    check_phrases(path.name, "words", (phrase for phrase, word in owned))
    pronouns = ((phrase, Word("pronoun")) for phrase in (*PRONOUN, *HIS_WORDS))
    said = [(phrase, role["id"]) for role in table["role"] for phrase in role.get("says", ())]
    check_phrases(path.name, "says", (phrase for phrase, _ in said))
    given = dict.fromkeys(table["women"].split(), "she") | dict.fromkeys(table["men"].split(), "he")
    return Rules(compile_phrases([*owned, *pronouns]), given, compile_phrases(said))


def check_entry(file: str, key: str, entry: object, keys: Mapping[str, type]) -> None:
    """Refuse an entry that is no table, has a wrong key, or a role that the codebook has not."""
    if not isinstance(entry, dict):
        raise DataFileError(file, key, f"{entry!r} is not a table")
    check_table(file, {k: v for k, v in entry.items() if v != ""}, keys, (*OPTIONAL, "role"))
    named = [
        entry.get("id"),
        entry.get("alone"),
        entry.get("council"),
        entry.get("role"),
        entry.get("otherwise"),
        entry.get("rather"),
    ]
    for role in (*named, *entry.get("authors", ())):
        if role and role not in (*ROLES, PARTNERSHIP):
            raise DataFileError(file, key, f"{role!r} is not one of {', '.join(ROLES)}")


def entries(table: Mapping[str, Any]) -> Iterator[tuple[str, Word]]:
    """Every phrase of the file with what it is."""
    yield from ((phrase, Word("verb")) for phrase in table["verbs"])
    yield from ((phrase, Word("title")) for phrase in table["titles"])
    yield from ((phrase, Word("nobody")) for phrase in table["nobody"])
    for job in table["job"]:
        word = Word("job", job["alone"], job["council"])
        yield from ((phrase, word) for phrase in job["words"])
        doing = replace(word, kind="doing")
        yield from ((phrase, doing) for phrase in job.get("traits", ()))
    for document in table["document"]:
        word = Word(
            "document",
            document["role"],
            document.get("otherwise", ""),
            authors=tuple(document["authors"]),
        )
        yield from ((phrase, word) for phrase in document["words"])
    for role in table["role"]:
        authors = (PARTNERSHIP,) if role.get("partnership") else ()
        for key, kind in (
            ("titles", "title"),
            ("people", "people"),
            ("traits", "trait"),
            ("bodies", "body"),
        ):
            rather = role.get("rather", "")
            word = Word(kind, role["id"], "", role["private"], rather, authors)
            yield from ((phrase, word) for phrase in role.get(key, ()))
