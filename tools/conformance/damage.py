"""Copies with one thing wrong, and who must notice what where: a check that cannot fail proves nothing."""
import io
import json
import shutil
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import pyarrow
import pyarrow.parquet

import read_datasets
import read_duckdb
import read_files
import read_polars
import read_pyarrow
import read_webdataset
from compare import Differs
from version import expected

ROW = 3


@dataclass
class Case:
    what: str
    apply: Callable  # (version) → the place that a Differs must name: (object, row, column), None = any
    noticed_by: list  # of (reader, check)
    ours: bool = False  # whether our own tables are taken from the copy: for checks that recompute what they say


def rewrite(path, change, **how):
    """Writes a Parquet file anew with a changed table."""
    table = pyarrow.parquet.read_table(path)
    pyarrow.parquet.write_table(change(table), path, **how)


def replaced(table, column, values):
    i = table.schema.get_field_index(column)
    return table.set_column(i, table.schema.field(i), pyarrow.array(values, type=table.schema.field(i).type))


def similarity(version):
    """Adds a little to one similarity."""
    name, path = version.objects("data/", ".parquet")[0]

    def change(table):
        values = table["similarity"].to_pylist()
        values[ROW] += 0.001
        return replaced(table, "similarity", values)
    rewrite(path, change)
    return name, ROW, "similarity"


def element(version):
    """Changes the last element of one vector by the least that its type can."""
    name, path = version.objects("data/", ".parquet")[-1]

    def change(table):
        values = [v.values.to_numpy(zero_copy_only=False).copy() for v in table["image_embedding"]]
        values[ROW].view(f"u{values[ROW].itemsize}")[-1] ^= 1
        return replaced(table, "image_embedding", list(values))
    rewrite(path, change)
    return name, ROW, "image_embedding"


def shuffled(version):
    """Exchanges two rows."""
    _, path = version.objects("data/", ".parquet")[0]
    rewrite(path, lambda table: table.take([ROW + 1 if i == ROW else ROW if i == ROW + 1 else i for i in range(len(table))]))
    return "data/", ROW, "uid"


def own_similarity(version):
    return "data/", ROW, similarity(version)[2]


def own_caption(version):
    """Changes a caption wherever it stands in a row, so that the id is not its hash any more."""
    _, path = version.objects("data/", ".parquet")[0]

    def change(table):
        texts, lists = table["caption"].to_pylist(), table["captions"].to_pylist()
        texts[ROW] = lists[ROW][0]["text"] = texts[ROW] + "!"
        return replaced(replaced(table, "caption", texts), "captions", lists)
    rewrite(path, change)
    return "data/", ROW, "uid"


def hashed(version):
    """Changes one byte of a picture."""
    name, path = version.objects("shards/", ".tar")[0]
    in_tar(path, ROW, ".jpg", lambda data: data[:-1] + bytes([data[-1] ^ 1]))
    return name, None, "sha256"


def size_lost(version):
    """Drops the Arrow schema: vectors become lists of any length."""
    name, path = version.objects("data/", ".parquet")[0]
    rewrite(path, lambda table: table, store_schema=False)
    return None, None, "image_embedding"


def in_tar(path, row, extension, change):
    """Changes a member's bytes where they stand."""
    with tarfile.open(path) as tar:
        member = [m for m in tar.getmembers() if m.name.endswith(extension)][row]
    data = bytearray(Path(path).read_bytes())
    part = slice(member.offset_data, member.offset_data + member.size)
    data[part] = change(bytes(data[part]))
    Path(path).write_bytes(data)


def caption(version):
    """Changes the first letter of one caption in a tar."""
    name, path = version.objects("shards/", ".tar")[1]
    in_tar(path, ROW, ".txt", lambda text: bytes([text[0] ^ 1]) + text[1:])
    return name, ROW, "txt"


def picture(version):
    """Overwrites one picture in a tar with zeroes."""
    name, path = version.objects("shards/", ".tar")[0]
    in_tar(path, ROW, ".jpg", lambda data: bytes(len(data)))
    return name, ROW, "jpg"


def lost_member(version):
    """Renames a .json of the first five samples, so that sets of members differ."""
    name, path = version.objects("shards/", ".tar")[0]
    with tarfile.open(path) as tar:
        members = [(m, tar.extractfile(m).read()) for m in tar.getmembers()]
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
        for i, (m, data) in enumerate(members):
            m.name = m.name.replace(".json", ".jsn") if i == 3 * ROW + 1 else m.name
            tar.addfile(m, io.BytesIO(data))
    return name, ROW, "members"


def embedded(version):
    """Exchanges two embedded pictures."""
    _, path = version.objects("data/", ".parquet")[0]

    def change(table):
        values = table["image"].to_pylist()
        values[ROW], values[ROW + 1] = values[ROW + 1], values[ROW]
        return replaced(table, "image", values)
    rewrite(path, change)
    return "Image()", ROW, "image"


def sizes(version):
    """Counts one sample too many."""
    path = version.folder / "shards/sizes.json"
    counts = json.loads(path.read_text())
    counts["00001.tar"] += 1
    path.write_text(json.dumps(counts))
    return "shards/sizes.json", 1, "00001.tar"


def by(*checks):
    """Names checks as (reader, beginning of the check's line)."""
    return [(reader, next(f for what, f in reader.CHECKS.items() if what.startswith(begin))) for reader, begin in checks]


VALUES = [(read_pyarrow, "values"), (read_polars, "values"), (read_duckdb, "values")]
CASES = [
    Case("one similarity changed", similarity, by(*VALUES, (read_duckdb, "array_cosine"))),
    Case("one bit of a vector changed", element, by(*VALUES)),
    Case("vectors without their size", size_lost, by((read_pyarrow, "types"), (read_polars, "types"),
                                                       (read_datasets, 'load_dataset("parquet")'))),
    Case("one caption in a tar changed", caption, by((read_webdataset, "keys"), (read_datasets, 'load_dataset("webdataset")'))),
    Case("one picture in a tar overwritten", picture, by((read_webdataset, "keys"), (read_datasets, 'load_dataset("webdataset")'))),
    Case("one member renamed", lost_member, by((read_webdataset, "keys"))),
    Case("two embedded pictures exchanged", embedded, by((read_datasets, "column image"))),
    Case("one byte of a picture changed", hashed, by((read_files, "manifest"))),
    Case("two rows of data/ exchanged", shuffled, by((read_files, "global shuffle")), ours=True),
    Case("similarity changed in our own table", own_similarity, by((read_files, "unit vectors")), ours=True),
    Case("caption changed in our own table", own_caption, by((read_files, "uid")), ours=True),
    Case("sizes.json one too many", sizes, by((read_files, "sizes.json"))),
]


def notices(version, case, check, work):
    """Says whether a check names the place of the damage; the answer starts with "noticed" if so."""
    with tempfile.TemporaryDirectory(dir=work) as scratch:
        folder = Path(scratch) / "copy"
        shutil.copytree(version.folder, folder, copy_function=shutil.copyfile)
        copy = version.copy_at(folder, scratch)
        place = case.apply(copy)
        if case.ours:
            copy.expected = expected(copy.dump, folder)
        try:
            check(copy)
        except Differs as e:
            if all(want is None or want == got for want, got in zip(place, e.place)):
                return f"noticed: {e}"
            return f"want a difference at {place}, got: {e}"
        return f"want a difference at {place}, got none"
