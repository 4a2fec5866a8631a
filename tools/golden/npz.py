#!/usr/bin/env python3
"""Makes store/npy/testdata: arrays as numpy writes them, stored and deflated, of all kinds that are read and some that are not.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install -r tools/golden/requirements.txt
    /tmp/venv/bin/python tools/golden/npz.py store/npy/testdata

Value j of row i of an array with n values in a row is ((i * n + j) % 4096) / 8 - 256, which a half holds exactly.
"""

import io
import pathlib
import sys
import zipfile

import numpy as np


def ramp(rows: int, values: int, dtype: str) -> np.ndarray:
    n = np.arange(rows * values, dtype=np.int64) % 4096
    return (n / 8 - 256).reshape(rows, values).astype(dtype)


ARRAYS = {
    "b32_img": ramp(300, 8, "<f2"),
    "b32_txt": ramp(300, 8, "<f2"),
    "l14_img": ramp(300, 12, "<f4"),
    "l14_txt": ramp(300, 12, "<f4"),
    "dedup": ramp(300, 1, "<f8"),
    "none": ramp(0, 4, "<f2"),
    "column": np.asfortranarray(ramp(300, 1, "<f2")),  # both orders are the same
    "fortran": np.asfortranarray(ramp(5, 3, "<f4")),
    "big_endian": ramp(5, 3, ">f2"),
    "whole": np.arange(6).reshape(2, 3),
    "flat": ramp(1, 6, "<f4")[0],
    "cube": ramp(4, 6, "<f4").reshape(2, 3, 4),
    "point": np.float32(1),
    "fields": np.zeros(3, np.dtype([("a", "<f4"), ("b", "<f4")])),
    "objects": np.array([["a", None]], dtype=object),
}


def versions(path: pathlib.Path) -> None:
    """Versions 2 and 3 of the format, which numpy writes only for long headers, and the specials of halves."""
    specials = np.array([[np.inf, -np.inf, np.nan, -0.0, 6e-8, 65504]], "<f2")
    with zipfile.ZipFile(path, "w") as z:
        for name, array, version in [("two", ramp(5, 3, "<f4"), (2, 0)), ("three", ramp(5, 3, "<f2"), (3, 0)), ("specials", specials, (1, 0))]:
            b = io.BytesIO()
            np.lib.format.write_array(b, array, version)
            z.writestr(name + ".npy", b.getvalue())
        z.writestr("readme.txt", "no array")


def main(out: pathlib.Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    np.savez(out / "stored.npz", **ARRAYS)
    np.savez_compressed(out / "deflated.npz", **ARRAYS)
    versions(out / "versions.npz")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
