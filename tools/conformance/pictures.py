"""Decoding of pictures with Pillow."""
import io

from PIL import Image, UnidentifiedImageError

from compare import Differs, same


def decode(data, thing, row, column):
    """Decodes all pixels."""
    try:
        picture = Image.open(io.BytesIO(data))
        picture.load()
        return picture
    except (OSError, UnidentifiedImageError) as e:
        raise Differs(thing, row, column, "a picture", f"{type(e).__name__}: {e}") from e


def same_picture(data, got, ours, thing, row, column):
    """got must be what data decodes to, a JPEG in RGB of our width and height."""
    want = decode(data, thing, row, column)
    same(("JPEG", "RGB"), (want.format, want.mode), thing, row, column)
    same((ours["width"], ours["height"]), got.size, thing, row, column)
    same(want.tobytes(), got.convert("RGB").tobytes(), thing, row, column)
