"""How decoded pictures are held against each other."""
import cv2
import numpy

# How far decoded samples may be apart, on average and at most. Lossless: 1 LSB, the rounding of an interpolation. Lossy: an
# LSB before the encoder may move a coefficient by a quantisation step, and the two tools have other releases of libwebp.
TOLERANCE = {"lossless": (1, 1), "jpg": (0.75, 32), "webp": (1.25, 32)}


def decode(data):
    image = cv2.imdecode(numpy.frombuffer(data, numpy.uint8), cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION)
    return None if image is None else image


def channels(data):
    image = decode(data)
    return 0 if image is None else 1 if image.ndim == 2 else image.shape[2]


def colour(image):
    """Three channels: whether a grey picture is stored with one is compared apart."""
    return cv2.cvtColor(image, cv2.COLOR_GRAY2BGR) if image.ndim == 2 else image


def difference(theirs, ours, encoding, boxes=None):
    """Says in words what differs between two encoded pictures, ("picture" or "boxes", words), or returns None."""
    if theirs == ours:
        return None
    a, b = decode(theirs), decode(ours)
    if a is None or b is None:
        return None if a is b else ("picture", f"decodes: {a is not None}, {b is not None}")
    if a.dtype != b.dtype or a.shape[:2] != b.shape[:2] or b.shape[2:] == (4,) != a.shape[2:]:
        return "picture", f"{a.dtype}{list(a.shape)} against {b.dtype}{list(b.shape)}"
    d = numpy.abs(colour(a).astype(int) - colour(b).astype(int))
    outside = d if boxes is None else d[~boxes]
    found = beyond(outside, encoding)
    if found:
        return "picture", found
    found = beyond(d, encoding)
    return ("boxes", found) if found else None


def luma_agrees(theirs, ours, encoding):
    """Whether the two differ in colour alone."""
    a, b = (cv2.cvtColor(colour(decode(data)), cv2.COLOR_BGR2YCrCb)[..., 0].astype(int) for data in (theirs, ours))
    return not beyond(numpy.abs(a - b), encoding)


def beyond(d, encoding):
    mean, most = TOLERANCE[encoding]
    if d.size == 0 or (d.mean() <= mean and d.max() <= most):
        return None
    return f"pixels differ by up to {d.max()}, {d.mean():.3f} on average, {(d > 1).mean():.1%} by more than 1"


def reach(boxes, row, mode, size, only_if_bigger):
    """The pixels that a blur may have touched: the boxes, grown by a tenth, and four σ around."""
    w, h = row["original_width"], row["original_height"]
    side = {"keep_ratio": min, "center_crop": min, "border": max, "keep_ratio_largest": max}.get(mode)
    if side and (not only_if_bigger or side(w, h) > size):
        scale = size / side(w, h)
        w, h = round(w * scale), round(h * scale)
    left, top = (row["width"] - w) / 2, (row["height"] - h) / 2
    longest = max((max((x1 - x0) * w, (y1 - y0) * h) for x0, y0, x1, y1 in boxes), default=0)
    grow = 0.5 * longest + 3
    mask = numpy.zeros((row["height"], row["width"]), bool)
    for x0, y0, x1, y1 in boxes:
        ys = slice(max(0, int(top + y0 * h - grow)), max(0, int(top + y1 * h + grow) + 1))
        xs = slice(max(0, int(left + x0 * w - grow)), max(0, int(left + x1 * w + grow) + 1))
        mask[ys, xs] = True
    return mask
