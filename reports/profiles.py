"""Who gets which export: data/profiles.toml, read once and checked at once; its tables' SQL."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any

from crawler.errors import DataFileError, UsageError
from crawler.home import CHECKOUT, Home
from crawler.sources import read_toml

FILE = "profiles.toml"
EXPORTS = CHECKOUT / "reports" / "exports"
VIEWS = CHECKOUT / "reports" / "views"
FORMATS = ("csv", "parquet", "jsonl", "spreadsheet", "workbook")
LICENCE = {"name", "title", "path"}
MASK = {"counts", "within"}
# Who speaks for a body or holds an office, of the roles of data/codebook/speakers.toml; all others
# are private people, or may be.
PUBLIC_ROLES = (
    *("council-spokesperson", "council-officer", "councillor", "inspector", "government", "mp"),
    *("police", "health", "charity", "union", "expert", "judge"),
)


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of export, for one kind of reader."""

    id: str
    title: str
    holds: str  # one sentence
    limits: tuple[str, ...]  # a sentence or two each
    licence: Mapping[str, str]  # name (of the Open Definition's list or SPDX), title, path
    rights: str  # what the licence is for, and what it is not for
    formats: tuple[str, ...]
    tables: tuple[str, ...]
    counts: tuple[str, ...] = ()  # views that count; those that the database has not are left out
    masked: Mapping[str, Mapping[str, list[str]]] = field(default_factory=dict)
    purpose: bool = False  # refused unless the home's configuration states one; not for the public
    quotation: int = 0  # characters that a quotation may have
    of_an_article: int = 0  # characters that all evidence of one article may have
    part_of_an_article: int = 1  # and it is no more than one part in so many of its text

    def values(self) -> dict[str, object]:
        """What the SQL of its tables may ask for, by $name."""
        limits = ("quotation", "of_an_article", "part_of_an_article")
        return {"public_roles": list(PUBLIC_ROLES), **{n: getattr(self, n) for n in limits}}

    def sql_file(self, table: str) -> Path | None:
        """Where the SELECT of a table is; None where it can only be a view of the database."""
        places = (EXPORTS / self.id / f"{table}.sql", EXPORTS / f"{table}.sql")
        return next((path for path in places if path.exists()), None)


KINDS: dict[str, type] = {
    **dict.fromkeys(("id", "title", "holds", "rights"), str),
    **dict.fromkeys(("limits", "formats", "tables", "counts"), list),
    "purpose": bool,
    **dict.fromkeys(("quotation", "of_an_article", "part_of_an_article"), int),
    **dict.fromkeys(("licence", "masked"), dict),
}


def load_profile(home: Home, name: str) -> Profile:
    """One profile of the home's data/profiles.toml, or else the checkout's.

    Raises:
        UsageError: there is no such profile.
        DataFileError: the file is wrong, in whichever profile.
    """
    profiles = {profile.id: profile for profile in load_profiles(home)}
    if name not in profiles:
        raise UsageError(f"--profile {name}: no such profile; use {', '.join(profiles)}")
    return profiles[name]


def load_profiles(home: Home) -> list[Profile]:
    """Every profile, in the order of the file.

    Raises:
        DataFileError: an unknown key, a value of another type, or a table that nothing makes.
    """
    content = read_toml(home.data(FILE))
    for key in content.keys() - {"profile"}:
        raise DataFileError(FILE, key, "unknown key; use [[profile]]")
    return [_profile(entry) for entry in content.get("profile", [])]


def _profile(entry: Mapping[str, Any]) -> Profile:
    name = str(entry.get("id", "a profile without id"))
    for key, value in entry.items():
        if key not in KINDS:
            raise DataFileError(FILE, name, f"unknown key {key}; use {', '.join(KINDS)}")
        if type(value) is not KINDS[key]:
            raise DataFileError(FILE, name, f"{key}: {value!r} is no {KINDS[key].__name__}")
    given = [f for f in fields(Profile) if f.default is MISSING is f.default_factory]
    missing = [f.name for f in given if f.name not in entry]
    if missing:
        raise DataFileError(FILE, name, f"lacks {', '.join(missing)}")
    plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}
    return _checked(Profile(**plain))


def _checked(profile: Profile) -> Profile:
    for format_ in set(profile.formats) - set(FORMATS):
        raise DataFileError(FILE, profile.id, f"format {format_!r}; use {', '.join(FORMATS)}")
    if "parquet" not in profile.formats:
        needs = "formats: needs parquet, which what is withdrawn is taken out of"
        raise DataFileError(FILE, profile.id, needs)
    for table in profile.tables:
        if profile.sql_file(table) is None:
            raise DataFileError(FILE, profile.id, f"table {table}: there is no {table}.sql for it")
    for view, told in profile.masked.items():
        if view not in profile.counts or set(told) != MASK:
            raise DataFileError(
                FILE,
                profile.id,
                f"masked: {view}: is no table of counts, or needs {', '.join(sorted(MASK))}",
            )
    if set(profile.licence) != LICENCE:
        raise DataFileError(FILE, profile.id, f"licence: needs {', '.join(sorted(LICENCE))}")
    return profile
