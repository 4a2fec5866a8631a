"""DataComp's resharder, done over: it is not on PyPI, and its repository is not ours to copy.

Source: github.com/mlfoundations/datacomp at 4a8df19, resharder.py: guess_num_shards, load_shard_size, load_shard_metadata,
load_subset, plan_tasks, copy_worker, ShardWriter. Where there is a clone, the original runs too, and must do the same.
"""
import json
import os
import subprocess
import sys

import numpy
import webdataset

from cases import case_of
from deliberate import MEASURED, TWINS

PAIR = numpy.dtype([("f0", "u8"), ("f1", "u8")])
WORKERS, SHARD_SIZE = 2, 7
ABSENT = "f" * 32


class Differs(Exception):
    """A download is not what the resharder needs."""


def pair(uid):
    return numpy.array([divmod(int(uid, 16), 2 ** 64)], PAIR)[0]


def shards(folder):
    """Counts tars named by eight digits from 0 without a gap. A size stands in sizes.json or beside the tar as `successes`."""
    table = folder / "sizes.json"
    sizes = json.loads(table.read_text()) if table.exists() else {}
    out = []
    while (tar := folder / f"{len(out):08d}.tar").exists():
        stats = tar.with_name(f"{tar.stem}_stats.json")
        size = sizes.get(tar.name)
        out.append((tar, int(json.loads(stats.read_text())["successes"]) if size is None else size))
    if not out:
        raise Differs("no 00000000.tar")
    return out


def plan(found):
    """Gives each worker the shards that begin in its part of all samples."""
    starts = numpy.cumsum([0, *(n for _, n in found)])
    total = int(starts[-1])
    cuts = [int(numpy.searchsorted(starts[:-1], at)) for at in range(0, total, -(-total // WORKERS))] + [len(found)]
    return [found[a:b] for a, b in zip(cuts, cuts[1:]) if a < b]


def read(tars):
    return webdataset.WebDataset([str(t) for t in tars], shardshuffle=False, empty_check=False)


def select(samples, subset):
    """Every sample whose uid is in the sorted array, as often as it is there, under the name UID-N."""
    for sample in samples:
        uid = json.loads(sample["json"])["uid"]
        a, b = (numpy.searchsorted(subset, pair(uid), side) for side in ("left", "right"))
        for j in range(b - a):
            yield sample | {"__key__": f"{uid}-{j}"}


def reshard(folder, subset, target):
    """Writes what is chosen into shards of a few samples, each with its size beside it."""
    target.mkdir()
    done = 0
    for task in plan(shards(folder)):
        samples = list(read(t for t, _ in task))
        if len(samples) != sum(n for _, n in task):
            raise Differs(f"the stats promise {sum(n for _, n in task)} samples, the tars have {len(samples)}")
        chosen = list(select(samples, subset))
        for i in range(0, len(chosen), SHARD_SIZE):
            with webdataset.TarWriter(str(target / f"{done:08d}.tar")) as tar:
                for sample in chosen[i:i + SHARD_SIZE]:
                    tar.write(sample)
            (target / f"{done:08d}_stats.json").write_text(json.dumps({"successes": len(chosen[i:i + SHARD_SIZE])}))
            done += 1


class Original:
    """The original, and the folder with the packages that it needs in other versions than img2dataset."""

    def __init__(self, file, packages):
        self.file, self.environment = file, os.environ | {"PYTHONPATH": packages, "PYTHONDONTWRITEBYTECODE": "1"}

    def reshard(self, folder, subset, target):
        target.mkdir()
        done = subprocess.run([sys.executable, self.file, "--input-dir", folder, "--output-dir", target, "--subset-file", subset.filename,
                               "--num-workers", str(WORKERS), "--shard-size", str(SHARD_SIZE)], env=self.environment, stderr=subprocess.PIPE, text=True)
        said = [line for line in done.stderr.splitlines() if "[ERROR]" in line or "[FATAL]" in line]
        if done.returncode or said:
            raise Differs(f"exit code {done.returncode}: {(said or done.stderr.splitlines() or ['no word'])[-1]}")


def choose(theirs, ours, work):
    """A third of the uids that both downloads have, one of them twice, and one that is nowhere, sorted, in a file."""
    uids = [{json.loads(s["json"])["uid"] for s in read(t for t, _ in shards(folder))} for folder in (theirs, ours)]
    common = sorted(uids[0] & uids[1])
    chosen = common[::3]
    work.mkdir()
    numpy.save(work / "subset.npy", numpy.sort(numpy.array([pair(u) for u in [*chosen, chosen[0], ABSENT]], PAIR)))
    return numpy.load(work / "subset.npy", mmap_mode="r"), sorted([f"{u}-0" for u in chosen] + [f"{chosen[0]}-1"]), len(common)


def tools(original):
    yield "done over", reshard
    if original:
        yield "original", original.reshard


def both(theirs, ours, work, original=None):
    """Reshards both downloads and says what comes out, by the words here and, where it is there, by the original."""
    subset, wanted, common = choose(theirs, ours, work)
    out = {}
    for how, tool in tools(original):
        for side, folder in (("theirs", theirs), ("ours", ours)):
            target = work / f"{how.replace(' ', '-')}-{side}"
            tool(folder, subset, target)
            found = {s["__key__"]: s for s in read(t for t, _ in shards(target))}
            if sorted(found) != wanted or sum(n for _, n in shards(target)) != len(wanted):
                raise Differs(f"{how}, {side}: {len(found)} samples, not the {len(wanted)} that were chosen")
            out[how, side] = found
        same(out[how, "theirs"], out[how, "ours"])
    for side in ("theirs", "ours") if original else ():
        identical(out["done over", side], out["original", side])
    empty = sum(n == 0 for _, n in shards(ours))
    return f"{len(wanted)} samples chosen by uid of {common} in {len(shards(ours))} shards, {empty} of them empty; the original: {'the same' if original else 'not here'}"


def identical(here, there):
    """Byte for byte the same members."""
    for key, a in here.items():
        if [k for k in sorted({*a, *there[key]}) if not k.startswith("__") and a.get(k) != there[key].get(k)]:
            raise Differs(f"{key}: the original has other members or bytes")


def same(theirs, ours):
    """The same members; the same text; the same values, but for what a turned or deep picture measures."""
    for key, a in theirs.items():
        b = ours[key]
        members = [sorted(k for k in s if not k.startswith("__")) for s in (a, b)]
        if members[0] != members[1] or members[1] != ["jpg", "json", "txt"]:
            raise Differs(f"{key}: members {members}")
        values = [json.loads(s["json"]) for s in (a, b)]
        case = case_of(values[0]["url"])
        differ = [f for f, v in values[0].items() if v != values[1].get(f) and not (case in TWINS and f in MEASURED)]
        if differ or a["txt"] != b["txt"]:
            raise Differs(f"{case}: " + ", ".join(f"{f} is {values[0][f]!r}, {values[1].get(f)!r}" for f in differ) + " txt" * (a["txt"] != b["txt"]))
