#!/usr/bin/env python3
"""Makes the pictures that are measured: CORPUS/<size class>/<number>.<format>.

    corpus.py CORPUS [PHOTOGRAPHS]

Drawn pictures have the statistics that JPEG's work depends on: power falling with the square of the frequency, channels
that go together, and hard edges. With a folder of photographs (JPEG, PNG), those are cut and scaled to the same sizes
instead. Every number comes from a fixed seed.
"""

import pathlib
import sys

import cv2
import numpy as np

CLASSES = {"to256": (96, 256), "to512": (257, 512), "to1024": (513, 1024), "to2048": (1025, 2048), "above": (2049, 4000)}
COUNTS = {"jpg": {"to2048": 8, "above": 4}, "webp": {"to2048": 4, "above": 2}, "png": {"to2048": 4, "above": 2}}
COUNT = {"jpg": 16, "webp": 8, "png": 8}
SHAPES = [(4, 3), (3, 2), (3, 4), (1, 1), (16, 9)]


def drawn(rng: np.random.Generator, w: int, h: int) -> np.ndarray:
    """Pink noise in three channels, with polygons of the same noise from elsewhere, in other colours, laid over it."""
    noise = pink(rng, 2 ** (max(w, h) - 1).bit_length())
    picture = noise[:h, :w]
    for _ in range(6):
        y, x = rng.integers(0, len(noise) - h + 1), rng.integers(0, len(noise) - w + 1)
        other = noise[y:y + h, x:x + w][::-1, :, rng.permutation(3)] + rng.uniform(-40, 40, 3).astype(np.float32)
        middle = rng.uniform(0, 1, 2) * (w, h)
        corners = middle + rng.uniform(-0.35, 0.35, (5, 2)) * (w, h)
        mask = np.zeros((h, w), np.uint8)
        cv2.fillPoly(mask, [cv2.convexHull(corners.astype(np.int32))], 255, cv2.LINE_AA)
        share = mask[..., None] / np.float32(255)
        picture = picture * (1 - share) + other * share
    grain = rng.standard_normal(picture.shape, np.float32) * 1.5
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


def pink(rng: np.random.Generator, side: int) -> np.ndarray:
    fy, fx = np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None, :]
    amplitude = (1 / np.maximum(np.hypot(fx, fy), 1 / side) ** 1.15).astype(np.float32)
    planes = []
    for _ in range(3):
        plane = np.fft.irfft2(amplitude * np.fft.rfft2(rng.standard_normal((side, side), np.float32)))
        planes.append((plane / plane.std()).astype(np.float32))
    grey, red, blue = planes
    mixed = np.stack([grey + 0.4 * blue, grey, grey + 0.4 * red], -1)
    return mixed * np.float32(rng.uniform(20, 45)) + rng.uniform(80, 170, 3).astype(np.float32)


def cut(rng: np.random.Generator, photograph: np.ndarray, w: int, h: int) -> np.ndarray:
    ph, pw = photograph.shape[:2]
    scale = max(w / pw, h / ph)
    scaled = cv2.resize(photograph, (max(w, round(pw * scale)), max(h, round(ph * scale))), interpolation=cv2.INTER_AREA)
    x, y = rng.integers(0, scaled.shape[1] - w + 1), rng.integers(0, scaled.shape[0] - h + 1)
    return scaled[y:y + h, x:x + w]


def sides(rng: np.random.Generator, low: int, high: int) -> tuple[int, int]:
    a, b = SHAPES[rng.integers(len(SHAPES))]
    longest = int(rng.integers(low, high + 1))
    return round(longest * a / max(a, b)), round(longest * b / max(a, b))


def encode(rng: np.random.Generator, ext: str, picture: np.ndarray, number: int) -> bytes:
    options = {"webp": lambda: [cv2.IMWRITE_WEBP_QUALITY, int(rng.integers(70, 91))], "png": lambda: []}
    if ext == "jpg":
        sampling = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420] * 8 + [cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444] * 2
        flags = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(70, 93)), cv2.IMWRITE_JPEG_PROGRESSIVE, int(number % 6 == 5),
                 cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling[number % 10]]
    else:
        flags = options[ext]()
    return cv2.imencode("." + ext, picture, flags)[1].tobytes()


def main(out: pathlib.Path, photographs: pathlib.Path | None) -> None:
    photos = [p for p in sorted(photographs.rglob("*")) if p.suffix.lower() in (".jpg", ".jpeg", ".png")] if photographs else []
    for c, (name, (low, high)) in enumerate(CLASSES.items()):
        (out / name).mkdir(parents=True, exist_ok=True)
        for f, ext in enumerate(COUNT):
            for number in range(COUNTS[ext].get(name, COUNT[ext])):
                rng = np.random.default_rng([c, f, number])
                w, h = sides(rng, low, high)
                if photos:
                    picture = cut(rng, cv2.imread(str(photos[rng.integers(len(photos))])), w, h)
                else:
                    picture = drawn(rng, w, h)
                (out / name / f"{number:02d}.{ext}").write_bytes(encode(rng, ext, picture, number))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None)
