"""The rows of the lists: each case is a path on the server, named by the case's word in the query."""
import hashlib

from deliberate import TWINS

STANDS_FOR = {twin: name for name, twin in TWINS.items()}

OPEN, FORBIDDEN, ABSENT = 0, 1, 2  # addresses of the server

# What else than whole pictures a list meets.
ANSWERS = {
    "gone": (OPEN, "/status/410"), "missing": (OPEN, "/picture/none.jpg"), "forbidden": (OPEN, "/status/403"),
    "teapot": (OPEN, "/status/418"), "many": (OPEN, "/status/429"), "broken": (OPEN, "/status/500"), "busy": (OPEN, "/status/503"),
    "nothing": (OPEN, "/status/204"), "refused": (ABSENT, "/picture/wide.jpg"), "robots": (FORBIDDEN, "/picture/wide.jpg"),
    "noai": (OPEN, "/directive/noai/wide.jpg"), "noindex": (OPEN, "/directive/noarchive, NoIndex/wide.jpg"),
    "none": (OPEN, "/directive/none/wide.jpg"), "all": (OPEN, "/directive/all/wide.jpg"),
    "other-agent": (OPEN, "/directive/otherbot: noai/wide.jpg"), "product": (OPEN, "/directive/pairmill: noai/wide.jpg"), "my-agent": (OPEN, "/directive/mybot: noai/wide.jpg"),
    "hops": (OPEN, "/redirect/3/high.jpg"), "loop": (OPEN, "/loop"), "empty": (OPEN, "/empty"), "page": (OPEN, "/page"),
    "short": (OPEN, "/short/wide.jpg"), "half": (OPEN, "/half/wide.jpg"), "half-png": (OPEN, "/half/wide.png"),
    "as-text": (OPEN, "/typed/text/html/wide.jpg"), "as-bytes": (OPEN, "/typed/application/octet-stream/high.png"),
    "comma": (OPEN, "/picture/a,b,c/square.jpg"),
    "percent": (OPEN, "/picture/caf%C3%A9%20au%20lait/wide.jpg"),
}

CAPTIONS = ["A wide field, with a tree", 'She said "hello"', "naïve café ☕ 北京", "", "  spaces  around ", "tab\tinside", "&amp; <b>html</b>", "x"]


# Their corners are whole pixels of most pictures, turned or not.
FACES = [[0.125, 0.25, 0.375, 0.5], [0.5, 0.5, 0.875, 0.75]]


def turned(box, case):
    """Where a box of the picture as stored stands when the picture is upright."""
    x0, y0, x1, y1 = box
    for name, upright in (("turned3.jpg.png", (1 - x1, 1 - y1, 1 - x0, 1 - y0)), ("turned6.jpg.png", (1 - y1, x0, 1 - y0, x1)), ("turned8.jpg.png", (y0, 1 - x1, y1, 1 - x0))):
        if case == name:
            return list(upright)
    return list(box)


def url(site, path, case):
    return f"http://{site}{path.replace(' ', '%20')}?case={case}"


def case_of(address):
    return address.rsplit("case=", 1)[-1]


def rows(sites, pictures, folder, answers=True):
    """The list: url, caption, further columns, boxes, and what the bytes hash to (one of them wrong)."""
    where = [(name, OPEN, f"/picture/{name}") for name in pictures]
    if answers:
        where += [(case, host, path) for case, (host, path) in ANSWERS.items()]
    out, boxes = [], {}
    for i, (case, host, path) in enumerate(where):
        # A picture that stands for another, has its boxes, turned with it.
        of = boxes.setdefault(STANDS_FOR.get(case, case), FACES[:i % 3])
        faces = [turned(b, case) for b in of]
        file = folder / path.rsplit("/", 1)[-1]
        data = file.read_bytes() if file.exists() else b""
        out.append({
            "link": url(sites[host], path, case), "text": CAPTIONS[i % len(CAPTIONS)] if i % 11 else None,
            "number": i * 1_000_003, "score": i / 7, "flag": i % 3 == 0, "uid": hashlib.md5(case.encode()).hexdigest(),
            "faces": faces,
            "digest": hashlib.md5(data if case != "wide.png" else b"other").hexdigest(),
        })
    return out
