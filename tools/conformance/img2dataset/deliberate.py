"""Where pairmill differs from img2dataset on purpose. This table is the whole list: the suite fails on any other difference,
on an entry that no scenario shows (unless `shown` names what shows it), and when docs/img2dataset.md says something else."""
import math
from dataclasses import dataclass
from typing import Callable

MEASURED = ("status", "error_message", "width", "height", "original_width", "original_height", "exif")


@dataclass(frozen=True)
class Difference:
    """One value that the two tools have differently; case is the row's, or empty."""
    what: str       # shards, top, files, columns, head, order, members, row, json, picture, boxes
    field: str
    case: str
    theirs: object
    ours: object

    def __str__(self):
        where = " ".join(w for w in (self.case, self.what, self.field) if w)
        return f"{where}: img2dataset has {short(self.theirs)}, pairmill {short(self.ours)}"


def short(value):
    text = repr(value)
    return text if len(text) <= 200 else text[:197] + "..."


@dataclass(frozen=True)
class Deliberate:
    theirs: str
    ours: str
    why: str
    shown: str = ""                   # what shows it, where the suite cannot
    covers: Callable = lambda d: False


def answer(cases, status, message):
    """Covers rows of the cases that are failures with the message here, whatever img2dataset says of them."""
    def covers(d):
        if d.case not in cases or d.what != "row":
            return False
        want = {"status": status, "error_message": message}.get(d.field, None)
        return message in d.ours if d.field == "error_message" and d.ours else d.ours == want
    return covers


# A picture of the first name is, here, what the picture of the second name is there.
TURNED = {f"turned{i}.jpg": f"turned{i}.jpg.png" for i in (3, 6, 8)}
DEEP = {f"deep{k}.png": f"deep{k}.png.png" for k in ("", "alpha", "grey")}
INKS = {"cmyk.jpg": "cmyk.jpg.png"}
TWINS = TURNED | DEEP | INKS

TABLE = [
    Deliberate("Ignores EXIF orientation and drops the tag: such pictures lie on their side for ever.",
               "Turned upright; widths and heights are those of the upright picture.", "what the photographer saw",
               covers=lambda d: d.what == "twin" and d.case in TURNED),
    Deliberate("16 bits per channel: cut off at 255, so white, or kept in PNG.", "Scaled to 8 bits, alpha included.", "what the picture shows",
               covers=lambda d: d.what == "twin" and d.case in DEEP),
    Deliberate("A JPEG that keeps its size loses colour: chroma is interpolated to full size and averaged again.",
               "4:2:0 chroma is kept as it is: half as far from the original; luma is the same.", "less loss, less work",
               covers=lambda d: d.what == "chroma" and not d.case.endswith(".webp")),
    Deliberate("So does a lossy WebP that becomes a JPEG of its size.", "Its chroma goes from one range of values to the other and stays 4:2:0: half of the squared error.",
               "less loss, less work", covers=lambda d: d.what == "chroma" and d.case.endswith(".webp")),
    Deliberate("CMYK and YCCK: converted by OpenCV's own formula.", "Converted as Pillow does.", "one meaning of a file",
               covers=lambda d: d.what == "twin" and d.case in INKS),
    Deliberate("A grey picture is stored with one channel.", "Always three, equal ones.", "every sample has the same shape",
               covers=lambda d: d.what == "channels" and d.theirs == 1 and d.ours == 3),
    Deliberate("Never asks for robots.txt.", "Obeys it, RFC 9309, per host and on every redirect: `robots_disallowed`, `robots_unreachable`.",
               "site owners decide", covers=answer({"robots"}, "failed_to_download", "robots_disallowed")),
    Deliberate("Hears noai, noimageai, noindex, noimageindex in X-Robots-Tag.", "Also `none` (which includes noindex), and words addressed to `pairmill`.",
               "the header's own definition", covers=answer({"none", "product"}, "failed_to_download", "Use of image disallowed by X-Robots-Tag directive")),
    Deliberate("Says that it is Firefox 72 on Ubuntu.", "Says `pairmill/VERSION (+CONTACT)`; the token stands beside it.", "sites answer 403 to browsers that are none", shown="`fetch`"),
    Deliberate("A comma in a txt list is an error, or splits the URL.", "A line is a URL.", "open since 2022", covers=lambda d: d.what == "refuses" and d.field == "txt with a comma"),
    Deliberate("Members of tars have the owner `bigdata`, the time of writing and a PAX header: 3 KB per sample.",
               "ustar, no owner, no time: the same bytes give the same tar.", "size; shards can be compared and cached",
               covers=lambda d: d.what == "head" and d.ours == (0o444, "", "", 0, 0, False, 0)),
    Deliberate("Samples stand in the order in which downloads ended.", "In the order of the list.", "runs can be compared",
               covers=lambda d: d.what == "order" and d.ours == sorted(d.ours)),
    Deliberate("One message per failure, as Python prints the exception.", "Two more columns, `reason` and `detail`: a word of a closed list, and what it was about.",
               "reports, filters, `pairmill retry`", covers=lambda d: d.what == "columns" and d.field == "further" and list(d.ours.items()) == [("reason", "string"), ("detail", "string")]),
    Deliberate("Leaves nothing but shards.", "Leaves `runs/` beside them: tables and commit records, from which any start goes on.",
               "complete means committed, not that a file exists", covers=lambda d: d.what == "top" and not d.theirs and d.ours == {"runs"}),
    Deliberate("Bodies that end early are `IncompleteRead(n bytes read, m more expected)`.", "`body_truncated`, without counts.", "the same run gives the same table",
               covers=lambda d: d.case == "short" and d.what == "row" and d.field == "error_message" and d.theirs.startswith("IncompleteRead") and d.ours.startswith("body_truncated")),
    Deliberate("Messages have the reason phrase that the server sent.", "The standard's, in Python's spelling.", "HTTP/2 has none; the same status is one message",
               covers=lambda d: d.case == "teapot" and d.field == "error_message" and d.theirs.lower() == d.ours.lower()),
    Deliberate("An answer 204 is a picture that cannot be decoded.", "No answer to the question: `http_status`.", "the reason tells who failed",
               covers=answer({"nothing"}, "failed_to_download", "http_status")),
    Deliberate("An empty body is an OpenCV error with version and line of the source.", "`Image decoding error`.", "one message for one thing",
               covers=lambda d: d.case == "empty" and d.what == "row" and d.field == "error_message" and "OpenCV" in str(d.theirs)),
    Deliberate("With `--disable_all_reencoding` an empty body is a success: a picture of 0 bytes.", "A failure, as otherwise.", "nothing came",
               covers=lambda d: d.case == "empty" and d.what == "row" and d.field != "key" and d.ours == {"status": "failed_to_resize", "error_message": "Image decoding error"}.get(d.field)),
    Deliberate("Numbers of json lists lose their last digit or two in pandas.", "Numbers are what the list says.", "ids and scores are joined on",
               covers=lambda d: d.what == "row" and isinstance(d.theirs, float) and isinstance(d.ours, float) and math.isclose(d.theirs, d.ours, rel_tol=1e-13)),
    Deliberate("Blurs boxes with a Gaussian of a third of the strength that the recipe asks for: the installed albumentations derives it from the kernel's size.",
               "Blurs with σ = 0.1 × the longest side of the boxes, as ImageNet's faces were.", "the faces are to be hidden",
               covers=lambda d: d.what == "boxes"),
    Deliberate("`--timeout` is per socket operation: an endless body holds a thread for ever.", "For a whole try; bodies have a least rate and a largest size.", "the run ends", shown="`make chaos`"),
    Deliberate("`--retries` asks again at once, also after 404 and refusals.", "Only where another try can help, with back-off and Retry-After.", "politeness", shown="`fetch`"),
    Deliberate("Any number of requests to one host at a time.", "One (`--per_host`); hosts with many rows get shards of their own, unless `--order input`.", "politeness", shown="`fetch`, `crawler/list`"),
    Deliberate("Fetches from private addresses and cloud metadata services.", "Only with `--allow_private`, metadata never: `address_blocked`.", "lists are input from strangers", shown="`fetch`"),
    Deliberate("Ctrl-C exits with 0 and leaves half-written tars.", "Exits with its own code; files appear whole or not at all; the same command goes on.", "scripts and training jobs", shown="`cmd/pairmill`"),
    Deliberate("A shard is complete when its stats file exists; another list in the same folder goes unnoticed.", "Refuses a list or options other than those that the folder was begun with.", "silent mix-ups", shown="`cmd/pairmill`"),
    Deliberate("`--incremental_mode overwrite` fails: it removes the folder with its own `_tmp` inside.", "Begins again.", "it is documented to", shown="`make conformance`"),
    Deliberate("`--incremental_mode extend` by the same list downloads all of it a second time.", "Asks for nothing: extending adds lists that are new or have changed.",
               "the same command goes on after an interruption", covers=lambda d: d.what == "shards" and d.field == "extended by itself" and (d.theirs, d.ours) == (2, 1)),
    Deliberate("Each file of a folder begins a new shard: the last shard of each is short.", "Shards are filled across files.", "equal shards", shown="`crawler/list`"),
    Deliberate("Boxes of turned pictures stay where they were.", "Boxes are counted on the picture as stored, and turned with it.", "detectors ran on stored pictures", shown="`make conformance`"),
    Deliberate("Reads the whole list into memory.", "Streams it, in ranges that resume.", "100 million rows", shown="`crawler/list`"),
    Deliberate("Writes `tfrecord`, where tensorflow and tensorflow_io have been installed beside it.", "Refuses it: webdataset, parquet and files.",
               "trainers of CLIP read tars; one format more is one more to keep right", shown="`cmd/pairmill`"),
    Deliberate("Runs on pyspark and ray; logs to W&B.", "Does neither: workers join over NATS, `--json` and `pairmill report` have the figures.", "left out", shown="`cmd/pairmill`"),
]


def covering(difference):
    """The entry that wants the difference, or None."""
    return next((entry for entry in TABLE if entry.covers(difference)), None)


def markdown():
    """The table as docs/img2dataset.md has it."""
    lines = ["| img2dataset 1.47.0 | pairmill | why | shown by |", "|---|---|---|---|"]
    lines += [f"| {e.theirs} | {e.ours} | {e.why} | {e.shown or '`make conformance`'} |" for e in TABLE]
    return "\n".join(lines) + "\n"
