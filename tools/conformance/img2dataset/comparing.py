"""Holds two outputs against each other and yields every difference."""
import json

import outputs
import pixels
from cases import case_of
from deliberate import MEASURED, TURNED, TWINS, Difference, covering


class Pair:
    """Two outputs of one scenario. twins finds rows by case, in all shards."""

    def __init__(self, scenario, theirs, ours):
        self.options = scenario.options
        self.theirs, self.ours = theirs, ours
        self.encoded = self.options.get("encode_format", "jpg")
        self.twins = {case_of(row["url"]): (s, key) for s in theirs.values() for key, row in s.rows.items()}

    def differences(self):
        if list(self.theirs) != list(self.ours):
            yield Difference("shards", "", "", list(self.theirs), list(self.ours))
            return
        for name, theirs in self.theirs.items():
            yield from self.shard(theirs, self.ours[name])

    def shard(self, theirs, ours):
        yield from self.table(theirs, ours)
        yield from counted("img2dataset", theirs)
        yield from counted("pairmill", ours)
        if list(theirs.stats) != list(ours.stats):
            yield Difference("stats", "keys", "", list(theirs.stats), list(ours.stats))
        if theirs.rows.keys() != ours.rows.keys():
            yield Difference("row", "keys", "", sorted(theirs.rows), sorted(ours.rows))
            return
        differ = set()  # keys whose pictures exist on one side only
        for key, row in theirs.rows.items():
            for d in self.row(theirs, key, row, ours.rows[key]):
                if d.field == "status":
                    differ.add(key)
                yield d
        yield from self.files(theirs, ours, differ)
        yield from self.samples(theirs, ours, differ)

    def table(self, theirs, ours):
        names = list(theirs.columns)
        same = {n: ours.columns.get(n) for n in names}
        if same != theirs.columns or [n for n in ours.columns if n in theirs.columns] != names:
            yield Difference("columns", "types and order", "", theirs.columns, ours.columns)
        further = {n: t for n, t in ours.columns.items() if n not in theirs.columns}
        yield Difference("columns", "further", "", {}, further)
        if theirs.order != ours.order or ours.order != sorted(ours.order):
            yield Difference("order", "table", "", theirs.order, ours.order)

    def files(self, theirs, ours, differ):
        skip = lambda files: {f for f in files if not any(key in f for key in differ)}
        if skip(theirs.files) != skip(ours.files):
            yield Difference("files", "", "", skip(theirs.files) - skip(ours.files), skip(ours.files) - skip(theirs.files))
        for head in sorted({h[1:] for h in ours.heads}):
            yield Difference("head", "", "", theirs.heads[:1], head)

    def row(self, shard, key, theirs, ours):
        case = case_of(theirs["url"])
        found = [Difference("row", f, case, v, ours.get(f)) for f, v in theirs.items() if v != ours.get(f)]
        if case in TWINS and any(d.field in MEASURED for d in found):
            found = [d for d in found if d.field not in MEASURED] + list(self.twin_row(case, ours))
        yield from found

    def twin_row(self, case, ours):
        shard, key = self.twins[TWINS[case]]
        want = shard.rows[key]
        found = [Difference("row", f, case, want[f], ours[f]) for f in MEASURED if f in want and f != "exif" and want[f] != ours[f]]
        return found or [Difference("twin", "row", case, None, None)]

    def samples(self, theirs, ours, differ):
        for key, row in theirs.rows.items():
            if key in differ or row["status"] != "success":
                continue
            case = case_of(row["url"])
            a, b = theirs.members.get(key, {}), ours.members.get(key, {})
            if sorted(a) != sorted(b):
                yield Difference("members", "extensions", case, sorted(a), sorted(b))
                continue
            if a.get("txt") != b.get("txt"):
                yield Difference("members", "txt", case, a.get("txt"), b.get("txt"))
            if "json" in b:
                yield from self.meta(case, a["json"], b["json"], ours.rows[key])
            yield from self.picture(case, theirs.pictures.get(key), ours.pictures.get(key), ours.rows[key])

    def meta(self, case, theirs, ours, row):
        """Text for text. Values are those of our table, which is held against theirs apart."""
        want = {name: row.get(name, value) for name, value in json.loads(theirs).items()}
        text = json.dumps(want, indent=4).encode()
        if text != ours:
            yield Difference("json", "", case, text.decode(), ours.decode())

    def picture(self, case, theirs, ours, row):
        if theirs is None or ours is None:
            if theirs is not ours:
                yield Difference("picture", "there", case, theirs is not None, ours is not None)
            return
        if theirs == ours:
            return
        if (a := pixels.channels(theirs)) != (b := pixels.channels(ours)):
            yield Difference("channels", "", case, a, b)
        found = self.against(theirs, ours, row)
        if found and case in TWINS and found[0] == "picture":
            shard, key = self.twins[TWINS[case]]
            found = self.against(shard.pictures[key], ours, row) or ("twin", "picture")
            if case in TURNED and self.options.get("downscale_interpolation") == "nearest":
                found = ("twin", "picture")  # a neighbour to the left, when turned, is one to the right
        if found and found[0] == "picture" and self.kept_size(row) and pixels.luma_agrees(theirs, ours, self.encoded):
            found = ("chroma", found[1])
        if found:
            yield Difference(found[0], "pixels", case, "", found[1])

    def kept_size(self, row):
        return self.encoded == "jpg" and (row["width"], row["height"]) == (row["original_width"], row["original_height"])

    def against(self, theirs, ours, row):
        o, faces = self.options, self.upright(row)
        lossless = self.encoded == "png" or o.get("encode_quality") == 101 or o.get("disable_all_reencoding", False)
        boxes = None
        if faces and o.get("bbox_col") and row["width"]:
            boxes = pixels.reach(faces, row, o.get("resize_mode", "border"), o.get("image_size", 256), o.get("resize_only_if_bigger", False))
        return pixels.difference(theirs, ours, "lossless" if lossless else self.encoded, boxes)

    def upright(self, row):
        """The boxes of a row as they stand in our picture: a turned picture's are those of its twin."""
        case = case_of(row["url"])
        if case in TURNED:
            shard, key = self.twins[TURNED[case]]
            row = shard.rows[key]
        return row.get("faces")


def counted(tool, shard):
    """A shard's stats must be what its own rows add up to."""
    want = {"count": len(shard.rows), "successes": 0, "failed_to_download": 0, "failed_to_resize": 0, "status_dict": {}}
    for row in shard.rows.values():
        want["successes" if row["status"] == "success" else row["status"]] += 1
        message = row["error_message"] or "success"
        want["status_dict"][message] = want["status_dict"].get(message, 0) + 1
    got = {name: shard.stats.get(name) for name in want}
    if got != want:
        yield Difference("stats", tool, "", want, got)


def compare(scenario, their_folder, our_folder):
    """Returns the differences that no entry covers, and the entries that covered some."""
    o = scenario.options
    encoded, digits = o.get("encode_format", "jpg"), o.get("oom_shard_count", 5)
    pair = Pair(scenario, outputs.read(their_folder, digits, encoded), outputs.read(our_folder, digits, encoded))
    found = [Difference("top", "", "", outputs.top(their_folder), outputs.top(our_folder)), *pair.differences()]
    wrong, used = [], set()
    for d in found:
        entry = covering(d)
        if entry:
            used.add(entry)
        else:
            wrong.append(d)
    rows = sum(len(s.rows) for s in pair.theirs.values())
    return rows, wrong, used
