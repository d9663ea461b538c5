"""Decodes photos: turned upright, without metadata, in two sizes; and blurs regions of them.

Run as a program it is the child process of `decoder.py`: it knows nothing of the line, and its memory and its processor
time are limited. Colour profiles are not read: they would be one more parser of what strangers send, and without one
the colours of a photo are a little paler at most.
"""

import json
import os
import re
import resource
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Any

from PIL import ExifTags, Image, UnidentifiedImageError

# Bytes of address space, of which the largest WebP takes four fifths, and seconds of processor time for one photo, of
# which the largest PNG takes two.
MOST_MEMORY = 384 << 20
CPU_SECONDS = 8
NICE = 10  # citizens' messages come first
# Pixels that are decoded: a file of 10 KB can decompress to hundreds of megabytes. A JPEG is decoded at a fraction of
# its size and may have more; beyond these no telephone's photo goes.
MOST_DECODED = 16_000_000
Image.MAX_IMAGE_PIXELS = 200_000_000
MOST_SCANS = 50  # of a progressive JPEG, which has ten; each is as much work as the whole picture
JPEGS = ("JPEG", "MPO")  # the second is one with more pictures behind it
_MARK = re.compile(rb"\xff([^\x00\x01\xd0-\xd8\xff])")  # of those that tell their length, and the end's
_SCAN, _END = b"\xda", b"\xd9"
LARGE, SMALL = 1600, 320  # pixels on the longer side of the stored photo and its thumbnail
COARSE = 4  # pixels that are left of the longer side of a blurred region
FORMATS = ("JPEG", "PNG", "WEBP")
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class BadPhotoError(Exception):
    """The file is not accepted as a photo: another format, broken, or with too many pixels."""


@dataclass(frozen=True, slots=True)
class Photo:
    """Two JPEGs without metadata, and the place from the EXIF data: (lat, lon) or None."""

    large: bytes
    small: bytes
    place: tuple[float, float] | None


def clean(file: IO[bytes]) -> Photo:
    """Makes a `Photo` of an untrusted file. Raises `BadPhotoError`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # damaged EXIF data
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file, formats=FORMATS) as image:
                if image.format in JPEGS:
                    _count_scans(file)
                else:
                    _check_size(image)  # before anything else: to look for its notes a PNG is decoded
                place, turn = _exif(image)
                image.draft("RGB", (LARGE, LARGE))  # decodes a large JPEG at a fraction of its size
                _check_size(image)
                picture = _opaque(_shrunk(image))
                picture = picture.transpose(turn) if turn else picture
    except BadPhotoError:
        raise
    except UnidentifiedImageError as error:
        raise BadPhotoError("Fotoğraf açılamadı: dosya JPEG, PNG ya da WebP değil") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadPhotoError("Fotoğraf açılamadı: çok fazla piksel") from error
    except MemoryError as error:
        raise BadPhotoError("Fotoğraf açılamadı: çok fazla bellek istiyor") from error
    # Pillow's decoders raise whatever the broken bytes lead them to.
    except Exception as error:
        raise BadPhotoError(f"Fotoğraf açılamadı: dosya bozuk ({type(error).__name__})") from error
    large = _jpeg(picture, quality=85)
    picture.thumbnail((SMALL, SMALL), Image.Resampling.LANCZOS)
    return Photo(large, _jpeg(picture, quality=75), place)


def _check_size(image: Image.Image) -> None:
    if image.width * image.height > MOST_DECODED:
        raise BadPhotoError(f"Fotoğraf açılamadı: {image.width}×{image.height} piksel")


def _count_scans(file: IO[bytes]) -> None:
    """Refuses a JPEG that would be decoded over and over. Read from mark to mark, up to the end of the picture: notes,
    and the film that some cameras put behind it, may hold anything.
    """
    back = file.tell()
    file.seek(0)
    content = file.read()
    file.seek(back)
    scans, at = 0, 2
    while (found := _MARK.search(content, at)) and found[1] != _END:
        scans += found[1] == _SCAN
        at = found.end() + int.from_bytes(content[found.end() : found.end() + 2])
    if scans > MOST_SCANS:
        raise BadPhotoError(f"Fotoğraf açılamadı: {scans} tarama")


def _shrunk(image: Image.Image) -> Image.Image:
    """At most LARGE on its longer side, in a mode that looks as the file does. Everything after works on few pixels."""
    if image.mode.startswith("I"):  # 16 bits of grey, which a conversion would cut off at 255
        image = image.point(lambda value: value * (1 / 256)).convert("L")
    elif image.mode == "1":
        image = image.convert("L")
    elif image.mode in ("P", "LA"):
        image = image.convert("RGBA")
    image.thumbnail((LARGE, LARGE), Image.Resampling.LANCZOS)
    return image


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of a photo, in shares (0 to 1) of its width and height, from the top left corner."""

    left: float
    top: float
    width: float
    height: float

    def box(self, size: tuple[int, int]) -> tuple[int, int, int, int]:
        """The rectangle in pixels (left, top, right, bottom), at least one pixel and within the photo."""
        wide, high = size
        left, top = _within(self.left, wide), _within(self.top, high)
        right = max(left + 1, min(wide, round((self.left + self.width) * wide)))
        return left, top, right, max(top + 1, min(high, round((self.top + self.height) * high)))


def blurred(file: IO[bytes], regions: Sequence[Region]) -> Photo:
    """The photo with its regions irreversibly blurred: only COARSE pixels of each are left."""
    with Image.open(file, formats=FORMATS) as image:
        picture = _opaque(image)
    for region in regions:
        box = region.box(picture.size)
        part = picture.crop(box)
        coarse = part.resize(_coarse(part.size), Image.Resampling.BOX)
        picture.paste(coarse.resize(part.size, Image.Resampling.BICUBIC), box)
    large = _jpeg(picture, quality=85)
    picture.thumbnail((SMALL, SMALL), Image.Resampling.LANCZOS)
    return Photo(large, _jpeg(picture, quality=75), None)


def _coarse(size: tuple[int, int]) -> tuple[int, int]:
    """The size to which a region is shrunk: COARSE pixels on the longer side."""
    longer = max(size)
    return max(1, round(COARSE * size[0] / longer)), max(1, round(COARSE * size[1] / longer))


def _within(share: float, pixels: int) -> int:
    return max(0, min(pixels - 1, round(share * pixels)))


def _opaque(image: Image.Image) -> Image.Image:
    if image.mode in ("RGBA", "LA", "P"):
        layer = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    return image.convert("RGB")


def _jpeg(image: Image.Image, quality: int) -> bytes:
    bare = Image.new("RGB", image.size)  # a new image has no metadata
    bare.paste(image)
    out = BytesIO()
    bare.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()


def _exif(image: Image.Image) -> tuple[tuple[float, float] | None, Image.Transpose | None]:
    """Place and orientation from the EXIF data; both None where it is damaged, which must not lose the photo."""
    try:
        exif = image.getexif()
        turn = _UPRIGHT.get(exif.get(ExifTags.Base.Orientation, 1))
        return _place(exif.get_ifd(ExifTags.IFD.GPSInfo)), turn
    except Exception:  # noqa: BLE001 - the parser raises whatever the broken bytes lead it to
        return None, None


def _place(gps: dict[int, Any]) -> tuple[float, float] | None:
    try:
        lat = _degrees(gps[ExifTags.GPS.GPSLatitude], gps[ExifTags.GPS.GPSLatitudeRef] == "S")
        lon = _degrees(gps[ExifTags.GPS.GPSLongitude], gps[ExifTags.GPS.GPSLongitudeRef] == "W")
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    return (lat, lon) if abs(lat) <= 90 and abs(lon) <= 180 and (lat, lon) != (0, 0) else None


def _degrees(parts: tuple[float, float, float], negative: bool) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    value = degrees + minutes / 60 + seconds / 3600
    return -value if negative else value


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answers until there are no more requests.

    A request is a line of JSON and so many `bytes` of a file, with `regions` where these are to be blurred; an answer
    is a line of JSON with the sizes of two JPEGs and then these, or with an `error`.
    """
    for line in iter(requests.readline, b""):
        request = json.loads(line)
        _limit_processor()
        file = BytesIO(requests.read(request["bytes"]))
        try:
            regions = [Region(*each) for each in request["regions"]]
            photo = blurred(file, regions) if regions else clean(file)
        except BadPhotoError as error:
            _send(answers, {"error": str(error)})
        except Exception as error:  # noqa: BLE001 - of a region that is none, or a photo of ours that was damaged
            _send(answers, {"error": f"Fotoğraf açılamadı: {type(error).__name__}"})
        else:
            sizes = {"large": len(photo.large), "small": len(photo.small), "place": photo.place}
            _send(answers, sizes, photo.large, photo.small)


def _send(answers: IO[bytes], head: dict[str, Any], *parts: bytes) -> None:
    answers.writelines([json.dumps(head).encode() + b"\n", *parts])
    answers.flush()


def _limit_processor() -> None:
    """From now on, whatever the files before have taken."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + 1 + CPU_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))


def main() -> None:
    """The child process: limits itself, and answers until its parent is gone."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it has nothing to write but its answers
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(NICE)
    serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
