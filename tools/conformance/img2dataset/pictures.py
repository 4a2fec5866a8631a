"""The pictures that both tools download: the kinds that the web has, small, the same ones every time."""
import io

import numpy
from PIL import Image, ImageCms

ORIENTATION = 0x0112


def scene(width, height, seed):
    """A picture like a photograph: slopes, edges, a little noise."""
    rng = numpy.random.default_rng(seed)
    y, x = numpy.mgrid[0:height, 0:width].astype(numpy.float64)
    planes = []
    for c in range(3):
        a, b, p = rng.uniform(0.01, 0.06, 3)
        planes.append(110 + 60 * numpy.sin(a * x + p * 50) + 50 * numpy.cos(b * y + c))
    out = numpy.stack(planes, axis=-1)
    for _ in range(6):
        x0, y0 = rng.integers(0, max(1, width - 4)), rng.integers(0, max(1, height - 4))
        out[y0:y0 + height // 5 + 2, x0:x0 + width // 4 + 2] = rng.uniform(0, 255, 3)
    out += rng.normal(0, 3, out.shape)
    return numpy.rint(out.clip(0, 255)).astype(numpy.uint8)


def sides():
    """Names and sizes: wide, high, square, tiny, thin, and one that both edges of resize_only_if_bigger meet."""
    return {"wide": (400, 300), "high": (190, 333), "square": (256, 256), "tiny": (40, 30), "thin": (301, 60), "odd": (257, 255)}


def picture(array, mode=None):
    out = Image.fromarray(array)
    return out.convert(mode) if mode else out


def alpha(array, kind):
    """Adds transparency: a slope, or whole pixels."""
    height, width = array.shape[:2]
    slope = numpy.linspace(0, 255, width).astype(numpy.uint8)[None, :].repeat(height, 0)
    return numpy.dstack([array, slope if kind == "slope" else numpy.where(slope > 90, 255, 0).astype(numpy.uint8)])


def deep(array):
    """16 bits per channel."""
    return (array.astype(numpy.uint16) * 257)


def files():
    """Yields (name, bytes)."""
    import cv2  # its writers make what Pillow's do not: 16-bit colour

    def saved(image, kind, **options):
        out = io.BytesIO()
        image.save(out, kind, **options)
        return out.getvalue()

    for seed, (name, (w, h)) in enumerate(sides().items()):
        yield f"{name}.jpg", saved(picture(scene(w, h, seed)), "JPEG", quality=90)
        yield f"{name}.png", saved(picture(scene(w, h, seed + 100)), "PNG")
        yield f"{name}.webp", saved(picture(scene(w, h, seed + 200)), "WEBP", quality=85)
    base = scene(320, 240, 7)
    yield "grey.jpg", saved(picture(base, "L"), "JPEG", quality=90)
    yield "progressive.jpg", saved(picture(base), "JPEG", quality=80, progressive=True)
    yield "full.jpg", saved(picture(base), "JPEG", quality=95, subsampling=0)
    yield "s422.jpg", saved(picture(base), "JPEG", quality=85, subsampling=1)
    yield "poor.jpg", saved(picture(base), "JPEG", quality=15)
    yield "grey.png", saved(picture(base, "L"), "PNG")
    yield "palette.png", saved(picture(base).quantize(64), "PNG")
    yield "slope.png", saved(Image.fromarray(alpha(base, "slope")), "PNG")
    yield "holes.png", saved(Image.fromarray(alpha(base, "holes")), "PNG")
    yield "greyalpha.png", saved(Image.fromarray(alpha(base, "slope")).convert("LA"), "PNG")
    yield "lossless.webp", saved(picture(base), "WEBP", lossless=True)
    yield "alpha.webp", saved(Image.fromarray(alpha(base, "holes")), "WEBP", lossless=True)
    yield "still.gif", saved(picture(base).quantize(128), "GIF")
    yield "still.gif.png", saved(picture(base).quantize(128), "PNG")
    yield "plain.bmp", saved(picture(base), "BMP")
    for turn in (3, 6, 8):
        exif = Image.Exif()
        exif[ORIENTATION] = turn
        exif[0x010F] = "Maker"
        sideways = saved(picture(base), "JPEG", quality=92, exif=exif)
        yield f"turned{turn}.jpg", sideways
        way = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_270, 8: Image.Transpose.ROTATE_90}[turn]
        yield f"turned{turn}.jpg.png", saved(Image.open(io.BytesIO(sideways)).transpose(way), "PNG")
    exif = Image.Exif()
    exif.update({0x010F: "Maker", 0x0110: "Model 1", 0x9003: "2020:01:02 03:04:05", 0x829A: (1, 60), 0x8827: 200})
    yield "tags.jpg", saved(picture(base), "JPEG", quality=92, exif=exif)
    yield "srgb.jpg", saved(picture(base), "JPEG", quality=92, icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    yield "deep.png", cv2.imencode(".png", deep(base)[..., ::-1])[1].tobytes()
    yield "deep.png.png", saved(picture(base), "PNG")
    yield "deepalpha.png", cv2.imencode(".png", deep(alpha(base, "slope"))[..., [2, 1, 0, 3]])[1].tobytes()
    yield "deepalpha.png.png", saved(Image.fromarray(alpha(base, "slope")), "PNG")
    yield "deepgrey.png", cv2.imencode(".png", deep(base)[..., 0])[1].tobytes()
    yield "deepgrey.png.png", saved(Image.fromarray(base[..., 0]), "PNG")
    cmyk = picture(base).convert("CMYK")
    yield "cmyk.jpg", saved(cmyk, "JPEG", quality=92)
    yield "cmyk.jpg.png", saved(Image.open(io.BytesIO(saved(cmyk, "JPEG", quality=92))).convert("RGB"), "PNG")
    yield "drawing.svg", b'<svg xmlns="http://www.w3.org/2000/svg" width="90" height="60"><rect width="90" height="60"/></svg>'
    yield "noise.jpg", numpy.random.default_rng(1).integers(0, 256, 4000).astype(numpy.uint8).tobytes()


def write(folder):
    """Writes all pictures and returns their names in order."""
    names = []
    for name, data in files():
        (folder / name).write_bytes(data)
        names.append(name)
    return names
