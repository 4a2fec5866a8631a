"""Reads datasets that pairmill wrote with what other people use, and holds what they see against our own tables.

    main.py --pairmill BIN --serve BIN --dump BIN

One line for each check. The last ones damage copies and expect the readers to notice. Exits with 1 if anything differs.
"""
import argparse
import os
import tempfile
from pathlib import Path

os.environ.update(HF_HUB_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1")  # before datasets is imported

import damage
import produce
import read_datasets
import read_duckdb
import read_files
import read_polars
import read_pyarrow
import read_webdataset
from compare import Differs

READERS = [read_files, read_pyarrow, read_polars, read_duckdb, read_datasets, read_webdataset]


def line(mark, reader, dataset, what, result):
    print(f"{mark:7}  {reader:18}  {dataset:10}  {what}: {result}", flush=True)


def read(version):
    """Runs every check of every reader and returns how many differ."""
    differ = 0
    for reader in READERS:
        for what, check in reader.CHECKS.items():
            try:
                rows = check(version)
                line("ok", reader.NAME, version.name, what, f"{rows} rows") if rows else \
                    line("-", reader.NAME, version.name, what, "the dataset has no such columns")
            except Differs as e:
                differ += 1
                line("DIFFERS", reader.NAME, version.name, what, e)
            except Exception as e:  # a reader that refuses our file is the worst difference
                differ += 1
                line("REFUSED", reader.NAME, version.name, what, f"{type(e).__name__}: {e}")
    return differ


def damaged(version, work):
    """Runs the checks that must notice on damaged copies, and returns how many did not."""
    missed = 0
    for case in damage.CASES:
        for reader, check in case.noticed_by:
            result = damage.notices(version, case, check, work)
            missed += not result.startswith("noticed")
            line("ok" if result.startswith("noticed") else "MISSED", reader.NAME, version.name, f"self-test, {case.what}", result)
    return missed


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("pairmill", "serve", "dump"):
        p.add_argument("--" + name, required=True)
    a = p.parse_args()
    with tempfile.TemporaryDirectory(prefix="conformance-") as work:
        os.environ["HF_HOME"] = work
        failures = 0
        for version in produce.versions(a.pairmill, a.serve, a.dump, Path(work)):
            failures += read(version)
            if version.images and not failures:
                failures += damaged(version, Path(work))
    print(f"conformance: {failures} failures" if failures else "conformance: all readers see what our tables say")
    raise SystemExit(failures > 0)


if __name__ == "__main__":
    main()
