"""Polars: vectors are Array, captions List of Struct."""
import polars

from columns import CAPTION_FIELDS, CAPTIONS, FLOAT, INT, PICTURE, TEXT, VECTOR
from compare import same_rows, same_types

NAME = f"polars {polars.__version__}"


def types(version, columns):
    of = {
        TEXT: polars.String, INT: polars.Int32, FLOAT: polars.Float32,
        CAPTIONS: polars.List(polars.Struct({f: polars.String for f in CAPTION_FIELDS})),
        PICTURE: polars.Struct({"bytes": polars.Binary, "path": polars.String}),
    }
    if version.vectors:
        of[VECTOR] = polars.Array(polars.Float16 if version.vectors == "float16" else polars.Float32, version.dim)
    return {name: of[kind] for name, kind in columns.items()}


def schema(version):
    for name, path, columns in version.tables():
        same_types(types(version, columns), polars.read_parquet_schema(path), name)
        same_types(types(version, columns), polars.read_parquet(path).schema, name)
    return len(version.rows())


def values(version):
    return sum(same_rows(version.expected[name], polars.read_parquet(path).to_dicts(), columns, name)
               for name, path, columns in version.tables())


CHECKS = {"types of all columns": schema, "values of all columns, data and shards": values}
