"""Perceptual hashes (dHash) of photos: near-identical pictures differ in few of 64 bits."""

from PIL import Image

from tickets.files.storage import private_storage

SIDE = 8
BITS = SIDE * SIDE
ALIKE_BITS = 10  # of 64: recompressed, resized or slightly cropped; two different scenes differ in about 32


def difference_hash(image: Image.Image) -> int:
    """The difference hash (signed 64-bit): one bit for each of 8 × 8 pixels, set if brighter than its right one."""
    grey = image.convert("L").resize((SIDE + 1, SIDE), Image.Resampling.BOX).tobytes()
    bits = 0
    for row in range(SIDE):
        for column in range(SIDE):
            spot = row * (SIDE + 1) + column
            bits = bits << 1 | (grey[spot] > grey[spot + 1])
    return bits - (1 << BITS) if bits >> (BITS - 1) else bits


def different_bits(one: int, other: int) -> int:
    """The Hamming distance of two hashes."""
    return ((one ^ other) & ((1 << BITS) - 1)).bit_count()


def stored_hash(name: str) -> int | None:
    """The hash of a picture in the private storage; None where it is missing or cannot be opened.

    A picture without a hash is only not found as similar, so a broken file is not an error.
    """
    if not name:
        return None
    try:
        with private_storage.open(name) as file, Image.open(file) as image:
            return difference_hash(image)
    except OSError:
        return None
