#!/usr/bin/env python3
"""Makes imaging/testdata/resize_*.png: pictures drawn by this script, and what OpenCV resizes them to.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install 'opencv-python-headless<6' numpy
    /tmp/venv/bin/python tools/golden/area.py imaging/testdata

A source is resize_<w>x<h>.png; a result is resize_<w>x<h>.<filter>-<w>x<h>.png.
"""

import pathlib
import sys

import cv2
import numpy as np

AREA = [((96, 64), (48, 32)), ((96, 64), (32, 16)), ((97, 61), (40, 25)), ((97, 61), (96, 60)), ((53, 200), (7, 26))]
LANCZOS = [((24, 18), (61, 40)), ((9, 5), (90, 50))]


def draw(w: int, h: int) -> np.ndarray:
    """Noise over a ramp with hard edges: every weight and every rounding shows."""
    y, x = np.mgrid[0:h, 0:w]
    ramp = np.stack([x * 255 // (w - 1), y * 255 // (h - 1), ((x // 7 + y // 5) % 2) * 255], -1)
    noise = np.random.default_rng(w * 1000 + h).integers(0, 256, (h, w, 3))
    return ((ramp * 2 + noise) // 3).astype(np.uint8)


def main(out: pathlib.Path) -> None:
    for name, flag, sizes in (("area", cv2.INTER_AREA, AREA), ("lanczos", cv2.INTER_LANCZOS4, LANCZOS)):
        for (w, h), (tw, th) in sizes:
            source = draw(w, h)
            cv2.imwrite(str(out / f"resize_{w}x{h}.png"), source)
            cv2.imwrite(str(out / f"resize_{w}x{h}.{name}-{tw}x{th}.png"), cv2.resize(source, (tw, th), interpolation=flag))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
