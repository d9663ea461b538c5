"""A photo as a telephone takes it, and the bare work on its pixels that nobody is spared who keeps it in two sizes."""

import time
from io import BytesIO
from pathlib import Path

from PIL import Image

TAKEN = (4000, 3000)
LARGE, SMALL = (1600, 85), (320, 75)  # pixels on the longer side, and JPEG quality


def taken() -> bytes:
    """A JPEG of some megabytes: grain over soft shapes."""
    shapes = Image.effect_noise((40, 30), 90).resize(TAKEN, Image.Resampling.BICUBIC)
    grain = Image.effect_noise((TAKEN[0] // 2, TAKEN[1] // 2), 14).resize(TAKEN, Image.Resampling.BILINEAR)
    picture = Image.merge("RGB", (shapes, Image.blend(shapes, grain, 0.4), grain))
    out = BytesIO()
    picture.save(out, "JPEG", quality=88)
    return out.getvalue()


def by_hand(photo: bytes, times: int) -> float:
    """Seconds of processor time that Pillow alone takes to make both sizes of one photo."""
    begin = time.thread_time()
    for _ in range(times):
        with Image.open(BytesIO(photo)) as image:
            image.draft("RGB", (LARGE[0], LARGE[0]))
            picture = image.convert("RGB")
        for side, quality in (LARGE, SMALL):
            picture.thumbnail((side, side), Image.Resampling.LANCZOS)
            picture.save(BytesIO(), "JPEG", quality=quality, optimize=True)
    return (time.thread_time() - begin) / times


def check(media: Path, photos: int) -> None:
    """RuntimeError when the product did not keep each photo in the sizes that it is compared with."""
    sides = []
    for file in media.rglob("*.jpg"):
        with Image.open(file) as image:
            sides.append(max(image.size))
    for side, _ in (LARGE, SMALL):
        if sides.count(side) < photos:
            raise RuntimeError(f"{sides.count(side)} pictures of {side} pixels were kept of {photos}")
