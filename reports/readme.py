"""README.md and LICENCES.md of an export, for the person who opens its folder."""

from collections.abc import Iterator

from reports.describe import SHAPES, Descriptor, tables_of

READING = """## Reading it

{parquet}With pandas, from CSV, so that the empty text stays a text and NULL stays NULL:

```python
import json
from pathlib import Path

import pandas as pd

package = json.loads(Path("datapackage.json").read_text("utf-8"))
table = next(r for r in package["resources"] if r["name"] == "{table}")
fields = table["schema"]["fields"]
{table} = pd.read_csv(
    table["path"],
    keep_default_na=False,
    na_values={{f["name"]: f.get("missingValues", [""]) for f in fields}},
    dtype={{f["name"]: "string" for f in fields if f["type"] in ("string", "array")}},
    parse_dates=[f["name"] for f in fields if f["type"] in ("datetime", "date")],
)
```
"""
DUCKDB = """
With DuckDB:

```sql
FROM read_csv('csv/{table}.csv', allow_quoted_nulls = false);
```

A list stands in CSV as JSON, a time as ISO 8601 in UTC, a truth value as True or False. Places in
a text count code points from 0; the end is not part of it.
"""


def readme(package: Descriptor) -> str:
    """What a person should know before reading a row."""
    made = package["tocsin"]
    return "\n".join(
        [
            f"# {package['title']}\n",
            f"{package['description']}\n",
            *([f"**Purpose:** {made['purpose']}\n"] if made["purpose"] else []),
            f"As of {package.get('created', 'no capture')}; version {package['version']}; made by "
            f"{made['software']} from inputs {made['inputs']}.\n",
            "## What is not in it, and what you may do with it\n",
            *(f"- {limit}" for limit in made["limits"]),
            f"- Licence: {package['licenses'][0]['title']} "
            f"({package['licenses'][0]['path']}). {made['rights']} See LICENCES.md.",
            "",
            *_tables(package),
            *_files(package),
            _reading(package),
        ]
    )


def _tables(package: Descriptor) -> Iterator[str]:
    yield "## Tables\n\n| table | rows | what |\n|---|---:|---|"
    for told in tables_of(package):
        limits = f" {told['description']}" if "description" in told else ""
        yield f"| `{told['name']}` | {told['rows']} | {told['title']}{limits} |"
    yield "\nWhat each column means stands in `datapackage.json`.\n"


def _files(package: Descriptor) -> Iterator[str]:
    paths = {told["path"] for told in package["resources"]}
    name = tables_of(package)[0]["name"]
    yield "## Files\n\n| file | for |\n|---|---|"
    for form, what in FILES.items():
        if SHAPES[form].format(name) in paths:
            yield f"| `{SHAPES[form].format('*')}` | {what} |"
    yield "\n".join(f"| `{path}` | {what} |" for path, what in OTHERS.items()) + "\n"


FILES = {
    "workbook": "Excel, LibreOffice: filters are on, links work",
    "spreadsheet": "opening in a spreadsheet: nothing in it can run there, and lists are joined",
    "csv": "programs: what stands in it is exact, so a spreadsheet may run a cell",
    "parquet": "pandas, R, DuckDB: types and lists as they are",
    "jsonl": "programs, one object a line",
}
OTHERS = {
    "datapackage.json": "tables, columns and keys (Data Package v2)",
    "ro-crate-metadata.json": "the same for repositories (RO-Crate 1.2)",
    "CITATION.cff": "how to cite it",
    "LICENCES.md": "who must be credited",
    "codebook/": "the rules by which articles were coded; in a release also a page, `codebook.md`",
    "queries/": "the SQL that made each table",
    "SHA256SUMS": "`sha256sum -c SHA256SUMS` tells whether a file has changed",
}


def _reading(package: Descriptor) -> str:
    told = next((t for t in tables_of(package) if t["name"] == "articles"), None)
    if told is None or told["path"].startswith("spreadsheet/"):
        return ""
    easy = 'Parquet is easiest: `pd.read_parquet("parquet/articles.parquet")`. '
    return READING.format(table="articles", parquet=easy) + DUCKDB.format(table="articles")


def licences(package: Descriptor, data_licences: str) -> str:
    """Who must be credited for what."""
    licence = package["licenses"][0]
    return "\n".join(
        [
            f"# Licences of: {package['title']}\n",
            f"{licence['title']}: {licence['path']}\n",
            f"{package['tocsin']['rights']}\n",
            f"Credit: {package['contributors'][0]['title']}, {package['title']}, version "
            f"{package['version']}.\n",
            data_licences.replace("# Where", "## Where", 1),
        ]
    )
