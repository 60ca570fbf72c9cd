"""A table as an export writes it: its rows, what they are, and what each column means."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

# Columns that name a row of another table by its id, in whatever table they stand.
REFERS = {
    "source_id": "sources",
    "article_id": "articles",
    "of_article_id": "articles",
    "before_id": "articles",
    "story_id": "stories",
    "story": "stories",
}
MARKS = (r"\N", r"\NULL", r"\NOTHING")  # what NULL may be written as, where "" cannot be


@dataclass(frozen=True, slots=True)
class Table:
    """One table of an export."""

    name: str
    what: str  # one sentence
    limits: str  # what it leaves out or cannot tell; "" where it says nothing
    key: tuple[str, ...]  # the columns that tell each row from all others
    meanings: Mapping[str, str]  # of its columns
    data: pa.Table

    def described(self) -> "Table":
        """The same with each column's meaning in its own metadata, for who reads Parquet."""
        fields = [
            field.with_metadata({"description": self.meanings.get(field.name, "")})
            for field in self.data.schema
        ]
        about: dict[bytes | str, bytes | str] = {
            "description": self.what,
            "key": ", ".join(self.key),
        }
        return replace(self, data=self.data.cast(pa.schema(fields, about)))


def null_marks(data: pa.Table) -> dict[str, str | None]:
    """How each column's NULL is written in CSV; None where it has none, and "" is a text.

    Most readers take a quoted empty cell for an unquoted one. So a column that has both NULL and
    the empty text needs another mark, which is no text of any column: some readers know but one.
    """
    texts = [column for column in data.columns if pa.types.is_string(column.type)]
    mark = next(mark for mark in MARKS if not any(_holds(column, mark) for column in texts))
    return {
        name: _mark(column, mark)
        for name, column in zip(data.column_names, data.columns, strict=True)
    }


def _mark(column: "pa.ChunkedArray[Any]", mark: str) -> str | None:
    if not pa.types.is_string(column.type):
        return ""
    if not column.null_count:
        return None
    return mark if _holds(column, "") else ""


def _holds(column: "pa.ChunkedArray[Any]", text: str) -> bool:
    return bool(pc.any(pc.equal(column, pa.scalar(text))).as_py())


def field_type(kind: pa.DataType) -> str:
    """The type of a column as Table Schema names it."""
    return next((name for holds, name in TYPES if holds(kind)), "any")


TYPES: tuple[tuple[Any, str], ...] = (
    (pa.types.is_string, "string"),
    (pa.types.is_boolean, "boolean"),
    (pa.types.is_integer, "integer"),
    (pa.types.is_floating, "number"),
    (pa.types.is_decimal, "number"),
    (pa.types.is_timestamp, "datetime"),
    (pa.types.is_date, "date"),
    (pa.types.is_list, "array"),
    (pa.types.is_nested, "object"),
)
