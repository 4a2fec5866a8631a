"""The Python package webdataset, over all shards: keys, members, pictures."""
import json

import PIL
import webdataset

from columns import SHARD
from compare import Differs, same
from pictures import same_picture

NAME = f"webdataset {webdataset.__version__}"


def read(path):
    return webdataset.WebDataset(path, shardshuffle=False)


def members(version):
    """Keys and bytes of every member, in order, each shard alone and all shards at once."""
    tars, n = version.objects("shards/", ".tar"), 0
    for name, path in tars:
        got = list(read(path))
        same(len(version.expected[name]), len(got), name, column="number of rows")
        for i, (want, sample) in enumerate(zip(version.expected[name], got)):
            sample = {"key" if k == "__key__" else k: v for k, v in sample.items() if k == "__key__" or not k.startswith("__")}
            same(sorted(want), sorted(sample), name, i, "members")
            for member in want:
                same(want[member], sample[member], name, i, member)
            n += 1
    keys = [sample["__key__"] for sample in read([path for _, path in tars])]
    same([row["key"] for row in version.rows("shards/", ".tar")], keys, "shards/", column="key")
    return n


def pairs(version):
    """What a trainer does: decode, and take pairs of picture and text. They are those of data/, in its order."""
    rows, n = iter(version.rows()), 0
    for name, path in version.objects("shards/", ".tar"):
        try:
            for i, (picture, meta, text) in enumerate(read(path).decode("pil").to_tuple("jpg", "json", "txt")):
                ours = next(rows)
                same(ours["caption"], text, name, i, "txt")
                for column in set(SHARD) & set(ours) | {"captions", "page_url", "license", "phash"}:
                    same(ours[column], meta[column], name, i, "json." + column)
                same_picture(version.expected[name][i]["jpg"], picture, ours, name, i, "jpg")
                n += 1
        except webdataset.autodecode.DecodingError as e:
            raise Differs(name, None, "jpg", "a picture", str(e)) from e
    same(len(version.rows()), n, "shards/", column="number of rows")
    return n


def tables(version):
    """A shard's table has a line for each sample, with what the sample's .json says."""
    n = 0
    for name, _ in version.objects("shards/", ".tar"):
        table = name.removesuffix(".tar") + ".parquet"
        same(len(version.expected[name]), len(version.expected[table]), table, column="number of rows")
        for i, (sample, row) in enumerate(zip(version.expected[name], version.expected[table])):
            meta = json.loads(sample["json"])
            for column in SHARD:
                same(row[column], meta[column], table, i, column)
            n += 1
    return n


CHECKS = {"keys and members of all shards": members, f"pairs decoded with pillow {PIL.__version__}": pairs,
          "tables of the shards": tables}
