"""Drawn pictures for demonstration data: a few scenes, stored once and shared by many tickets."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from random import Random

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

from tickets.files.perceptual_hash import difference_hash
from tickets.files.storage import SAMPLES, private_storage

SIZE, SMALL = (1200, 900), (320, 240)
VARIANTS = 3
Draw = ImageDraw.ImageDraw


@dataclass(frozen=True)
class Picture:
    """Names in the private storage, size in bytes, and the perceptual hash."""

    name: str
    thumbnail: str
    size: int
    photo_hash: int


def pictures(rng: Random) -> dict[str, list[Picture]]:
    """Pictures by the code of departments with a scene of their own; "" for all others."""
    return {code: [_stored(code, number, rng) for number in range(VARIANTS)] for code in SCENES}


def _stored(code: str, number: int, rng: Random) -> Picture:
    image = _scene(SCENES[code], rng)
    base = f"{SAMPLES}{code.lower() or 'sokak'}-{number}"
    large, small = _jpeg(image), _jpeg(image.resize(SMALL))
    names = _keep(f"{base}.jpg", large), _keep(f"{base}-small.jpg", small)
    return Picture(*names, len(large), difference_hash(image))


def _keep(name: str, content: bytes) -> str:
    """Stores the content under exactly this name, replacing a picture of an earlier run."""
    private_storage.delete(name)
    return private_storage.save(name, ContentFile(content))


def _jpeg(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=82)
    return out.getvalue()


def _scene(draw_subject: Callable[[Draw, Random], None], rng: Random) -> Image.Image:
    """Draws sky, Erciyes, houses and asphalt, and the subject in front."""
    light = rng.randint(-25, 25)
    image = Image.new("RGB", SIZE, (150 + light, 185 + light, 215 + light))
    draw = ImageDraw.Draw(image)
    draw.polygon([(0, 420), (420, 180), (640, 330), (820, 240), (1200, 420)], fill=(168, 172, 186))  # Erciyes
    x = 0
    while x < SIZE[0]:
        width, height = rng.randint(110, 210), rng.randint(140, 300)
        shade = rng.randint(150, 220)
        draw.rectangle((x, 460 - height, x + width, 470), fill=(shade, shade - 12, shade - 30))
        for window in range(x + 18, x + width - 30, 46):
            for floor in range(480 - height, 430, 62):
                draw.rectangle((window, floor, window + 24, floor + 32), fill=(92, 108, 124))
        x += width
    draw.rectangle((0, 470, *SIZE), fill=(96 + light, 96 + light, 100 + light))
    draw.rectangle((0, 470, SIZE[0], 520), fill=(176, 172, 164))
    draw_subject(draw, rng)
    return image


def _pothole(draw: Draw, rng: Random) -> None:
    x, y = rng.randint(300, 600), rng.randint(620, 700)
    draw.ellipse((x, y, x + 360, y + 150), fill=(52, 48, 46))
    draw.ellipse((x + 40, y + 30, x + 300, y + 130), fill=(78, 92, 104))
    for _ in range(40):
        stone = (x + rng.randint(-60, 400), y + rng.randint(-30, 180))
        draw.ellipse(
            (*stone, stone[0] + rng.randint(6, 18), stone[1] + rng.randint(5, 12)), fill=(128, 124, 118)
        )


def _rubbish(draw: Draw, rng: Random) -> None:
    x = rng.randint(350, 550)
    draw.rounded_rectangle((x, 420, x + 320, 680), 18, fill=(46, 96, 62))
    draw.rectangle((x - 12, 400, x + 332, 440), fill=(36, 78, 50))
    for _ in range(9):
        left, top, wide = x + rng.randint(-160, 380), rng.randint(600, 720), rng.randint(70, 120)
        draw.ellipse(
            (left, top, left + wide, top + 70), fill=rng.choice([(30, 30, 34), (54, 60, 96), (206, 204, 196)])
        )


def _park(draw: Draw, rng: Random) -> None:
    draw.rectangle((0, 520, *SIZE), fill=(104, 142, 78))
    x = rng.randint(150, 350)
    draw.rectangle((x, 380, x + 40, 700), fill=(98, 70, 46))
    for dx, dy in ((-110, 250), (-20, 180), (70, 260), (-40, 310)):
        draw.ellipse((x + dx, dy, x + dx + 190, dy + 170), fill=(62, 112 + rng.randint(-15, 15), 58))
    for plank in range(3):
        tilt = rng.randint(0, 60) if plank == 1 else 0
        draw.line((640, 640 + plank * 34, 980, 640 + plank * 34 + tilt), fill=(142, 96, 54), width=20)
    for leg in (680, 930):
        draw.rectangle((leg, 640, leg + 18, 800), fill=(60, 60, 62))


def _dog(draw: Draw, rng: Random) -> None:
    coat = rng.choice([(150, 112, 70), (70, 60, 54), (196, 176, 144)])
    x = rng.randint(380, 560)
    draw.ellipse((x, 580, x + 300, 720), fill=coat)
    draw.ellipse((x + 250, 510, x + 370, 620), fill=coat)
    draw.polygon([(x + 270, 530), (x + 260, 460), (x + 310, 515)], fill=coat)
    for leg in (30, 90, 200, 250):
        draw.rectangle((x + leg, 680, x + leg + 26, 820), fill=coat)
    draw.arc((x - 90, 540, x + 40, 660), 60, 200, fill=coat, width=20)
    draw.ellipse((x + 320, 545, x + 334, 559), fill=(20, 20, 20))


def _site(draw: Draw, rng: Random) -> None:
    x = rng.randint(300, 500)
    for floor in range(4):
        top = 560 - floor * 110
        draw.rectangle((x, top, x + 420, top + 18), fill=(156, 152, 146))
        for column in range(x, x + 421, 100):
            draw.rectangle((column, top, column + 16, top + 110), fill=(140, 136, 130))
    draw.rectangle((x + 120, 340, x + 300, 560), fill=(178, 98, 70))


def _kerb(draw: Draw, rng: Random) -> None:
    for slab in range(0, SIZE[0], 120):
        lift = rng.choice([0, 0, 0, 26])
        draw.rectangle(
            (slab, 560 - lift, slab + 112, 640 - lift), fill=(188, 184, 176), outline=(120, 118, 112), width=4
        )


SCENES: dict[str, Callable[[Draw, Random], None]] = {
    "FEN": _pothole,
    "TEMIZLIK": _rubbish,
    "PARK": _park,
    "VETERINER": _dog,
    "IMAR": _site,
    "": _kerb,
}
