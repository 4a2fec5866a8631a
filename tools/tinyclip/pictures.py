"""Reads what tools/tinyclip/render wrote and turns it into batches."""
import json
import os

import numpy
import torch

MEAN = [0.48145466, 0.4578275, 0.40821073]
STD = [0.26862954, 0.26130258, 0.27577711]
# What surrounds a description in alt texts of the web: a caption must survive it.
NOISE = ["clipart", "vector", "icon", "stock image", "png", "free download", "hd", "wallpaper", "- 123", "| shop", "simple",
         "design", "jpg", "(1)", "art print", "image", "for kids", "flashcard", "2", "new"]


def load(folder):
    pictures = numpy.load(os.path.join(folder, "pictures.npy"), mmap_mode="r")
    with open(os.path.join(folder, "captions.jsonl")) as lines:
        return pictures, [json.loads(line) for line in lines]


def pixels(batch):
    """uint8 [n, side, side, 3] to normalised float [n, 3, side, side]."""
    x = torch.from_numpy(numpy.array(batch)).permute(0, 3, 1, 2).float() / 255
    return ((x - torch.tensor(MEAN)[:, None, None]) / torch.tensor(STD)[:, None, None]).contiguous()


def shifted(batch, rng, most=3):
    """Moves each picture by up to `most` pixels, its border repeated, and varies its light a little."""
    out = numpy.empty(batch.shape, numpy.float32)
    side = batch.shape[1]
    for i, picture in enumerate(batch):
        dx, dy = rng.integers(-most, most + 1, 2)
        rows = numpy.clip(numpy.arange(side) + dy, 0, side - 1)
        columns = numpy.clip(numpy.arange(side) + dx, 0, side - 1)
        gain, lift = rng.uniform(0.93, 1.07), rng.uniform(-8, 8)
        out[i] = picture[rows][:, columns] * gain + lift
    return out.clip(0, 255)


def phrase(row, rng):
    """One of the captions of a picture, in full or not; bare for one in four of those with one object; one in eight in other words."""
    options = row["captions"] if rng.integers(2) else row["full"]
    text = options[rng.integers(len(options))]
    if row["single"] and rng.integers(4) == 0:
        text = f"{['a ', ''][rng.integers(2)]}{row['colour']} {row['shape']}"
    if rng.integers(8) == 0:
        noise = NOISE[rng.integers(len(NOISE))]
        text = f"{text} {noise}" if rng.integers(2) else f"{noise} {text}"
    return text


def wrong(text, row, shapes, colours, rng):
    """The caption with the shape, or one time in four the colour, of the first thing exchanged: true in all but one word."""
    old, options = (row["colour"], colours) if rng.integers(4) == 0 else (row["shape"], shapes)
    new = options[rng.integers(len(options))]
    return text.lower().replace(old, new, 1)


def tokens(vocabulary, texts, context):
    ids = [vocabulary.encode(t, context) for t in texts]
    longest = max(map(len, ids))
    return torch.tensor([i + [vocabulary.end] * (longest - len(i)) for i in ids])
