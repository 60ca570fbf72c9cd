"""Turns what DuckDB finds into tidy data frames: each column has its type, times are in UTC."""

from typing import Any

import pandas as pd
import pyarrow as pa

UTC = pa.timestamp("us", tz="UTC")
# Columns that may have no value keep their type: a missing number does not make it a float.
NULLABLE: dict[pa.DataType, pd.api.extensions.ExtensionDtype] = {
    pa.bool_(): pd.BooleanDtype(),
    pa.int8(): pd.Int8Dtype(),
    pa.int16(): pd.Int16Dtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
    pa.uint8(): pd.UInt8Dtype(),
    pa.uint16(): pd.UInt16Dtype(),
    pa.uint32(): pd.UInt32Dtype(),
    pa.uint64(): pd.UInt64Dtype(),
    pa.float32(): pd.Float32Dtype(),
    pa.float64(): pd.Float64Dtype(),
    pa.string(): pd.StringDtype(),
    pa.large_string(): pd.StringDtype(),
}


def frame(table: pa.Table) -> pd.DataFrame:
    """A data frame: times aware and in UTC, days as dates at midnight, lists as tuples."""
    data = typed(table).to_pandas(
        types_mapper=NULLABLE.get, date_as_object=False, timestamp_as_object=False
    )
    for field in table.schema:
        if pa.types.is_list(field.type):
            cells = [None if cell is None else tuple(cell) for cell in data[field.name]]
            data[field.name] = pd.Series(cells, index=data.index, dtype=object)
    return data


def typed(table: pa.Table) -> pa.Table:
    """The same table; its times are said to be UTC, as all of the dataset's are, and sums whole."""
    for place, field in enumerate(table.schema):
        column = table.column(place)
        if pa.types.is_timestamp(field.type):
            table = table.set_column(place, field.name, _in_utc(column))
        elif pa.types.is_decimal(field.type) and field.type.scale == 0:
            table = table.set_column(place, field.name, _whole(column))
    return table


def _in_utc(column: "pa.ChunkedArray[Any]") -> "pa.ChunkedArray[Any]":
    """A column of times as aware ones; one without a zone is in UTC."""
    return column.cast(pa.timestamp("us")).cast(UTC) if column.type.tz is None else column.cast(UTC)


def _whole(column: "pa.ChunkedArray[Any]") -> "pa.ChunkedArray[Any]":
    """A column of integers of 128 bits, which sums are, in 64 bits where they are enough."""
    try:
        return column.cast(pa.int64())
    except pa.ArrowInvalid:
        return column
