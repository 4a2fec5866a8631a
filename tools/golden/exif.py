#!/usr/bin/env python3
"""Makes imaging/testdata/exif.json: what exifread reads in the pictures of a folder, as img2dataset would write it.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install -r tools/golden/requirements.txt
    /tmp/venv/bin/python tools/golden/exif.py "$PAIRMILL_MATERIAL/images" imaging/testdata/exif.json

An object from file name to the text of img2dataset's column; files without tags are left out, and so are those on which
exifread raises.
"""

import json
import logging
import pathlib
import sys

import exifread


def column(path: pathlib.Path) -> str | None:
    """The column as img2dataset 1.47 computes it."""
    with path.open("rb") as file:
        try:
            tags = exifread.process_file(file, details=False)
            return json.dumps({k: str(v).strip() for k, v in tags.items() if v is not None})
        except Exception:
            return None


def main(folder: pathlib.Path, out: pathlib.Path) -> None:
    logging.disable()
    found = {path.name: column(path) for path in sorted(folder.iterdir())}
    out.write_text(json.dumps({name: text for name, text in found.items() if text not in (None, "{}")}, indent=1) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
