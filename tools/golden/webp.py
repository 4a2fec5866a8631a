#!/usr/bin/env python3
"""Makes imaging/testdata/webp_*.webp, for which Go has no encoder, and beside each what libwebp decodes it to.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install pillow numpy
    /tmp/venv/bin/python tools/golden/webp.py imaging/testdata

The PNG is the first frame on white.
"""

import pathlib
import sys

import numpy as np
from PIL import Image


def draw(w: int, h: int, seed: int) -> Image.Image:
    """Slow colour waves and a hard edge."""
    y, x = np.mgrid[0:h, 0:w]
    wave = 127 + 120 * np.sin(np.stack([x / 5 + seed, y / 4, (x + y) / 7], -1))
    wave[(x > w // 2) & (y > h // 2)] = (200, 30, 90)
    return Image.fromarray(wave.astype(np.uint8))


def with_alpha(image: Image.Image) -> Image.Image:
    ramp = np.linspace(0, 255, image.width).astype(np.uint8)
    image.putalpha(Image.fromarray(np.tile(ramp, (image.height, 1))))
    return image


def main(out: pathlib.Path) -> None:
    frames = [draw(27, 19, seed) for seed in (0, 1, 2)]
    alpha = with_alpha(draw(27, 19, 0))
    exif = Image.Exif()
    exif[274] = 6
    variants = {
        "lossy": (frames[0], {"quality": 90}),
        "lossless": (frames[0], {"lossless": True}),
        "lossy_alpha": (alpha, {"quality": 90}),
        "lossless_alpha": (alpha, {"lossless": True}),
        "animated": (frames[0], {"quality": 90, "save_all": True, "append_images": frames[1:]}),
        "turned": (frames[0], {"quality": 90, "exif": exif}),
    }
    for name, (image, options) in variants.items():
        path = out / f"webp_{name}.webp"
        image.save(path, **options)
        seen = Image.open(path).convert("RGBA")
        if name == "turned":
            seen = seen.transpose(Image.Transpose.ROTATE_270)
        Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen).convert("RGB").save(path.with_suffix(".png"))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
