"""Hugging Face datasets: the Parquet files, the folder with its card, the tars, and the Image feature."""
import json

import datasets
from datasets import Image, List, Value

from columns import CAPTION_FIELDS, CAPTIONS, FLOAT, INT, MEMBER_ALSO, PICTURE, SHARD, TEXT, VECTOR
from compare import same, same_rows, same_types
from pictures import same_picture

NAME = f"datasets {datasets.__version__}"
datasets.disable_progress_bars()


def types(version, columns):
    text = Value("string")
    of = {
        TEXT: text, INT: Value("int32"), FLOAT: Value("float32"),
        CAPTIONS: List({f: text for f in CAPTION_FIELDS}), PICTURE: Image(),
    }
    if version.vectors:
        of[VECTOR] = List(Value(version.vectors), length=version.dim)
    return {name: of[kind] for name, kind in columns.items()}


def load(version, what, **how):
    """Always with a cache of its own: datasets keys a folder's cache by the folder's last name alone."""
    return datasets.load_dataset(what, split="train", cache_dir=str(version.scratch / "huggingface"), **how)


def same_dataset(version, got, thing):
    """Holds a dataset of the rows of all data files against ours."""
    name, _, columns = next(version.tables())
    same_types(types(version, columns), got.features, thing)
    if PICTURE in columns.values():
        got = got.cast_column("image", Image(decode=False))
    return same_rows(version.rows(), got.to_list(), columns, thing)


def parquet(version):
    files = [path for _, path in version.objects("data/", ".parquet")]
    return same_dataset(version, load(version, "parquet", data_files=files), 'load_dataset("parquet")')


def folder(version):
    return same_dataset(version, load(version, str(version.folder)), "load_dataset(folder)")


def image(version):
    """The column image is the feature Image without a cast, and shows the picture in the tar."""
    if not version.images:
        return None
    files = [path for _, path in version.objects("data/", ".parquet")]
    got = load(version, "parquet", data_files=files)
    samples = version.rows("shards/", ".tar")
    for i, (row, sample, ours) in enumerate(zip(got, samples, version.rows(), strict=True)):
        same_picture(sample["jpg"], row["image"], ours, "Image()", i, "image")
    return len(samples)


def webdataset(version):
    """The tars. The loader takes the columns of all samples from the first five and refuses others."""
    tars = version.objects("shards/", ".tar")
    got = load(version, "webdataset", data_files=[path for _, path in tars])
    same({"jpg", "json", "txt", "__key__", "__url__"}, set(got.features), "tars", column="names")
    same(Image(), got.features["jpg"], "tars", column="jpg")
    same([*SHARD, *MEMBER_ALSO], list(got.features["json"]), "tars", column="json")
    raw, n = got.cast_column("jpg", Image(decode=False)), 0
    same(len(version.rows("shards/", ".tar")), len(raw), "tars", column="number of rows")
    for name, _ in tars:
        for i, want in enumerate(version.expected[name]):
            row = raw[n]
            n += 1
            same(want["key"], row["__key__"], name, i, "key")
            same(want["jpg"], row["jpg"]["bytes"], name, i, "jpg")
            same(json.loads(want["json"]), row["json"], name, i, "json")
            same(want["txt"].decode(), row["txt"], name, i, "txt")
    return n


CHECKS = {'load_dataset("parquet"): features and values': parquet, "load_dataset(folder): the card's files": folder,
          "column image as Image(): size and pixels": image, 'load_dataset("webdataset"): jpg, json, txt, keys': webdataset}
