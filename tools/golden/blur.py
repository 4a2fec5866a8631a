#!/usr/bin/env python3
"""Makes imaging/testdata/blur_*: pictures drawn by this script, and what img2dataset's blurrer makes of boxes in them.

    python3 -m venv /tmp/venv
    /tmp/venv/bin/pip install --no-deps img2dataset==1.45.0
    /tmp/venv/bin/pip install albumentations==1.3.1 'opencv-python-headless<5' 'numpy<2'
    /tmp/venv/bin/python tools/golden/blur.py imaging/testdata

1.45.0 is the last release that blurs with a sigma of a tenth of the box, as ImageNet did. 1.47.0 passes albumentations a
kernel size instead, from which OpenCV derives a sigma of about 0.03 of the box.

blur.json lists source, boxes and result of each case.
"""

import importlib.util
import json
import pathlib
import sys

import cv2
import numpy as np

CASES = [
    ((160, 120), [[0.3, 0.25, 0.6, 0.7]]),
    ((160, 120), [[0.1, 0.1, 0.3, 0.3], [0.55, 0.4, 0.9, 0.8]]),
    ((160, 120), [[0.0, 0.0, 0.25, 0.4]]),
    ((97, 211), [[0.2, 0.4, 0.7, 0.5]]),
    ((512, 384), [[0.1, 0.1, 0.85, 0.8]]),
]


def blurrer():
    """The class alone: the package's own __init__ wants everything that downloading needs."""
    root = next(pathlib.Path(p) / "img2dataset" for p in sys.path if (pathlib.Path(p) / "img2dataset").is_dir())
    spec = importlib.util.spec_from_file_location("blurrer", root / "blurrer.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.BoundingBoxBlurrer()


def draw(w: int, h: int) -> np.ndarray:
    """Ramps with hard-edged discs and stripes, in few values so that the files stay small."""
    y, x = np.mgrid[0:h, 0:w]
    disc = ((x % 40 - 20) ** 2 + (y % 40 - 20) ** 2 < 200) * 255
    planes = [np.where(disc > 0, 240, x * 31 // w * 8), np.where(x // 9 % 2 > 0, disc, y * 31 // h * 8), disc // 2 + 40]
    return np.stack(planes, -1).astype(np.uint8)


def main(out: pathlib.Path) -> None:
    cases, blur = [], blurrer()
    for i, ((w, h), boxes) in enumerate(CASES):
        source, result = f"blur_{w}x{h}.png", f"blur_{i}.want.png"
        cv2.imwrite(str(out / source), draw(w, h))
        cv2.imwrite(str(out / result), blur(draw(w, h), boxes))
        cases.append({"source": source, "boxes": boxes, "want": result})
    (out / "blur.json").write_text(json.dumps(cases, indent=1) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
