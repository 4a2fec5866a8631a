"""What DataComp's resharder reads of a download, done over: it is not on PyPI, and its repository is not ours to copy.

Source: github.com/mlfoundations/datacomp at 4a8df19, resharder.py: guess_num_shards, load_shard_size, load_subset, copy_worker.
"""
import json
import tempfile
from pathlib import Path

import numpy
import webdataset

PAIR = numpy.dtype([("f0", "u8"), ("f1", "u8")])


def pair(uid):
    return numpy.array([divmod(int(uid, 16), 2 ** 64)], PAIR)[0]


def shards(folder):
    """Counts tars named by eight digits from 0, and takes the sizes from `successes`."""
    n = 0
    while (folder / f"{n:08d}.tar").exists():
        n += 1
    if n == 0:
        raise ValueError("no 00000000.tar")
    return [(folder / f"{i:08d}.tar", int(json.loads((folder / f"{i:08d}_stats.json").read_text())["successes"])) for i in range(n)]


def select(tars, subset):
    """Every sample whose uid is in the sorted array, as often as it is there, under the name UID-N."""
    for sample in webdataset.WebDataset([str(t) for t in tars], shardshuffle=False, empty_check=False):
        uid = json.loads(sample["json"])["uid"]
        a, b = (numpy.searchsorted(subset, pair(uid), side) for side in ("left", "right"))
        for j in range(b - a):
            yield sample | {"__key__": f"{uid}-{j}"}


def reads(folder):
    """Reshards a third of the samples, one of them twice, and says how it went."""
    try:
        found = shards(folder)
        tars, total = [t for t, _ in found], sum(n for _, n in found)
        samples = list(webdataset.WebDataset([str(t) for t in tars], shardshuffle=False, empty_check=False))
        if len(samples) != total:
            return f"DIFFERS the stats promise {total} samples, the tars have {len(samples)}"
        uids = sorted(json.loads(s["json"])["uid"] for s in samples)[::3]
        subset = numpy.sort(numpy.array([pair(u) for u in [*uids, uids[0]]], PAIR))
        with tempfile.TemporaryDirectory() as work:
            numpy.save(Path(work) / "subset.npy", subset)
            subset = numpy.load(Path(work) / "subset.npy", mmap_mode="r")
            out = list(select(tars, subset))
        if len(out) != len(subset) or any(sorted(k for k in s if k[0] != "_") != ["jpg", "json", "txt"] for s in out):
            return f"DIFFERS wanted {len(subset)} samples with jpg, json, txt, got {len(out)}"
        return f"ok {len(out)} of {total} samples chosen by uid"
    except Exception as e:
        return f"REFUSED {type(e).__name__}: {e}"
