#!/usr/bin/env python3
"""Makes imaging/testdata/webp_*.webp, for which Go has no encoder, and beside each what libwebp decodes it to.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install pillow numpy
    /tmp/venv/bin/python tools/golden/webp.py imaging/testdata

The PNG is the first frame on white.
"""

import functools
import pathlib
import sys

from PIL import Image

import waves

draw = functools.partial(waves.draw, height=120, lengths=(5, 4, 7), corner=(200, 30, 90))


def main(out: pathlib.Path) -> None:
    frames = [draw(27, 19, seed) for seed in (0, 1, 2)]
    alpha = waves.with_alpha(draw(27, 19, 0))
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
