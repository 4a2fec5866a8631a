#!/usr/bin/env python3
"""Makes imaging/testdata/icc_*.png: pictures with profiles built here from primaries, and beside each (.srgb.png) what
Little CMS makes of it in sRGB.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install -r tools/golden/requirements.txt
    /tmp/venv/bin/python tools/golden/icc.py imaging/testdata
"""

import io
import pathlib
import struct
import sys

import numpy as np
from PIL import Image, ImageCms

D50 = np.array([0.9642, 1.0, 0.8249])
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def xyz(x: float, y: float) -> np.ndarray:
    return np.array([x / y, 1.0, (1 - x - y) / y])


def colorants(white: tuple, *primaries: tuple) -> np.ndarray:
    """Columns are red, green and blue in XYZ under D50."""
    columns = np.stack([xyz(*p) for p in primaries], -1)
    columns = columns * np.linalg.solve(columns, xyz(*white))
    cones = BRADFORD @ xyz(*white)
    adapt = np.linalg.inv(BRADFORD) @ np.diag(BRADFORD @ D50 / cones) @ BRADFORD
    return adapt @ columns


def fixed(*values: float) -> bytes:
    return b"".join(struct.pack(">i", round(v * 65536)) for v in values)


def parametric(kind: int, *values: float) -> bytes:
    return b"para" + struct.pack(">IHH", 0, kind, 0) + fixed(*values)


def sampled(points: list) -> bytes:
    return b"curv" + struct.pack(">II", 0, len(points)) + np.array(points, ">u2").tobytes()


def power(gamma: float) -> bytes:
    return sampled([round(gamma * 256)])


def text(words: str) -> bytes:
    raw = words.encode("utf-16-be")
    return b"mluc" + struct.pack(">III", 0, 1, 12) + b"enUS" + struct.pack(">II", len(raw), 28) + raw


def profile(space: bytes, name: str, tags: dict) -> bytes:
    tags = {b"desc": text(name), b"cprt": text("none"), b"wtpt": b"XYZ \0\0\0\0" + fixed(*D50)} | tags
    at = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for key, value in tags.items():
        value += b"\0" * (-len(value) % 4)
        table += key + struct.pack(">II", at + len(body), len(value))
        body += value
    head = struct.pack(">I4sI4s4s4s", at + len(body), b"\0\0\0\0", 0x04300000, b"mntr", space, b"XYZ ")
    head += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + b"\0" * 28 + fixed(*D50)
    return head.ljust(128, b"\0") + table + body


def rgb(name: str, curve: bytes, *shape: tuple) -> bytes:
    columns = colorants(*shape)
    tags = {k + b"XYZ": b"XYZ \0\0\0\0" + fixed(*columns[:, i]) for i, k in enumerate([b"r", b"g", b"b"])}
    return profile(b"RGB ", name, tags | {k + b"TRC": curve for k in (b"r", b"g", b"b")})


def draw() -> Image.Image:
    """Every corner of the colour cube, edges, greys, and what lies between."""
    steps = np.array([0, 1, 2, 5, 13, 40, 90, 128, 200, 254, 255], np.uint8)
    r, g, b = np.meshgrid(steps, steps, steps, indexing="ij")
    return Image.fromarray(np.stack([r, g, b], -1).reshape(11, 121, 3))


def main(out: pathlib.Path) -> None:
    d65, d50 = (0.3127, 0.3290), (0.34567, 0.35850)
    srgb = parametric(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
    bt709 = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
    grey = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    variants = {
        "srgb": (rgb("sRGB by hand", srgb, d65, *bt709), draw()),
        "p3": (rgb("Display P3", srgb, d65, (0.680, 0.320), (0.265, 0.690), (0.150, 0.060)), draw()),
        "adobe": (rgb("Adobe RGB (1998)", power(2.19921875), d65, (0.64, 0.33), (0.21, 0.71), (0.15, 0.06)), draw()),
        "gamma18": (rgb("Gamma 1.8", sampled([round(65535 * (i / 255) ** 1.8) for i in range(256)]), d50,
                        (0.630, 0.340), (0.295, 0.605), (0.150, 0.075)), draw()),
        "offset": (rgb("Gamma with an offset", parametric(4, 2.2, 0.9, 0.1, 0.2, 0.05, 0.0, 0.0), d65, *bt709), draw()),
        "grey18": (profile(b"GRAY", "Grey 1.8", {b"kTRC": power(1.8)}), grey),
    }
    target = ImageCms.createProfile("sRGB")
    for name, (raw, image) in variants.items():
        image.save(out / f"icc_{name}.png", icc_profile=raw)
        seen = ImageCms.profileToProfile(image, io.BytesIO(raw), target, ImageCms.Intent.RELATIVE_COLORIMETRIC, "RGB")
        seen.save(out / f"icc_{name}.srgb.png", icc_profile=None)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
