"""What an export says of itself, all from one descriptor (datapackage.json): pure functions.

Data Package v2 (datapackage.org), RO-Crate 1.2 (w3id.org/ro/crate/1.2) and Citation File Format
1.2.0. The descriptor alone is kept by a release: from it, and its tables, all else is made again.
"""

import json
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reports.profiles import Profile
from reports.tables import REFERS, Table, field_type, null_marks

PROFILES = "https://datapackage.org/profiles/2.0"
CRATE = "https://w3id.org/ro/crate/1.2"
MEDIA = {
    "csv": "text/csv",
    "spreadsheet": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "jsonl": "application/jsonl",
    "workbook": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
SHAPES = {
    "csv": "csv/{}.csv",
    "spreadsheet": "spreadsheet/{}.csv",
    "parquet": "parquet/{}.parquet",
    "jsonl": "jsonl/{}.jsonl",
    "workbook": "{}.xlsx",
}
KEYWORDS = ["children's services", "local news", "United Kingdom", "content analysis"]
SOURCES = [
    {"title": "Office for National Statistics: codes of authorities (OGL v3.0)"},
    {"title": "mySociety, uk_local_authority_names_and_codes (CC BY 4.0)"},
    {"title": "The publishers that the table of sources names, or each article's outlet"},
]
NOBODY = "An operator of Tocsin who has set no publisher"

Descriptor = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Made:
    """Of what an export was made, by whom, for what."""

    profile: Profile
    version: str  # of a release; else the day of the newest capture
    as_of: datetime | None  # newest capture, aware, UTC; None where the database has none
    software: str
    inputs: str  # fingerprint of the archive, code and data files behind the database
    publisher: str
    purpose: str


def descriptor(made: Made, tables: Sequence[Table]) -> Descriptor:
    """What datapackage.json says, but for its files' sizes and hashes."""
    profile = made.profile
    return {
        "$schema": f"{PROFILES}/datapackage.json",
        "name": f"tocsin-{profile.id}",
        "title": profile.title,
        "description": profile.holds,
        "version": made.version,
        **({"created": _iso(made.as_of)} if made.as_of else {}),
        "keywords": KEYWORDS,
        "licenses": [dict(profile.licence)],
        "contributors": [{"title": made.publisher or NOBODY, "roles": ["creator"]}],
        "sources": SOURCES,
        "tocsin": {
            "profile": profile.id,
            "formats": list(profile.formats),
            "purpose": made.purpose,
            "limits": list(profile.limits),
            "rights": profile.rights,
            "software": made.software,
            "inputs": made.inputs,
        },
        "resources": [
            resource(table, form, profile.formats, {table.name for table in tables})
            for table in tables
            for form in profile.formats
        ],
    }


def resource(table: Table, form: str, forms: Sequence[str], names: Container[str]) -> Descriptor:
    """One file of a table; of these names there are tables beside it.

    The main one has the schema; the others are described as files.
    """
    main = form == ("csv" if "csv" in forms else "spreadsheet")
    told = {
        "name": table.name if main else f"{table.name}-{form}",
        "path": SHAPES[form].format(table.name),
        "title": table.what,
        **({"description": table.limits} if table.limits else {}),
        "format": SHAPES[form].rpartition(".")[2],
        "mediatype": MEDIA[form],
    }
    if not main:
        return {**told, "type": "file"}
    return {
        **told,
        "type": "table",
        "rows": table.data.num_rows,
        "encoding": "utf-8",
        "dialect": {"header": True, "delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"'},
        "schema": schema(table, names, plain=form == "spreadsheet"),
    }


def schema(table: Table, names: Container[str], plain: bool) -> Descriptor:
    """The Table Schema of a table; `plain`: as it stands in the file for spreadsheets."""
    columns, marks = table.data.column_names, null_marks(table.data)
    refers = [
        {"fields": [name], "reference": {"resource": REFERS[name], "fields": ["id"]}}
        for name in columns
        if REFERS.get(name) in names
    ]
    return {
        "$schema": f"{PROFILES}/tableschema.json",
        "fields": [_field(table, name, plain, marks[name]) for name in columns],
        "missingValues": [""],
        "primaryKey": list(table.key),
        "foreignKeys": refers,
    }


def _field(table: Table, name: str, plain: bool, mark: str | None) -> Descriptor:
    column = table.data.column(name)
    mark = "" if plain else mark
    kind = field_type(column.type)
    meaning = table.meanings.get(name, "")
    full = not column.null_count
    return {
        "name": name,
        "type": "string" if plain and kind in ("array", "object") else kind,
        **({"description": meaning} if meaning else {}),
        **({"constraints": {"required": True}} if name in table.key and full else {}),
        **({"missingValues": [] if mark is None else [mark]} if mark != "" else {}),
    }


def tables_of(package: Descriptor) -> list[Descriptor]:
    """The main file of each table, as described."""
    return [told for told in package["resources"] if told["type"] == "table"]


# ---- RO-Crate ------------------------------------------------------------------------------


def crate(package: Descriptor, files: Iterable[tuple[str, int, str]]) -> Descriptor:
    """What ro-crate-metadata.json says; `files` are (path, bytes, SHA-256) of all others."""
    told = {one["path"]: one for one in package["resources"]}
    parts = [_part(told.get(path, {}), path, size, digest) for path, size, digest in files]
    licence = package["licenses"][0]
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": package["title"],
        "description": " ".join([package["description"], *package["tocsin"]["limits"]]),
        **({"datePublished": package["created"]} if "created" in package else {}),
        "version": package["version"],
        "keywords": ", ".join(package["keywords"]),
        "license": {"@id": licence["path"]},
        "creator": {"@id": "#publisher"},
        "hasPart": [{"@id": part["@id"]} for part in parts],
        "mentions": {"@id": "#export"},
    }
    about = {
        "@id": "ro-crate-metadata.json",
        "@type": "CreativeWork",
        "about": {"@id": "./"},
        "conformsTo": {"@id": CRATE},
    }
    return {
        "@context": f"{CRATE}/context",
        "@graph": [about, root, *parts, *_context(package, licence)],
    }


def _part(told: Mapping[str, Any], path: str, size: int, digest: str) -> Descriptor:
    return {
        "@id": path,
        "@type": "File",
        "name": path,
        **({"description": told["title"]} if told else {}),
        "encodingFormat": told["mediatype"] if told else _media(path),
        "contentSize": str(size),
        "sha256": digest,
    }


def _media(path: str) -> str:
    endings = {"json": "application/json", "md": "text/markdown", "toml": "application/toml"}
    return endings.get(path.rpartition(".")[2], "text/plain")


def _context(package: Descriptor, licence: Mapping[str, str]) -> list[Descriptor]:
    made = package["tocsin"]
    name, _, version = made["software"].partition("/")
    return [
        {
            "@id": licence["path"],
            "@type": "CreativeWork",
            "name": licence["title"],
            "description": made["rights"],
        },
        {
            "@id": "#publisher",
            "@type": "Organization",
            "name": package["contributors"][0]["title"],
        },
        {
            "@id": "#export",
            "@type": "CreateAction",
            "name": f"tocsin export --profile {made['profile']}",
            "description": made["purpose"] or package["description"],
            "instrument": {"@id": "#tocsin"},
            "result": {"@id": "./"},
        },
        {
            "@id": "#tocsin",
            "@type": "SoftwareApplication",
            "name": name,
            "version": version,
            "identifier": made["inputs"],
        },
    ]


# ---- for people ----------------------------------------------------------------------------


def citation(package: Descriptor) -> str:
    """CITATION.cff of an export; JSON's texts are YAML's too."""
    licence = package["licenses"][0]
    open_ = licence["name"].startswith("CC-")
    facts = {
        "cff-version": "1.2.0",
        "message": "If you use this dataset, please cite it as below.",
        "type": "dataset",
        "title": package["title"],
        "version": package["version"],
        **({"date-released": package["created"][:10]} if "created" in package else {}),
        "abstract": " ".join([package["description"], *_purpose(package)]),
        **({"license": licence["name"]} if open_ else {"license-url": licence["path"]}),
    }
    lines = [f"{key}: {_yaml(value)}" for key, value in facts.items()]
    keywords = [f"  - {_yaml(word)}" for word in package["keywords"]]
    author = [f"  - name: {_yaml(package['contributors'][0]['title'])}"]
    return "\n".join([*lines, "authors:", *author, "keywords:", *keywords, ""])


def _yaml(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _purpose(package: Descriptor) -> list[str]:
    purpose = package["tocsin"]["purpose"]
    return [f"Made for this purpose: {purpose.rstrip('.')}."] if purpose else []


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
