"""Runs img2dataset and pairmill on the same lists and compares all that they leave.

    main.py --pairmill BIN --serve BIN [--only WORDS] [--keep DIR] [--resharder FILE PACKAGES]
    main.py --table

One line for each scenario. Exits with 1 if anything differs that deliberate.py does not list. --table prints what belongs in
docs/img2dataset.md.
"""
import argparse
import copy
import shutil
import subprocess
import sys
import tempfile
import traceback
from contextlib import contextmanager
from pathlib import Path

import cases
import comparing
import deliberate
import lists
import outputs
import peer
import pictures
import resharder
import scenarios
from deliberate import Difference

DOC = Path(__file__).parents[3] / "docs" / "img2dataset.md"
OURS = ["--allow_private", "--order=input"]


@contextmanager
def site(serve, folder):
    """The server's addresses, as long as the block lasts."""
    process = subprocess.Popen([serve, folder], stdout=subprocess.PIPE, text=True)
    try:
        yield process.stdout.readline().split()
    finally:
        process.terminate()
        process.wait()


class Suite:
    def __init__(self, a, sites, names, folder, work):
        self.a, self.sites, self.names, self.folder, self.work = a, sites, names, folder, work
        self.failures, self.used = 0, set()

    def line(self, mark, name, result):
        print(f"{mark:7}  {'img2dataset':18}  {name:32}  {result}", flush=True)

    def run(self, scenario):
        """One scenario: both tools, then the comparison."""
        work = self.work / scenario.name.replace(" ", "-").replace("/", "-")
        work.mkdir()
        try:
            path = self.list_for(scenario, work)
            self.both(scenario, path, work)
            rows, wrong, used = comparing.compare(scenario, work / "theirs", work / "ours")
        except Exception as e:
            self.failures += 1
            self.line("REFUSED", scenario.name, f"{type(e).__name__}: {e}")
            if not isinstance(e, Refused):
                traceback.print_exc(limit=-3)
            return
        self.used |= used
        self.failures += bool(wrong)
        self.line("DIFFERS" if wrong else "ok", scenario.name, wrong[0] if wrong else f"{rows} rows")
        for d in wrong[1:self.a.show]:
            print(" " * 61, d, flush=True)

    def list_for(self, scenario, work):
        rows = cases.rows(self.sites, self.names, self.folder, scenario.answers)
        if scenario.kind.startswith("txt"):
            rows = [r for r in rows if "," not in r["link"]]
        if not scenario.kind.startswith("folder of "):
            return lists.write(work / f"list.{scenario.kind}", rows, scenario.kind)
        kind = scenario.kind.removeprefix("folder of ")
        (work / "lists").mkdir()
        for i, part in enumerate((rows[:20], rows[20:60], rows[60:])):
            lists.write(work / "lists" / f"part{i}.{kind}", part, kind)
        return work / "lists"

    def both(self, scenario, path, work):
        kind = scenario.kind.removeprefix("folder of ")
        options = {"url_list": str(path), "input_format": kind, "thread_count": 16, "timeout": 5} | scenario.options
        theirs = peer.run_command if scenario.command else peer.run
        again = dict(scenario.again)
        if scenario.copied:
            again["url_list"] = str(shutil.copyfile(path, path.with_stem("copy")))
        for more in ([{}, again] if again else [{}]):
            now = options | more
            self.ours(now | {"output_folder": str(work / "ours")}, work)
            if now.get("incremental_mode") == "overwrite":  # there it fails: the folder goes with its _tmp inside
                shutil.rmtree(work / "theirs")
                del now["incremental_mode"]
            theirs(copy.deepcopy(now) | {"output_folder": str(work / "theirs")})

    def ours(self, options, work):
        with open(work / "ours.log", "w+") as log:
            done = subprocess.run([self.a.pairmill, "download", *peer.arguments(options), *OURS], stdout=log, stderr=log, timeout=180)
            log.seek(0)
            if done.returncode != 0:
                raise Refused(f"pairmill exits with {done.returncode}: " + " / ".join(log.read().split("\n")[-12:]))

    def commas(self):
        """A comma in a txt list, which the other tool cannot read."""
        work = self.work / "commas"
        work.mkdir()
        rows = [r for r in cases.rows(self.sites, self.names, self.folder) if "," in r["link"]]
        options = {"url_list": str(lists.write(work / "list.txt", rows, "txt")), "output_format": "webdataset"}
        try:
            peer.run(options | {"output_folder": str(work / "theirs")})
            there = sorted(str(r["url"]) for s in outputs.read(work / "theirs", 5, "jpg").values() for r in s.rows.values())
        except Exception as e:
            there = f"{type(e).__name__}: {e}"
        self.ours(options | {"output_folder": str(work / "ours")}, work)
        here = sorted(r["url"] for s in outputs.read(work / "ours", 5, "jpg").values() for r in s.rows.values())
        right = here == sorted(r["link"] for r in rows) and there != here
        entry = deliberate.covering(Difference("refuses", "txt with a comma", "", there, here))
        self.used.add(entry)
        self.failures += not right
        self.line("ok" if right else "DIFFERS", "commas in txt", f"img2dataset: {deliberate.short(there)[:60]}; pairmill: {len(here)} rows")

    def extended_by_itself(self):
        """A second run that extends by the list that is there."""
        work = self.work / "extended-by-itself"
        work.mkdir()
        path = lists.write(work / "list.csv", cases.rows(self.sites, self.names, self.folder, answers=False), "csv")
        options = scenarios.TABLE | {"url_list": str(path), "input_format": "csv", "output_format": "files"}
        count = {}
        for tool, run in (("theirs", peer.run), ("ours", lambda o: self.ours(o, work))):
            for mode in ("incremental", "extend"):
                run(options | {"output_folder": str(work / tool), "incremental_mode": mode})
            count[tool] = len(list((work / tool).glob("*_stats.json")))
        there, here = count["theirs"], count["ours"]
        entry = deliberate.covering(Difference("shards", "extended by itself", "", there, here))
        self.used.add(entry)
        self.failures += entry is None
        self.line("ok" if entry else "DIFFERS", "extended by the same list", f"img2dataset: {there} shards; pairmill: {here}")

    def resharder(self):
        """DataComp's resharder on both outputs."""
        work = self.work / "DataComp's-options"
        try:
            original = resharder.Original(*self.a.resharder) if self.a.resharder else None
            mark, result = "ok", resharder.both(work / "theirs", work / "ours", self.work / "resharded", original)
        except resharder.Differs as e:
            mark, result = "DIFFERS", e
        except Exception as e:
            mark, result = "REFUSED", f"{type(e).__name__}: {e}"
        self.failures += mark != "ok"
        self.line(mark, "DataComp's resharder", result)

    def table(self):
        """The table must be shown to be true, and be the one in the documentation."""
        unseen = [e.theirs for e in deliberate.TABLE if not e.shown and e not in self.used]
        self.failures += bool(unseen)
        self.line("DIFFERS" if unseen else "ok", "every deliberate difference seen", unseen or f"{len(self.used)} entries")
        documented = DOC.exists() and deliberate.markdown() in DOC.read_text()
        self.failures += not documented
        self.line("ok" if documented else "DIFFERS", "docs/img2dataset.md", "has the table" if documented else "lacks the table that --table prints")


class Refused(Exception):
    """A tool refused a list."""


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--pairmill")
    p.add_argument("--serve")
    p.add_argument("--only", default="", help="scenarios whose names contain this")
    p.add_argument("--keep", help="leave the outputs in this folder")
    p.add_argument("--resharder", nargs=2, metavar=("FILE", "PACKAGES"), help="DataComp's resharder.py and the folder with its own packages")
    p.add_argument("--show", type=int, default=6, help="differences shown per scenario")
    p.add_argument("--table", action="store_true")
    a = p.parse_args()
    if a.table:
        sys.stdout.write(deliberate.markdown())
        return
    with tempfile.TemporaryDirectory(prefix="img2dataset-") as temporary:
        work = Path(a.keep or temporary).resolve()
        folder = work / "pictures"
        folder.mkdir(parents=True)
        names = pictures.write(folder)
        with site(a.serve, folder) as sites:
            suite = Suite(a, sites, names, folder, work)
            for scenario in scenarios.all_scenarios():
                if a.only in scenario.name:
                    suite.run(scenario)
            if not a.only:
                suite.commas()
                suite.extended_by_itself()
                suite.resharder()
                suite.table()
    print(f"img2dataset: {suite.failures} failures" if suite.failures else "img2dataset: the same, but for what docs/img2dataset.md lists")
    raise SystemExit(suite.failures > 0)


if __name__ == "__main__":
    main()
