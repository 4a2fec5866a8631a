"""What the version says of itself, recomputed with Python's standard library and numpy."""
import hashlib
import json
import math

import numpy

from compare import Differs, same

NAME = f"numpy {numpy.__version__}"


def load(version, name):
    return json.loads((version.folder / name).read_text())


def manifest(version):
    """Size and sha256 of every file; every file is named."""
    m = load(version, "manifest.json")
    for o in m["objects"]:
        data = (version.folder / o["key"]).read_bytes()
        same(o["size"], len(data), o["key"], column="size")
        same(o["sha256"], hashlib.sha256(data).hexdigest(), o["key"], column="sha256")
        if o["key"] in version.expected:
            same(o["rows"], len(version.expected[o["key"]]), o["key"], column="number of rows")
    files = sorted(str(p.relative_to(version.folder)) for p in version.folder.rglob("*") if p.is_file())
    same(sorted([o["key"] for o in m["objects"]] + ["manifest.json"]), files, "manifest.json", column="objects")
    same((len(version.rows()), version.vectors), (m["rows"], m.get("vectors")), "manifest.json", column="rows, vectors")
    return m["rows"]


def sizes(version):
    """sizes.json as open_clip reads it, and img2dataset's _stats.json beside each shard."""
    counts = {n.removeprefix("shards/"): len(version.expected[n]) for n, _ in version.objects("shards/", ".tar")}
    got = load(version, "shards/sizes.json")
    same(sorted(counts), sorted(got), "shards/sizes.json", column="names")
    for i, tar in enumerate(sorted(counts)):
        same(counts[tar], got[tar], "shards/sizes.json", i, tar)
        n, name = counts[tar], "shards/" + tar.removesuffix(".tar") + "_stats.json"
        same({"count": n, "successes": n, "failed_to_download": 0, "failed_to_resize": 0, "status_dict": {"success": n}},
             load(version, name), name)
    if max(counts.values()) - min(counts.values()) > 1:
        raise Differs("shards/sizes.json", None, None, "equal to within one sample", counts)
    return sum(counts.values())


def ids(version):
    """uid is the first 128 bits of sha256(url, NUL, caption); the image's hash is that of the bytes in the tar."""
    samples = version.rows("shards/", ".tar")
    for i, (row, sample) in enumerate(zip(version.rows(), samples, strict=True)):
        same(row["captions"][0]["text"], row["caption"], "data/", i, "caption")
        uid = hashlib.sha256(row["url"].encode() + b"\0" + row["captions"][0]["text"].encode()).hexdigest()[:32]
        same(uid, row["uid"], "data/", i, "uid")
        same(hashlib.sha256(sample["jpg"]).hexdigest(), row["image_sha256"], "data/", i, "image_sha256")
        same(sample["key"], row["key"], "data/", i, "key")
        if version.images:
            same(sample["jpg"], row["image"]["bytes"], "data/", i, "image")
    return len(samples)


def order(version):
    """Samples stand in the order of the first 128 bits of sha256(seed, id), over all shards."""
    got = [json.loads(s["json"])["uid"] for s in version.rows("shards/", ".tar")]
    place = lambda uid: hashlib.sha256(version.seed.to_bytes(8, "big") + bytes.fromhex(uid)).digest()[:16]
    for i, (want, uid) in enumerate(zip(sorted(got, key=place), got)):
        same(want, uid, "shards/", i, "uid")
        same(uid, version.rows()[i]["uid"], "data/", i, "uid")
    same(len(set(got)), len(got), "shards/", column="distinct uid")
    return len(got)


def keys(version):
    """Five digits of the shard, then the index within it, as many digits as shard_samples asks for."""
    digits = math.ceil(math.log10(version.shard_samples))
    for name, _ in version.objects("shards/", ".tar"):
        shard = name.removeprefix("shards/").removesuffix(".tar")
        for i, sample in enumerate(version.expected[name]):
            same(f"{shard}{i:0{digits}}", sample["key"], name, i, "key")
    return len(version.rows())


def vectors(version):
    """Unit length up to the rounding of the type; similarity is the cosine of the stored values, added up in float64."""
    if not version.vectors:
        return None
    rounding = 1e-3 if version.vectors == "float16" else 1e-6
    for i, row in enumerate(version.rows()):
        image, text = (numpy.array(row[c], dtype=numpy.float64) for c in ("image_embedding", "text_embedding"))
        for column, v in (("image_embedding", image), ("text_embedding", text)):
            if not abs(numpy.linalg.norm(v) - 1) <= rounding:
                raise Differs("data/", i, column, "length 1", numpy.linalg.norm(v))
        cosine = image @ text / numpy.linalg.norm(image) / numpy.linalg.norm(text)
        if not abs(cosine - row["similarity"]) <= 1e-7:
            raise Differs("data/", i, "similarity", cosine, row["similarity"])
    return len(version.rows())


CHECKS = {"manifest.json: size, sha256, rows of every file": manifest, "sizes.json, _stats.json, equal shards": sizes,
          "uid, image_sha256 and key recomputed": ids, "global shuffle recomputed": order, "keys of the shards": keys,
          "unit vectors, similarity is their cosine to 1e-7": vectors}
