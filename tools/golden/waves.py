"""The pictures of avif.py and webp.py: slow colour waves, a hard edge and, where it is asked for, a ramp of alpha."""

import numpy as np
from PIL import Image


def draw(w: int, h: int, seed: int, *, height: int, lengths: tuple[int, int, int], corner: tuple[int, int, int]) -> Image.Image:
    """Waves of a height and a length for each of red, green and blue; the lower right corner has one colour."""
    y, x = np.mgrid[0:h, 0:w]
    red, green, blue = lengths
    wave = 127 + height * np.sin(np.stack([x / red + seed, y / green, (x + y) / blue], -1))
    wave[(x > w // 2) & (y > h // 2)] = corner
    return Image.fromarray(wave.astype(np.uint8))


def with_alpha(image: Image.Image) -> Image.Image:
    ramp = np.linspace(0, 255, image.width).astype(np.uint8)
    image.putalpha(Image.fromarray(np.tile(ramp, (image.height, 1))))
    return image
