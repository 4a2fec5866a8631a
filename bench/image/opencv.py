#!/usr/bin/env python3
"""Does with OpenCV what img2dataset does to a picture, for `go run ./bench/image`.

A line of JSON comes in, {"files", "side", "bigger", "passes"}; the CPU seconds of all passes go out.
"""

import json
import pathlib
import resource
import sys

import cv2
import numpy as np

WHITE = [255, 255, 255]


def opaque(picture: np.ndarray) -> np.ndarray:
    if picture.ndim == 3 and picture.shape[2] == 4:
        alpha = picture[:, :, 3, np.newaxis]
        picture = np.rint(np.clip(alpha / 255 * picture[..., :3] + 255 - alpha, 0, 255)).astype(np.uint8)
    return picture


def process(data: bytes, side: int, bigger: bool) -> bytes:
    """Resize mode border, quality 95."""
    picture = opaque(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED))
    h, w = picture.shape[:2]
    shrinks = max(w, h) > side
    if shrinks or not bigger:
        scale = side / max(w, h)
        size = (max(1, round(w * scale)), max(1, round(h * scale)))
        if size != (w, h):
            picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LANCZOS4)
        w, h = size
        top, left = (side - h) // 2, (side - w) // 2
        picture = cv2.copyMakeBorder(picture, top, side - h - top, left, side - w - left, cv2.BORDER_CONSTANT, value=WHITE)
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    cv2.setNumThreads(1)
    print(json.dumps({"version": cv2.__version__}), flush=True)
    for line in sys.stdin:
        task = json.loads(line)
        files = [pathlib.Path(name).read_bytes() for name in task["files"]]
        start = cpu()
        for _ in range(task["passes"]):
            for data in files:
                process(data, task["side"], task["bigger"])
        print(json.dumps({"cpu": cpu() - start}), flush=True)


if __name__ == "__main__":
    main()
