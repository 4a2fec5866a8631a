"""pyarrow: the schema to the last nullability, and every value."""
import pyarrow
import pyarrow.parquet

from columns import CAPTION_FIELDS, CAPTIONS, FLOAT, INT, PICTURE, TEXT, VECTOR
from compare import same, same_rows, same_types

NAME = f"pyarrow {pyarrow.__version__}"


def fields(*named):
    return pyarrow.struct([pyarrow.field(name, kind, nullable=False) for name, kind in named])


def element(kind):
    return pyarrow.field("element", kind, nullable=False)


def types(version, columns):
    of = {
        TEXT: pyarrow.string(), INT: pyarrow.int32(), FLOAT: pyarrow.float32(),
        CAPTIONS: pyarrow.list_(element(fields(*((f, pyarrow.string()) for f in CAPTION_FIELDS)))),
        PICTURE: pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())]),  # nullable: HF's Image wants it so
    }
    if version.vectors:
        number = pyarrow.float16() if version.vectors == "float16" else pyarrow.float32()
        of[VECTOR] = pyarrow.list_(element(number), version.dim)
    return {name: of[kind] for name, kind in columns.items()}


def schema(version):
    for name, path, columns in version.tables():
        got = pyarrow.parquet.read_schema(path)
        same_types(types(version, columns), {f.name: f.type for f in got}, name)
        same([c for c, kind in columns.items() if kind == PICTURE], [f.name for f in got if f.nullable], name, column="nullable")
    return len(version.rows())


def values(version):
    return sum(same_rows(version.expected[name], pyarrow.parquet.read_table(path).to_pylist(), columns, name)
               for name, path, columns in version.tables())


def fingerprint(version):
    """The footer names the encoder that the rows name."""
    if not version.vectors:
        return None
    for name, path in version.objects("data/", ".parquet"):
        footer = pyarrow.parquet.read_schema(path).metadata
        for i, row in enumerate(version.expected[name]):
            same(footer[b"pairmill.encoder"].decode(), row["encoder"], name, i, "encoder")
    return len(version.rows())


CHECKS = {"types of all columns": schema, "values of all columns, data and shards": values, "encoder in the footer": fingerprint}
