"""Reads downloads as `clip-retrieval inference` does, with its own readers, runner and writer.

    clip_retrieval_reads.py PAIRS WEBDATASET FILES

WEBDATASET and FILES are folders with one download by each tool, in theirs and ours. PAIRS is where the release stands whose
reader of files reads captions with their pictures. Only the model is ours: numbers that follow from pictures and captions alone.
Exits with 1 where the two downloads read differently.
"""
import importlib.metadata
import importlib.util
import json
import sys
import tempfile
import types
from pathlib import Path

import numpy
import pyarrow.parquet
import torch

from cases import case_of
from deliberate import MEASURED, TWINS

SIDE, BATCH = 16, 16
BESIDE = {"caption", "image_path"}  # columns of the writer's table that are not metadata
NEAR = 0.005                        # how far the vectors of one picture may be apart: the two tools' JPEGs are not the same bytes


def module(name, root=None):
    """A module of clip_inference. The package's own __init__ would import a search index, a web server and a model hub."""
    file = Path(root) if root else Path(importlib.metadata.distribution("clip-retrieval").locate_file("."))
    spec = importlib.util.spec_from_file_location(f"{name}_of_{abs(hash(file))}", file / "clip_retrieval" / "clip_inference" / f"{name}.py")
    out = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(out)
    return out


def version(root=None):
    found = importlib.metadata.distributions(path=[root]) if root else importlib.metadata.distributions(name="clip-retrieval")
    return next(d.version for d in found if d.metadata["Name"].replace("_", "-") == "clip-retrieval")


def picture(image):
    """In the place of CLIP's preprocessing."""
    return torch.from_numpy(numpy.array(image.convert("RGB").resize((SIDE, SIDE)), dtype=numpy.float32) / 255)


def tokens(texts, **_):
    """In the place of CLIP's tokenizer."""
    out = torch.zeros(len(texts), 77)
    for i, text in enumerate(texts):
        for j, c in enumerate(text[:77]):
            out[i, j] = ord(c) / 65536
    return out


clip = sys.modules["clip"] = types.ModuleType("clip")
clip.tokenize = tokens


class Mapper:
    """In the place of the model: one row of float16 for each picture and caption."""

    def __init__(self, kinds):
        self.kinds = kinds

    def __call__(self, item):
        vectors = lambda name: item[name].flatten(1).to(torch.float16).numpy() if name in item else None
        return {"image_embs": vectors("image_tensor"), "text_embs": vectors("text_tokens"), "image_filename": item.get("image_filename"),
                "text": item.get("text"), "metadata": item.get("metadata")}


class Silent:
    """In the place of the logger, which writes speeds from a process of its own."""

    def start(self):
        pass

    def end(self):
        pass

    def __call__(self, _):
        pass


def infer(reader, dataset, kinds, root=None):
    """Runs two partitions of inference and returns the writer's tables and arrays: by key where there is one, in order of the captions else."""
    read, write, run = (module(n, root) for n in ("reader", "writer", "runner"))
    enable = {f"enable_{k}": k in kinds for k in ("text", "image", "metadata")}
    with tempfile.TemporaryDirectory() as out:
        how = [picture] if root else [picture, tokens]  # the older release takes the tokenizer from the package clip
        build = lambda sampler: getattr(read, reader)(sampler, *how, dataset, BATCH, 0, **enable)
        runner = run.Runner(build, lambda: Mapper(kinds), lambda i: write.NumpyWriter(i, out, **enable, output_partition_count=2), lambda _: Silent(), 2)
        rows = []
        for i in range(2):
            runner(i)
            table = pyarrow.parquet.read_table(Path(out) / "metadata" / f"metadata_{i}.parquet").to_pylist()
            arrays = {k: numpy.load(Path(out) / f"{k}_emb" / f"{k}_emb_{i}.npy") for k in ("img", "text") if ("image" if k == "img" else k) in kinds}
            if any(len(a) != len(table) for a in arrays.values()):
                raise ValueError(f"{len(table)} rows beside arrays of {[len(a) for a in arrays.values()]}")
            rows += [(row, {k: a[n] for k, a in arrays.items()}) for n, row in enumerate(table)]
    return rows


def key(row):
    """A sample's key: the picture's name without folder and extension, or what its metadata say."""
    return Path(row["image_path"]).stem if "image_path" in row else row.get("key", row.get("caption"))


def promised(folder):
    return sum(json.loads(p.read_text())["successes"] for p in folder.glob("*_stats.json"))


def differences(theirs, ours):
    """What the two outputs read differently, in words."""
    a, b = (sorted(rows, key=lambda r: key(r[0])) for rows in (theirs, ours))
    if [key(r) for r, _ in a] != [key(r) for r, _ in b]:
        yield f"keys {set(key(r) for r, _ in a) ^ set(key(r) for r, _ in b)}"
        return
    for (row, vectors), (other, others) in zip(a, b):
        case = case_of(row["url"]) if "url" in row else ""
        if list(row) != list(other):
            yield f"{key(row)}: columns {list(row)}, {list(other)}"
        for name in row:
            if name != "image_path" and not equal(row[name], other.get(name)) and not (case in TWINS and name in MEASURED):
                yield f"{case or key(row)}: {name} is {row[name]!r}, {other.get(name)!r}"
        if "text" in vectors and not numpy.array_equal(vectors["text"], others["text"]):
            yield f"{case or key(row)}: the caption's vector"
        if "img" in vectors and case and case not in TWINS:
            far = numpy.abs(vectors["img"].astype(float) - others["img"].astype(float)).mean()
            if far > NEAR:
                yield f"{case}: the picture's vectors are {far:.3f} apart"


def equal(a, b):
    return a == b or (a != a and b != b)


def line(mark, what, result):
    print(f"{mark:7}  {'clip-retrieval':18}  {what:48}  {result}", flush=True)


def compare(reader, datasets, kinds, root=None):
    """One way of reading, on both downloads. Returns 1 if something differs."""
    what = f"{version(root)} {reader}: {', '.join(kinds)}"
    try:
        read = [infer(reader, dataset(folder), kinds, root) for folder, dataset in datasets]
    except Exception as e:
        line("REFUSED", what, f"{type(e).__name__}: {e}")
        return 1
    counts = [(len(rows), promised(folder)) for rows, (folder, _) in zip(read, datasets)]
    found = [f"{n} of {of} samples" for n, of in counts if n != of or n == 0] + list(differences(*read))
    line("DIFFERS" if found else "ok", what, "; ".join(found[:5]) or f"{counts[1][0]} samples from both")
    return int(bool(found))


def refused(folders):
    """Captions with pictures of files: the current release looks for a picture under the caption's name, whoever wrote the folder."""
    for tool, folder in folders:
        try:
            infer("FilesReader", str(folder), ["text", "image"])
        except KeyError as e:
            line("ok", f"{version()} FilesReader: text, image", f"{tool}: KeyError {e}, as with any folder")
        else:
            line("DIFFERS", f"{version()} FilesReader: text, image", f"{tool}: it reads them now: the older release can go")
            return 1
    return 0


def self_test(rows):
    """What must be noticed: pictures exchanged, a caption changed, a number changed, a sample missing."""
    one, other = rows[0], next(r for r in rows if case_of(r[0]["url"]) == "high.png")
    damages = {"pictures exchanged": [(one[0], one[1] | {"img": other[1]["img"]}), (other[0], other[1] | {"img": one[1]["img"]}), *(r for r in rows if r is not one and r is not other)],
               "a caption changed": [(one[0] | {"caption": "other"}, one[1]), *rows[1:]],
               "a number changed": [(one[0] | {"number": -1}, one[1]), *rows[1:]],
               "a sample missing": rows[1:]}
    missed = [what for what, damaged in damages.items() if not list(differences(rows, damaged))]
    line("MISSED" if missed else "ok", "self-test", ", ".join(missed) or f"{len(damages)} damages noticed")
    return int(bool(missed))


def main():
    pairs, wds, files = sys.argv[1], *(Path(a) for a in sys.argv[2:])
    tars = [(wds / t, lambda f: [str(p) for p in sorted(f.glob("*.tar"))]) for t in ("theirs", "ours")]
    folders = [(files / t, str) for t in ("theirs", "ours")]
    failures = 0
    for kinds in (["text", "image", "metadata"], ["image"], ["text"], ["metadata", "text"]):
        failures += compare("WebdatasetReader", tars, kinds)
    failures += compare("FilesReader", folders, ["text", "image", "metadata"], pairs)
    for kinds in (["image"], ["text"]):
        failures += compare("FilesReader", folders, kinds)
    failures += refused([(t, f) for t, (f, _) in zip(("img2dataset", "pairmill"), folders)])
    failures += self_test(infer("WebdatasetReader", tars[0][1](tars[1][0]), ["text", "image", "metadata"]))
    raise SystemExit(failures > 0)


if __name__ == "__main__":
    main()
