#!/usr/bin/env python3
"""Makes imaging/testdata/shard_*: JPEG and PNG files drawn by this script, and the pictures that OpenCV makes of them by
img2dataset's steps, before they are encoded.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install -r tools/golden/requirements.txt
    /tmp/venv/bin/python tools/golden/shards.py imaging/testdata

shards.json lists the cases; psnr is how far OpenCV's own JPEG of quality 95 is from the picture that it was made of.
"""

import json
import pathlib
import sys

import cv2
import numpy as np

SIDE = 64
SOURCES = {  # name: width, height, sampling factor or None for PNG, grey, progressive
    "420": (165, 121, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420, False, False),
    "422": (121, 166, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422, False, False),
    "440": (130, 99, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_440, False, False),
    "444": (151, 77, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444, False, False),
    "progressive": (143, 119, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420, False, True),
    "grey": (99, 131, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444, True, False),
    "small": (45, 31, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420, False, False),
    "png": (133, 97, None, False, False),
    "pnggrey": (64, 101, None, True, False),
}
MODES = ["no", "keep_ratio", "keep_ratio_largest", "center_crop", "border"]
KERNELS = {"nearest": cv2.INTER_NEAREST, "linear": cv2.INTER_LINEAR, "cubic": cv2.INTER_CUBIC, "area": cv2.INTER_AREA,
           "lanczos": cv2.INTER_LANCZOS4}


def draw(w: int, h: int, grey: bool) -> np.ndarray:
    """Slow waves with saturated discs on them: what photographs have, and what chroma subsampling is bad at."""
    y, x = np.mgrid[0:h, 0:w]
    picture = 127 + 90 * np.sin(np.stack([x / 23 + 1, y / 17, (x + y) / 31], -1))
    for i, colour in enumerate([(20, 30, 230), (30, 220, 20), (240, 200, 10)]):
        picture[np.hypot(x - w * (i + 1) / 4, y - h * (3 - i) / 4) < min(w, h) / 7] = colour
    picture = picture + np.random.default_rng(w).normal(0, 4, picture.shape)
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    return cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY) if grey else picture


def encode(name: str) -> tuple[str, bytes]:
    w, h, sampling, grey, progressive = SOURCES[name]
    if sampling is None:
        return f"shard_{name}.png", cv2.imencode(".png", draw(w, h, grey))[1].tobytes()
    flags = [cv2.IMWRITE_JPEG_QUALITY, 88, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling, cv2.IMWRITE_JPEG_PROGRESSIVE, int(progressive)]
    return f"shard_{name}.jpg", cv2.imencode(".jpg", draw(w, h, grey), flags)[1].tobytes()


def resized(picture: np.ndarray, mode: str, up: int, down: int) -> np.ndarray:
    """What img2dataset's Resizer does, with albumentations' steps written out."""
    h, w = picture.shape[:2]
    if mode == "no":
        return picture
    measured = min(w, h) if mode in ("keep_ratio", "center_crop") else max(w, h)
    scale = SIDE / measured
    size = (round(w * scale), round(h * scale))
    picture = cv2.resize(picture, size, interpolation=down if measured > SIDE else up)
    w, h = size
    if mode == "center_crop":
        x, y = (w - SIDE) // 2, (h - SIDE) // 2
        return picture[y:y + SIDE, x:x + SIDE]
    if mode == "border":
        top, left = (SIDE - h) // 2, (SIDE - w) // 2
        return cv2.copyMakeBorder(picture, top, SIDE - h - top, left, SIDE - w - left, cv2.BORDER_CONSTANT, value=[255] * 3)
    return picture


def psnr(picture: np.ndarray) -> float:
    again = cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 95])[1], cv2.IMREAD_UNCHANGED)
    return round(cv2.PSNR(picture, again), 2)


def main(out: pathlib.Path) -> None:
    cases = []

    def add(source: str, data: bytes, mode: str, up: str, down: str, want: str) -> None:
        picture = resized(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED), mode, KERNELS[up], KERNELS[down])
        cv2.imwrite(str(out / want), picture, [cv2.IMWRITE_PNG_COMPRESSION, 9])
        cases.append({"source": source, "mode": mode, "upscale": up, "downscale": down, "want": want, "psnr": psnr(picture)})

    for name in SOURCES:
        source, data = encode(name)
        (out / source).write_bytes(data)
        for mode in MODES:
            add(source, data, mode, "lanczos", "area", f"shard_{name}.{mode}.png")
    for name in ("small", "png"):
        source, data = encode(name)
        for kernel in KERNELS:
            add(source, data, "keep_ratio", kernel, kernel, f"shard_{name}.{kernel}.png")
    (out / "shards.json").write_text(json.dumps({"side": SIDE, "opencv": cv2.__version__, "cases": cases}, indent=1) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
