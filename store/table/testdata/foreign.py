"""Writes foreign.parquet beside this file (pyarrow 26.0.1): the types that lists come in, as their usual writer stores them."""

import datetime
import decimal
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq

UTC = datetime.timezone.utc
WHEN = datetime.datetime(2024, 2, 29, 23, 59, 58, 123456)
COLUMNS = {
    "large": (pa.large_string(), ["a", None, "ü"]),
    "dictionary": (pa.dictionary(pa.int8(), pa.string()), ["x", "x", None]),
    "tiny": (pa.int8(), [-1, None, 127]),
    "word": (pa.uint16(), [65535, 0, None]),
    "dword": (pa.uint32(), [4294967295, 0, None]),
    "qword": (pa.uint64(), [18446744073709551615, 0, None]),
    "half": (pa.float16(), [0.5, None, -2.0]),
    "price": (pa.decimal128(10, 2), [decimal.Decimal("-12.50"), None, decimal.Decimal("0.07")]),
    "day": (pa.date32(), [WHEN.date(), None, datetime.date(1969, 12, 31)]),
    "moment": (pa.timestamp("us"), [WHEN, None, WHEN]),
    "instant": (pa.timestamp("ms", tz="UTC"), [WHEN.replace(microsecond=5000, tzinfo=UTC), None, None]),
    "clock": (pa.time64("us"), [WHEN.time(), None, None]),
    "nothing": (pa.null(), [None, None, None]),
    "words": (pa.list_(pa.string()), [["a", None], None, []]),
    "ints": (pa.list_(pa.int16()), [[1, 2], None, []]),
    "fixed": (pa.list_(pa.float32(), 2), [[0.5, 1.5], None, [0.0, 1.0]]),
    "boxes": (pa.list_(pa.list_(pa.float64())), [[[0, 0, 1, 1], []], None, []]),
    "struct": (pa.struct([("a", pa.int64())]), [{"a": 1}, None, None]),
    "raw": (pa.binary(), [b"\x00\xff", None, b""]),
}

table = pa.table({name: pa.array(values, type=kind) for name, (kind, values) in COLUMNS.items()})
target = pathlib.Path(__file__).with_suffix(".parquet")
pq.write_table(table, target, compression="snappy", row_group_size=2, store_schema=False)
