"""A published dataset version under test, and what our own readers say of it."""
import base64
import copy
import json
import subprocess
from pathlib import Path

import columns


class Version:
    """folder is what the readers under test open; expected is our dump of it (of the original, if folder is a copy).
    vectors is the type of their elements, None without an encoder; scratch is for the caches of readers."""

    def __init__(self, name, folder, dump, vectors, images, seed, shard_samples, scratch):
        self.name, self.folder, self.dump, self.expected = name, Path(folder), dump, expected(dump, folder)
        self.vectors, self.images, self.scratch = vectors, images, Path(scratch)
        self.seed, self.shard_samples = seed, shard_samples
        self.dim = json.loads((self.folder / "manifest.json").read_text()).get("dim")

    def copy_at(self, folder, scratch):
        """The same version elsewhere, expected to hold what the original holds."""
        other = copy.copy(self)
        other.folder, other.scratch = Path(folder), Path(scratch)
        return other

    def objects(self, folder, suffix):
        """Names and paths of the version's files of a kind, in order."""
        names = [n for n in self.expected if n.startswith(folder) and n.endswith(suffix)]
        return [(n, str(self.folder / n)) for n in names]

    def tables(self):
        """Every Parquet file: its name, its path and its columns."""
        for name, path in self.objects("data/", ".parquet"):
            yield name, path, columns.data(self.vectors, self.images)
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
