#!/usr/bin/env python3
"""Makes imaging/testdata/material.tsv: what Pillow makes of every picture in a folder.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install -r tools/golden/requirements.txt
    /tmp/venv/bin/python tools/golden/material.py "$PAIRMILL_MATERIAL/images" imaging/testdata/material.tsv

Three columns: file name; width×height of the first frame, upright; and the mean red, green and blue of its four quarters, on
white, as hexadecimal bytes. Files that Pillow refuses have "-" in both.
"""

import pathlib
import sys
import warnings

import numpy as np
from PIL import Image, ImageOps


def on_white(image: Image.Image) -> np.ndarray:
    if image.mode.startswith("I;16"):  # convert() would cut these off at 255
        grey = (np.asarray(image).astype(np.uint32) + 128) // 257
        return np.repeat(grey[..., None], 3, 2).astype(float)
    if image.mode in ("LA", "PA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.asarray(image.convert("RGB")).astype(float)


def row(path: pathlib.Path) -> tuple[str, str]:
    try:
        image = Image.open(path)
        image.load()
        pixels = on_white(ImageOps.exif_transpose(image))
    except Exception:
        return "-", "-"
    h, w = pixels.shape[:2]
    quarters = [pixels[y, x] for y in (slice(0, (h + 1) // 2), slice(h // 2, h)) for x in (slice(0, (w + 1) // 2), slice(w // 2, w))]
    means = np.concatenate([q.reshape(-1, 3).mean(0) for q in quarters])
    return f"{w}×{h}", bytes(np.rint(means).astype(np.uint8)).hex()


def main(folder: pathlib.Path, out: pathlib.Path) -> None:
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = 50_000_000
    lines = ["\t".join((path.name, *row(path))) for path in sorted(folder.iterdir())]
    out.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
