#!/usr/bin/env python3
"""Makes encoder/clip/testdata/file_*.png: what Pillow makes of the files in imaging/testdata/shard_* on their way into CLIP,
that is decoded, converted to RGB, shrunk with the bicubic filter and cropped.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install -r tools/golden/requirements.txt
    /tmp/venv/bin/python tools/golden/encoder_input.py imaging/testdata encoder/clip/testdata
"""

import pathlib
import sys

from PIL import Image

SIDE = 48


def crop(image: Image.Image) -> Image.Image:
    w, h = image.size
    w, h = (SIDE, int(SIDE * h / w)) if w <= h else (int(SIDE * w / h), SIDE)
    left, top = int(round((w - SIDE) / 2.0)), int(round((h - SIDE) / 2.0))
    return image.resize((w, h), Image.Resampling.BICUBIC).crop((left, top, left + SIDE, top + SIDE))


def main(sources: pathlib.Path, out: pathlib.Path) -> None:
    for path in sorted(sources.glob("shard_*")):
        if path.name.count(".") == 1:
            name = path.name.replace(".", "-").removeprefix("shard_")
            crop(Image.open(path).convert("RGB")).save(out / f"file_{name}.png", optimize=True)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
