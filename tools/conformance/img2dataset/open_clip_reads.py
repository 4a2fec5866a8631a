"""Reads downloads with open_clip's own loader: open_clip_reads.py THEIRS OURS. Exits with 1 where it sees other samples."""
import collections
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy
import torch
from open_clip_train.data import get_wds_dataset

SIDE = 64


def picture(image):
    return torch.from_numpy(numpy.array(image.resize((SIDE, SIDE)), dtype=numpy.float32)).permute(2, 0, 1)


def tokens(text):
    out = torch.zeros(1, 77, dtype=torch.long)
    for i, c in enumerate(text[:77]):
        out[0, i] = ord(c)
    return out


def arguments(folder, train):
    tars = [str(t) for t in sorted(folder.glob("*.tar"))]
    n = sum(json.loads(p.read_text())["successes"] for p in folder.glob("*_stats.json"))
    return n, SimpleNamespace(train_data=tars if len(tars) > 1 else tars[0], val_data=tars, train_num_samples=n, val_num_samples=n, train_data_upsampling_factors=None,
                              dataset_resampled=False, seed=0, workers=0, world_size=1, batch_size=1 if train else 16)


def samples(folder, train):
    """How many samples the stats promise, and what the loader yields: (caption, picture)."""
    promised, args = arguments(folder, train)
    data = get_wds_dataset(args, picture, is_train=train, tokenizer=tokens)
    out = []
    for images, texts in data.dataloader:
        assert images.shape[1:] == (3, SIDE, SIDE), images.shape
        out += [("".join(chr(c) for c in t.tolist() if c), i) for i, t in zip(images, texts)]
    return promised, out


def main():
    theirs, ours = (Path(a) for a in sys.argv[1:])
    failures = 0
    for train in (False, True):
        seen = {}
        for tool, folder in (("img2dataset", theirs), ("pairmill", ours)):
            promised, found = samples(folder, train)
            seen[tool] = collections.Counter(text for text, _ in found)
            right = len(found) == promised > 0
            failures += not right
            print("ok     " if right else "DIFFERS", " open_clip's loader", "training" if train else "reading", tool, f"{len(found)} of {promised} samples")
        if seen["img2dataset"] != seen["pairmill"]:
            failures += 1
            print("DIFFERS  open_clip's loader: captions", seen["img2dataset"] - seen["pairmill"], seen["pairmill"] - seen["img2dataset"])
    raise SystemExit(failures > 0)


if __name__ == "__main__":
    main()
