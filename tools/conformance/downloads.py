"""Reads the tables of downloads, ours and img2dataset's, with pyarrow, Polars, DuckDB and Hugging Face datasets.

    downloads.py OUTPUTS

OUTPUTS is what img2dataset/main.py --keep left. Each reader must see in ours the columns, types and order that it sees in
img2dataset's, and the values that pyarrow sees, which that suite has held against img2dataset's; pictures in a table must open at the row's size. The last checks change a
value and expect each reader to show it. One line for each; exits with 1 if anything differs.
"""
import io
import os
import sys
import tempfile
from pathlib import Path

os.environ.update(HF_HUB_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1")  # before datasets is imported

import datasets
import duckdb
import polars
import pyarrow
import pyarrow.parquet
from PIL import Image

import read_duckdb
from compare import Differs, same, same_types

FURTHER = ["reason", "detail"]  # our columns that img2dataset has not
PICTURE = "jpg"
SHOWN = {"for-readers-webdataset": "beside tars", "for-readers-files": "beside files", "for-readers-parquet": "with pictures"}
datasets.disable_progress_bars()


class Arrow:
    name = f"pyarrow {pyarrow.__version__}"

    def read(self, files):
        table = pyarrow.concat_tables([pyarrow.parquet.read_table(f) for f in files])
        return {f.name: str(f.type) for f in table.schema}, table.to_pylist()


class Polars:
    name = f"polars {polars.__version__}"

    def read(self, files):
        frame = polars.read_parquet(files)
        return {n: str(t) for n, t in frame.schema.items()}, frame.to_dicts()


class DuckDB:
    name = f"duckdb {duckdb.__version__}"

    def read(self, files):
        names = [str(f) for f in files]
        types = read_duckdb.ask("DESCRIBE SELECT * FROM read_parquet(?)", names)
        return {r["column_name"]: r["column_type"] for r in types}, read_duckdb.ask("SELECT * FROM read_parquet(?)", names)


class HuggingFace:
    name = f"datasets {datasets.__version__}"

    def read(self, files):
        with tempfile.TemporaryDirectory() as cache:
            got = datasets.load_dataset("parquet", data_files=[str(f) for f in files], split="train", cache_dir=cache)
            return {n: str(f) for n, f in got.features.items()}, got.to_list()


READERS = [Arrow(), Polars(), DuckDB(), HuggingFace()]


def line(mark, reader, what, result):
    print(f"{mark:7}  {reader:18}  {'downloads':10}  {what}: {result}", flush=True)


def tables(folder):
    out = sorted(folder.glob("*.parquet"))
    if not out:
        raise FileNotFoundError(f"no tables in {folder}")
    return out


def check(reader, folder):
    """Holds what a reader sees of ours against what it sees of img2dataset's and against what pyarrow sees."""
    theirs, _ = reader.read(tables(folder / "theirs"))
    types, rows = reader.read(tables(folder / "ours"))
    same([n for n in types if n not in theirs], FURTHER, folder.name, column="further columns")
    same_types(theirs, {n: t for n, t in types.items() if n not in FURTHER}, folder.name)
    return len(rows) if isinstance(reader, Arrow) else equal(tables(folder / "ours"), rows, folder.name)


def equal(files, rows, thing):
    _, want = Arrow().read(files)
    same(len(want), len(rows), thing, column="number of rows")
    for i, (w, g) in enumerate(zip(want, rows)):
        same(list(w), list(g), thing, i, "names")
        for column in w:
            same(w[column], g[column], thing, i, column)
    return len(rows)


def pictures(reader, folder):
    """Every picture in the table opens, at the size that the row says; a row without a picture has a reason."""
    n = 0
    for i, row in enumerate(reader.read(tables(folder / "ours"))[1]):
        if row["status"] != "success":
            same((None, True), (row[PICTURE], bool(row["reason"])), folder.name, i, PICTURE)
            continue
        with Image.open(io.BytesIO(row[PICTURE])) as image:
            image.load()
            same((row["width"], row["height"]), image.size, folder.name, i, PICTURE)
        n += 1
    return n


def notices(reader, folder, work):
    """Whether the reader shows a score that was changed by one in its last bit."""
    original = tables(folder / "ours")[0]
    table = pyarrow.parquet.read_table(original)
    at = table.schema.get_field_index("score")
    values = table["score"].to_pylist()
    values[3] = values[3] * (1 + 2 ** -52)
    changed = work / "changed.parquet"
    pyarrow.parquet.write_table(table.set_column(at, table.schema.field(at), pyarrow.array(values, type=table.schema.field(at).type)), changed)
    try:
        equal([original], reader.read([changed])[1], folder.name)
    except Differs as e:
        same((folder.name, 3, "score"), e.place, "self-test", column="place")
        return f"noticed: {e}"
    raise Differs("self-test", 3, "score", "a difference", "none")


def main():
    outputs, failures = Path(sys.argv[1]), 0
    with tempfile.TemporaryDirectory(prefix="downloads-") as work:
        jobs = [(r, f"table {shown}: columns, types" + ", values" * (not isinstance(r, Arrow)), lambda r, f=outputs / name: f"{check(r, f)} rows") for name, shown in SHOWN.items() for r in READERS]
        jobs += [(r, "pictures open", lambda r: f"{pictures(r, outputs / 'for-readers-parquet')} pictures") for r in READERS]
        jobs += [(r, "self-test, a score", lambda r: notices(r, outputs / "for-readers-webdataset", Path(work))) for r in READERS]
        for reader, what, job in jobs:
            try:
                line("ok", reader.name, what, job(reader))
            except Differs as e:
                failures += 1
                line("DIFFERS", reader.name, what, e)
            except Exception as e:  # a reader that refuses our file is the worst difference
                failures += 1
                line("REFUSED", reader.name, what, f"{type(e).__name__}: {e}")
    print(f"downloads: {failures} failures" if failures else "downloads: all readers see the same in ours and in img2dataset's")
    raise SystemExit(failures > 0)


if __name__ == "__main__":
    main()
