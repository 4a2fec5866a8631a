"""A published dataset version under test, and what our own readers say of it."""
import base64
import json
import subprocess
from pathlib import Path

import columns


class Version:
    """folder is what the readers under test open; expected is our dump of it (of the original, if folder is a copy)."""

    def __init__(self, name, folder, expected, vectors, images, seed, scratch):
        self.name, self.folder, self.expected = name, Path(folder), expected
        self.vectors, self.images, self.seed, self.scratch = vectors, images, seed, Path(scratch)
        self.dim = json.loads((self.folder / "manifest.json").read_text())["dim"]

    def copy_at(self, folder, scratch):
        return Version(self.name, folder, self.expected, self.vectors, self.images, self.seed, scratch)

    def objects(self, folder, suffix):
        """Names and paths of the version's files of a kind, in order; ours and those in the folder must be the same."""
        names = [n for n in self.expected if n.startswith(folder) and n.endswith(suffix)]
        return [(n, str(self.folder / n)) for n in names]

    def tables(self):
        """Every Parquet file: its name, its path and its columns."""
        for name, path in self.objects("data/", ".parquet"):
            yield name, path, columns.data(self.images)
        for name, path in self.objects("shards/", ".parquet"):
            yield name, path, columns.SHARD

    def rows(self, folder="data/", suffix=".parquet"):
        """Our rows of all files of a kind, one after the other."""
        return [row for name, _ in self.objects(folder, suffix) for row in self.expected[name]]


def expected(dump, folder):
    """Our own view of a version: rows by object."""
    out = subprocess.run([dump, str(folder)], stdout=subprocess.PIPE, check=True).stdout
    rows = {}
    for line in out.splitlines():
        entry = json.loads(line)
        rows.setdefault(entry["object"], []).append(decoded(entry["row"]))
    return dict(sorted(rows.items()))


def decoded(row):
    """Bytes come as base64: the members of a sample and the embedded image."""
    if "image" in row:
        row["image"]["bytes"] = base64.b64decode(row["image"]["bytes"])
    if "jpg" in row:
        return {k: v if k == "key" else base64.b64decode(v) for k, v in row.items()}
    return row
