"""DuckDB: it does not know of fixed sizes, so vectors are FLOAT[] and are cast for its vector functions."""
import duckdb

from columns import CAPTION_FIELDS, CAPTIONS, FLOAT, INT, PICTURE, TEXT, VECTOR
from compare import Differs, same, same_rows, same_types

NAME = f"duckdb {duckdb.__version__}"

# DuckDB adds up in float32; similarity was added up in float64 and rounded once.
TOLERANCE = 2e-6

TYPES = {
    TEXT: "VARCHAR", INT: "INTEGER", FLOAT: "FLOAT", VECTOR: "FLOAT[]",
    CAPTIONS: "STRUCT(" + ", ".join(f"{f} VARCHAR" for f in CAPTION_FIELDS) + ")[]",
    PICTURE: "STRUCT(bytes BLOB, path VARCHAR)",
}


def ask(sql, path):
    """Rows as dictionaries. Nothing may be loaded over the network."""
    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as c:
        c.execute(sql, [path])
        names = [d[0] for d in c.description]
        return [dict(zip(names, row)) for row in c.fetchall()]


def schema(version):
    for name, path, columns in version.tables():
        got = ask("DESCRIBE SELECT * FROM read_parquet(?)", path)
        unquoted = {r["column_name"]: r["column_type"].replace('"', "") for r in got}
        same_types({n: TYPES[kind] for n, kind in columns.items()}, unquoted, name)
    return len(version.rows())


def values(version):
    return sum(same_rows(version.expected[name], ask("SELECT * FROM read_parquet(?)", path), columns, name)
               for name, path, columns in version.tables())


def cosine(version):
    if not version.vectors:
        return None
    vector = f"FLOAT[{version.dim}]"
    sql = f"""SELECT similarity, array_cosine_similarity(image_embedding::{vector}, text_embedding::{vector}) AS cosine
              FROM read_parquet(?)"""
    n = 0
    for name, path in version.objects("data/", ".parquet"):
        for i, row in enumerate(ask(sql, path)):
            if not abs(row["similarity"] - row["cosine"]) <= TOLERANCE:
                raise Differs(name, i, "similarity", row["cosine"], row["similarity"])
            n += 1
    same(len(version.rows()), n, "data/", column="number of rows")
    return n


CHECKS = {"types of all columns": schema, "values of all columns, data and shards": values,
          f"array_cosine_similarity is similarity, to {TOLERANCE:g}": cosine}
