"""Runs img2dataset."""
import os
import subprocess
import sys

os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"  # albumentations asks pypi.org at every start

import img2dataset.main

main = sys.modules["img2dataset.main"]  # the package has a function of the same name


class quiet:
    """In the place of the logger process, which only prints."""

    done_shards = set()

    def __init__(self, *_):
        pass

    def start(self):
        pass

    def join(self):
        pass


def in_this_process(_, downloader, reader, __, ___):
    """In the place of the pool: starting processes takes longer than the downloads here, and is not what is compared."""
    for shard in reader:
        done, _ = downloader(shard)
        if not done:
            raise RuntimeError(f"img2dataset: shard {shard[0]} failed")


main.LoggerProcess = quiet
main.multiprocessing_distributor = in_this_process


def run(options):
    """Runs a download with the options as keyword arguments. Reading, requests, pictures and writing are untouched."""
    with open(os.devnull, "w") as null:
        saved, sys.stdout = sys.stdout, null
        try:
            main.download(**options)
        finally:
            sys.stdout = saved


def run_command(options):
    """Runs the command as its users do."""
    subprocess.run([sys.executable, "-m", "img2dataset.main", *arguments(options)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def arguments(options):
    """The command line that fire parses into the options."""
    return [f"--{name}={value if not isinstance(value, list) else repr(value)}" for name, value in options.items()]
