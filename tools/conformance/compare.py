"""What a difference is, and how rows are held against rows."""
import hashlib

import numpy

from columns import FLOAT, VECTOR


class Differs(Exception):
    """A reader saw something else than our own table says."""

    def __init__(self, thing, row, column, want, got):
        super().__init__(thing, row, column, want, got)
        self.place = (thing, row, column)

    def __str__(self):
        thing, row, column, want, got = self.args
        where = [thing] + [f"row {row}"] * (row is not None) + [f"column {column}"] * (column is not None)
        return f"{', '.join(where)}: want {short(want)}, got {short(got)}"


def short(value):
    """A value for a message: bytes by their hash, long ones cut."""
    if isinstance(value, bytes):
        return f"{len(value)} bytes with sha256 {hashlib.sha256(value).hexdigest()[:16]}"
    text = repr(value)
    return text if len(text) <= 160 else text[:157] + "..."


def same(want, got, thing, row=None, column=None):
    if want != got:
        raise Differs(thing, row, column, want, got)


def same_types(want, got, thing):
    """Holds two ordered mappings of column to type against each other."""
    same(list(want), list(got), thing, column="names")
    for column, kind in want.items():
        same(kind, got[column], thing, column=column)


def same_rows(want, got, columns, thing):
    """Holds the rows of a table against ours, value by value, and returns how many there are."""
    same(len(want), len(got), thing, column="number of rows")
    for i, (w, g) in enumerate(zip(want, got)):
        for column, kind in columns.items():
            same(exact(w[column], kind), exact(g[column], kind), thing, i, column)
    return len(want)


def exact(value, kind):
    """Numbers as the bits of float32: no reader may round, and ours are float16 or float32."""
    if kind in (VECTOR, FLOAT):
        return numpy.asarray(value, dtype=numpy.float32).tobytes() if kind == VECTOR else numpy.float32(value)
    return value
