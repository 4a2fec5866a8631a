"""Reads what a download left into one form, whatever its format."""
import io
import json
import tarfile
from dataclasses import dataclass, field

import pyarrow.parquet


@dataclass
class Shard:
    files: set                                   # names, relative to the output folder
    stats: dict
    columns: dict                                # column of the table -> Arrow type
    rows: dict = field(default_factory=dict)     # key -> row of the table, without the picture
    order: list = field(default_factory=list)    # keys as the table has them
    members: dict = field(default_factory=dict)  # key -> {extension: bytes}
    heads: list = field(default_factory=list)    # tar headers
    pictures: dict = field(default_factory=dict)  # key -> bytes


def read(folder, digits, encode_format):
    """Returns shards by name."""
    names = sorted(p.name.removesuffix("_stats.json") for p in folder.glob("*_stats.json"))
    return {name: shard(folder, name, encode_format) for name in names}


def top(folder):
    """Everything that stands in the folder and is not part of a shard; hidden names are working state."""
    names = {p.name.removesuffix("_stats.json") for p in folder.glob("*_stats.json")}
    return {p.name for p in folder.iterdir() if not p.name.startswith(".") and p.name.removesuffix("_stats.json").split(".")[0] not in names}


def shard(folder, name, encode_format):
    table = pyarrow.parquet.read_table(folder / f"{name}.parquet")
    own = sorted(p for p in folder.rglob("*") if p.is_file() and p.relative_to(folder).parts[0].split(".")[0].removesuffix("_stats") == name)
    out = Shard({str(p.relative_to(folder)) for p in own}, json.loads((folder / f"{name}_stats.json").read_text()),
                {f.name: str(f.type) for f in table.schema})
    for row in table.to_pylist():
        picture = row.pop(encode_format, None)
        out.rows[row["key"]] = row
        out.order.append(row["key"])
        if picture is not None:
            out.pictures[row["key"]] = picture
    if len(out.rows) != table.num_rows:
        raise ValueError(f"{folder}/{name}.parquet has {table.num_rows} rows with {len(out.rows)} keys")
    for key, extension, data in samples(folder, name, out):
        out.members.setdefault(key, {})[extension] = data
        if extension == encode_format:
            out.pictures[key] = data
    return out


def samples(folder, name, out):
    tar, inside = folder / f"{name}.tar", folder / name
    if tar.exists():
        with tarfile.open(fileobj=io.BytesIO(tar.read_bytes())) as t:
            for m in t:
                out.heads.append((m.name, m.mode, m.uname, m.gname, m.uid, m.gid, bool(m.pax_headers), m.mtime))
                key, extension = m.name.split(".", 1)
                yield key, extension, t.extractfile(m).read()
    elif inside.is_dir():
        for p in sorted(inside.iterdir()):
            key, extension = p.name.split(".", 1)
            yield key, extension, p.read_bytes()
