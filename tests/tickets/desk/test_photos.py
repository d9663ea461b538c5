"""Photos re-encoded for storage: upright, two sizes, no metadata, limited memory."""

import subprocess
import sys
import warnings
from io import BytesIO

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngImageFile

from tests.chaos.instance import ROOT
from tests.pictures import exif, photo
from tickets.files import resize_and_blur
from tickets.files.images import BadPhotoError, clean


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


@pytest.mark.slow
def test_a_large_photo_is_kept_in_two_sizes():
    made = clean(BytesIO(photo((4000, 3000))))
    assert (opened(made.large).size, opened(made.small).size) == ((1600, 1200), (320, 240))


def test_a_small_photo_is_not_blown_up():
    made = clean(BytesIO(photo((64, 48))))
    assert (opened(made.large).size, opened(made.small).size) == ((64, 48), (64, 48))


def test_a_photo_taken_sideways_is_turned_upright():
    made = clean(BytesIO(photo((64, 48), exif=exif(orientation=6))))
    assert opened(made.large).size == (48, 64)


def test_nothing_the_camera_noted_is_kept():
    original = photo(exif=exif(place=(38.72, 35.49)))
    assert b"Nokia" in original
    made = clean(BytesIO(original))
    for content in (made.large, made.small):
        assert not opened(content).getexif()
        assert b"Nokia" not in content


def test_a_colour_profile_is_not_kept():
    coloured = photo(icc_profile=b"x" * 500_000)
    made = opened(clean(BytesIO(coloured)).large)
    assert "icc_profile" not in made.info


def test_the_place_is_read_before_it_is_stripped():
    assert clean(BytesIO(photo(exif=exif(place=(38.72, 35.49))))).place == (38.72, 35.49)


def test_degrees_minutes_seconds_south_and_west_are_read():
    notes = exif()
    notes[0x8825] = {1: "S", 2: (38.0, 30.0, 36.0), 3: "W", 4: (35.0, 15.0, 0.0)}
    assert clean(BytesIO(photo(exif=notes))).place == pytest.approx((-38.51, -35.25))


@pytest.mark.parametrize(
    "gps",
    [
        {},
        {1: "N"},
        {1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)},
        {1: "N", 2: (99.0, 0.0, 0.0), 3: "E", 4: (35.0, 0.0, 0.0)},
    ],
    ids=["none", "half", "zero", "beyond the pole"],
)
def test_a_place_that_cannot_be_is_none(gps: dict[int, object]):
    notes = exif()
    notes[0x8825] = gps
    assert clean(BytesIO(photo(exif=notes))).place is None


@pytest.mark.parametrize(
    ("form", "mode"),
    [
        ("PNG", "RGB"),
        ("PNG", "RGBA"),
        ("PNG", "P"),
        ("PNG", "LA"),
        ("PNG", "I;16"),
        ("PNG", "1"),
        ("WEBP", "RGB"),
        ("WEBP", "RGBA"),
        ("JPEG", "CMYK"),
        ("JPEG", "L"),
    ],
)
def test_every_form_of_the_contract_becomes_a_jpeg(form: str, mode: str):
    out = BytesIO()
    Image.new(mode, (40, 30)).save(out, form)
    made = opened(clean(out).large)
    assert (made.format, made.mode, made.size) == ("JPEG", "RGB", (40, 30))


def test_what_is_transparent_becomes_white():
    out = BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(out, "PNG")
    assert opened(clean(out).large).getpixel((5, 5)) == (255, 255, 255)


def test_a_tiny_file_that_unpacks_to_hundreds_of_megabytes_is_refused():
    bomb = BytesIO()
    Image.new("1", (9000, 9000)).save(bomb, "PNG", optimize=True)
    assert bomb.tell() < 20_000
    with pytest.raises(BadPhotoError):
        clean(bomb)


def test_a_file_a_little_over_the_pixel_limit_is_refused_too():
    bomb = BytesIO()
    Image.new("1", (4001, 4000)).save(bomb, "PNG")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as where nobody makes warnings errors
        with pytest.raises(BadPhotoError):
            clean(bomb)


def test_a_large_photo_of_a_good_camera_is_kept():
    assert opened(clean(BytesIO(photo((6000, 4000)))).large).size == (1600, 1067)


def test_sixteen_bits_of_grey_stay_a_picture():
    out = BytesIO()
    Image.new("I;16", (10, 10), 0x8000).save(out, "PNG")
    assert opened(clean(out).large).getpixel((5, 5)) == pytest.approx((128, 128, 128), abs=2)


def test_a_photo_that_would_be_decoded_a_hundred_times_over_is_refused():
    content = photo(progressive=True)
    last, end = content.rindex(b"\xff\xda"), content.rindex(b"\xff\xd9")
    assert clean(BytesIO(content)).large
    with pytest.raises(BadPhotoError, match="tarama"):
        clean(BytesIO(content[:end] + content[last:end] * 100 + content[end:]))


def test_the_film_behind_a_photo_is_not_looked_into():
    assert clean(BytesIO(photo() + b"\xff\xda" * 1000)).large


def test_a_picture_too_large_is_not_even_decoded_to_look_for_its_notes(monkeypatch: pytest.MonkeyPatch):
    bomb = BytesIO()
    Image.new("1", (5000, 5000)).save(bomb, "PNG")
    monkeypatch.setattr(PngImageFile, "load", lambda *_: pytest.fail("decoded"))
    with pytest.raises(BadPhotoError):
        resize_and_blur.clean(bomb)


LARGEST = r"""
import re, sys
from pathlib import Path
from tickets.files.decoder import decoder
decoder.decode(sys.stdin.buffer.read())
for process in ("self", decoder._child.pid):
    print(int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process}/status").read_text())[1]) // 1024)
"""


@pytest.mark.slow
@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_the_largest_picture_takes_no_memory_of_the_worker_and_little_of_its_child(form: str):
    """In MiB, of a process that does nothing else. Without any grain it is as large once it is decoded."""
    largest = photo((4000, 4000), form, "RGBA")
    command = [sys.executable, "-c", LARGEST]
    done = subprocess.run(command, cwd=ROOT, input=largest, capture_output=True, check=True)
    worker, child = map(int, done.stdout.split())
    assert (worker < 60, child < 400) == (True, True), (worker, child)


@pytest.mark.parametrize(
    "content",
    [b"", b"no picture", photo()[:300], photo(form="GIF"), photo(form="TIFF"), b"<svg onload='x()'/>"],
    ids=["empty", "text", "cut", "GIF", "TIFF", "SVG"],
)
def test_what_is_no_photo_is_refused(content: bytes):
    with pytest.raises(BadPhotoError):
        clean(BytesIO(content))


@pytest.mark.slow
def test_damaged_notes_of_the_camera_cost_nobody_the_photo():
    original = photo(exif=exif(orientation=6, place=(38.72, 35.49)))
    begin = original.index(b"Exif") + 6
    length = int.from_bytes(original[begin - 8 : begin - 6]) - 8
    for at in range(begin, begin + length):
        for damage in (b"\x00", b"\x05", b"\xff"):
            made = clean(BytesIO(original[:at] + damage + original[at + 1 :]))
            assert opened(made.large).size in ((64, 48), (48, 64))
