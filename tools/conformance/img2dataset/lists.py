"""Lists in every format that img2dataset reads."""
import csv
import gzip
import io
import json

import pyarrow
import pyarrow.parquet

FLAT = ("link", "text", "number", "score", "flag", "uid", "digest")  # columns that a line of text can hold


def delimited(rows, delimiter):
    out = io.StringIO()
    w = csv.DictWriter(out, FLAT, delimiter=delimiter, extrasaction="ignore", lineterminator="\n")
    w.writeheader()
    w.writerows(rows)
    return out.getvalue().encode()


def parquet(rows):
    out = io.BytesIO()
    table = pyarrow.table({name: [r[name] for r in rows] for name in rows[0]})
    pyarrow.parquet.write_table(table, out, row_group_size=17)
    return out.getvalue()


MAKERS = {
    "txt": lambda rows: "".join(r["link"] + "\n" for r in rows).encode(),
    "csv": lambda rows: delimited(rows, ","),
    "tsv": lambda rows: delimited([{k: v.replace("\t", " ") if isinstance(v, str) else v for k, v in r.items()} for r in rows], "\t"),
    "json": lambda rows: json.dumps(rows).encode(),
    "jsonl": lambda rows: "".join(json.dumps(r) + "\n" for r in rows).encode(),
    "parquet": parquet,
}


def write(path, rows, kind):
    """Writes a list of a kind, which may end in .gz, and returns its path."""
    base, packed = kind.removesuffix(".gz"), kind.endswith(".gz")
    data = MAKERS[base](rows)
    path.write_bytes(gzip.compress(data, mtime=0) if packed else data)
    return path
