"""The downloads that both tools make: a list and options each."""
from dataclasses import dataclass, field

MODES = ("no", "keep_ratio", "keep_ratio_largest", "center_crop", "border")
FORMATS = ("webdataset", "parquet", "files")
INTERPOLATIONS = ("nearest", "linear", "cubic", "area", "lanczos")

TABLE = {"url_col": "link", "caption_col": "text"}
PNG = {"encode_format": "png", "encode_quality": 3}
PLAIN = "parquet"  # the list with everything


@dataclass
class Scenario:
    name: str
    options: dict
    kind: str = PLAIN         # format of the list; "folder" = three files of it
    answers: bool = True      # bad answers too, not pictures alone
    again: dict = field(default_factory=dict)  # options of a second run into the same folder
    copied: bool = False      # the second run has the list under another name
    command: bool = False     # img2dataset as a command of its own


def all_scenarios():
    yield from modes()
    yield from encodings()
    yield from limits()
    yield from inputs()
    yield from layouts()
    yield from readers()


def modes():
    for mode in MODES:
        for out in FORMATS:
            yield Scenario(f"{mode} {out}", TABLE | {"resize_mode": mode, "output_format": out, "image_size": 128})
    for mode in MODES:
        yield Scenario(f"{mode} exact", TABLE | PNG | {"resize_mode": mode, "output_format": "webdataset"}, answers=False)
        yield Scenario(f"{mode} only if bigger", TABLE | PNG | {"resize_mode": mode, "output_format": "webdataset", "resize_only_if_bigger": True}, answers=False)
    for i in INTERPOLATIONS:
        yield Scenario(f"interpolation {i}", TABLE | PNG | {"resize_mode": "keep_ratio", "output_format": "parquet", "image_size": 200,
                                                            "upscale_interpolation": i, "downscale_interpolation": i}, answers=False)


def encodings():
    wds = TABLE | {"output_format": "webdataset"}
    yield Scenario("webp", wds | {"encode_format": "webp", "encode_quality": 90}, answers=False)
    yield Scenario("webp lossless", wds | {"encode_format": "webp", "encode_quality": 101}, answers=False)
    yield Scenario("quality 50", wds | {"encode_quality": 50, "image_size": 100}, answers=False)
    for out in FORMATS:
        yield Scenario(f"untouched {out}", TABLE | {"output_format": out, "disable_all_reencoding": True})
    for fmt, quality in (("jpg", 95), ("png", 6), ("webp", 90)):
        yield Scenario(f"skip reencode {fmt}", wds | {"skip_reencode": True, "resize_mode": "keep_ratio_largest", "resize_only_if_bigger": True,
                                                     "encode_format": fmt, "encode_quality": quality}, answers=False)
    yield Scenario("skip reencode no", wds | {"skip_reencode": True, "resize_mode": "no"}, answers=False)
    for mode in ("no", "keep_ratio_largest", "center_crop", "border"):
        yield Scenario(f"boxes {mode}", wds | PNG | {"bbox_col": "faces", "resize_mode": mode, "save_additional_columns": ["uid"]}, answers=False)


def limits():
    wds = TABLE | {"output_format": "webdataset"}
    yield Scenario("min size", wds | {"min_image_size": 190}, answers=False)
    yield Scenario("max area", wds | {"max_image_area": 256 * 256}, answers=False)
    yield Scenario("max aspect", wds | {"max_aspect_ratio": 1.4}, answers=False)
    for algorithm in ("md5", "sha512", None):
        yield Scenario(f"hash {algorithm}", wds | {"compute_hash": algorithm})
    for out in FORMATS:
        yield Scenario(f"verify hash {out}", TABLE | {"output_format": out, "verify_hash": ["digest", "md5"], "compute_hash": "md5", "save_additional_columns": ["uid"]})
    yield Scenario("no exif", wds | {"extract_exif": False}, answers=False)
    yield Scenario("all directives", wds | {"disallowed_header_directives": []})
    yield Scenario("own directive", wds | {"disallowed_header_directives": ["noarchive"]})
    yield Scenario("token", wds | {"user_agent_token": "mybot"})


def inputs():
    base = {"output_format": "webdataset", "image_size": 64}
    yield Scenario("txt", base, "txt")
    yield Scenario("txt.gz", base | {"output_format": "files"}, "txt.gz")
    further = TABLE | {"save_additional_columns": ["number", "score", "flag", "uid"]}
    for kind in ("csv", "tsv", "json", "jsonl", "parquet", "csv.gz", "tsv.gz", "json.gz", "jsonl.gz"):
        yield Scenario(f"list {kind}", base | further, kind)
    yield Scenario("list parquet, all columns", base | further | {"save_additional_columns": ["flag", "uid", "number", "faces", "score", "digest"]})
    yield Scenario("list parquet, columns in parquet", base | further | {"output_format": "parquet", "save_additional_columns": ["faces", "score"]})
    # The files but for the last hold whole shards: see the table for the others.
    yield Scenario("folder of csv", base | further | {"number_sample_per_shard": 20}, "folder of csv")


def layouts():
    wds = TABLE | {"output_format": "webdataset", "image_size": 64}
    yield Scenario("DataComp's options", wds | {"resize_mode": "keep_ratio_largest", "image_size": 512, "resize_only_if_bigger": True, "bbox_col": "faces",
                                                "save_additional_columns": ["uid"], "oom_shard_count": 8, "encode_quality": 95, "number_sample_per_shard": 4})
    for n in (1, 7, 10, 11, 100):
        yield Scenario(f"{n} in a shard", wds | {"number_sample_per_shard": n, "oom_shard_count": 4 if n == 7 else 5}, answers=n > 1)
    yield Scenario("again", wds | {"number_sample_per_shard": 20}, again={"incremental_mode": "incremental"})
    yield Scenario("extend", wds | {"number_sample_per_shard": 20}, again={"incremental_mode": "extend"}, copied=True)
    yield Scenario("overwrite", wds | {"number_sample_per_shard": 20}, again={"incremental_mode": "overwrite", "number_sample_per_shard": 30})
    yield Scenario("as a command", wds | {"number_sample_per_shard": 40, "processes_count": 2}, command=True)


def readers():
    """Several shards with columns of all kinds, for what reads both outputs: tables in the three formats, open_clip, clip-retrieval."""
    for out in FORMATS:
        yield Scenario(f"for readers {out}", TABLE | {"output_format": out, "number_sample_per_shard": 20, "image_size": 100, "resize_mode": "center_crop",
                                                      "save_additional_columns": ["uid", "number", "score", "flag", "faces"]}, answers=False)
