#!/usr/bin/env python3
"""Makes imaging/testdata/avif_*.avif, for which Go has no encoder, and beside each what libavif decodes it to.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install -r tools/golden/requirements.txt
    /tmp/venv/bin/python tools/golden/avif.py imaging/testdata

large.avif has 16 million pixels of one colour in as few bytes as that takes. Of the others the PNG is the first frame, upright and on white; the profile of "p3" is kept, samples as they are.
"""

import functools
import pathlib
import sys

from PIL import Image, ImageOps

import waves

draw = functools.partial(waves.draw, height=90, lengths=(9, 7, 11), corner=(200, 60, 90))


def main(out: pathlib.Path) -> None:
    frames = [draw(61, 43, seed) for seed in (0, 1, 2)]
    p3 = Image.open(out / "icc_p3.png").info["icc_profile"]
    variants = {
        "420": (frames[0], {}),
        "422": (frames[0], {"subsampling": "4:2:2"}),
        "444": (frames[0], {"subsampling": "4:4:4"}),
        "grey": (frames[0].convert("L"), {"subsampling": "4:0:0"}),
        "limited": (frames[0], {"range": "limited"}),
        "alpha": (waves.with_alpha(draw(61, 43, 0)), {"subsampling": "4:4:4"}),
        "animated": (frames[0], {"save_all": True, "append_images": frames[1:], "subsampling": "4:4:4"}),
        "small": (draw(27, 19, 0), {"subsampling": "4:4:4"}),
        "p3": (frames[0], {"icc_profile": p3, "subsampling": "4:4:4"}),
    }
    for orientation in range(2, 9):
        exif = Image.Exif()
        exif[274] = orientation
        variants[f"turned{orientation}"] = (frames[0], {"exif": exif, "subsampling": "4:4:4"})
    for name, (image, options) in variants.items():
        path = out / f"avif_{name}.avif"
        image.save(path, quality=80, **options)
        seen = ImageOps.exif_transpose(Image.open(path)).convert("RGBA")
        on_white = Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen).convert("RGB")
        on_white.save(path.with_suffix(".png"), icc_profile=None)
    Image.new("RGB", (4096, 4096), (200, 60, 90)).save(out / "large.avif", quality=50)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
