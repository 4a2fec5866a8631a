#!/usr/bin/env python3
"""Makes encoder/clip/testdata/resize_*.png: pictures drawn by this script, and what Pillow resizes and crops them to.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install 'pillow<13' numpy
    /tmp/venv/bin/python tools/golden/resize.py encoder/clip/testdata

Pillow 13 runs the vertical pass first for tall pictures, which moves single values by a few units. Everything that was
trained before saw the horizontal pass first, and so does pairmill; hence the pin.

A source is resize_<name>.png; a result is resize_<name>.<mode>-<filter>-<shortest>-<side>.png.
"""

import pathlib
import sys

import numpy as np
from PIL import Image

FILTERS = {"lanczos": Image.Resampling.LANCZOS, "bilinear": Image.Resampling.BILINEAR,
           "bicubic": Image.Resampling.BICUBIC}


def draw(name: str, w: int, h: int) -> Image.Image:
    y, x = np.mgrid[0:h, 0:w]
    rng = np.random.default_rng(w * 1000 + h)
    planes = {
        "noise": lambda: rng.integers(0, 256, (h, w, 3)),
        "stripes": lambda: np.stack([(x % 2) * 255, (y % 3 == 0) * 255, ((x + y) % 5 < 2) * 255], -1),
        "ramp": lambda: np.stack([x * 255 // max(w - 1, 1), y * 255 // max(h - 1, 1), (x * y) % 256], -1),
    }
    return Image.fromarray(planes[name]().astype(np.uint8), "RGB")


def fit(image: Image.Image, mode: str, kernel: Image.Resampling, shortest: int, side: int) -> Image.Image:
    w, h = image.size
    if mode == "squash":
        return image.resize((side, side), kernel)
    w, h = (shortest, int(shortest * h / w)) if w <= h else (int(shortest * w / h), shortest)
    left, top = int(round((w - side) / 2.0)), int(round((h - side) / 2.0))
    return image.resize((w, h), kernel).crop((left, top, left + side, top + side))


CASES = [  # name, width, height, [(mode, filter, shortest, side)]
    ("noise", 97, 61, [("crop", "bicubic", 32, 32), ("crop", "bilinear", 24, 24), ("crop", "lanczos", 24, 24),
                       ("squash", "bicubic", 32, 32)]),
    ("noise", 41, 90, [("crop", "bicubic", 28, 24), ("squash", "bilinear", 30, 30)]),
    ("noise", 7, 3, [("crop", "bicubic", 32, 32), ("crop", "lanczos", 16, 16)]),
    ("noise", 1, 50, [("crop", "bicubic", 16, 16)]),
    ("noise", 32, 45, [("crop", "bicubic", 32, 32)]),
    ("noise", 32, 35, [("crop", "bicubic", 32, 32)]),
    ("stripes", 200, 133, [("crop", "bicubic", 32, 32), ("squash", "bicubic", 48, 48)]),
    ("ramp", 300, 31, [("crop", "bicubic", 32, 32), ("crop", "bilinear", 40, 31)]),
]


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    for name, w, h, outputs in CASES:
        source = draw(name, w, h)
        stem = f"resize_{name}_{w}x{h}"
        source.save(folder / f"{stem}.png", optimize=True)
        for mode, kernel, shortest, side in outputs:
            result = fit(source, mode, FILTERS[kernel], shortest, side)
            result.save(folder / f"{stem}.{mode}-{kernel}-{shortest}-{side}.png", optimize=True)


if __name__ == "__main__":
    main()
