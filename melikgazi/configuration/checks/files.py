"""Settings that name files: the bucket of the citizens' (MEDIA_STORAGE), the crest (CREST_FILE), the map's streets
(MAP_FILE).
"""

import importlib.util
from pathlib import Path

from django.conf import settings

from melikgazi.configuration.checks.rule import SettingRule, is_safe
from tickets.files import object_storage
from tickets.files.object_storage import BucketAddress

PACKAGES = ("boto3", "storages")


def _bucket() -> BucketAddress | None:
    """The bucket; None where there is none, or what names it is not understood."""
    try:
        return object_storage.parse(settings.MEDIA_STORAGE)
    except ValueError:
        return None


def _goes_in_clear() -> bool:
    bucket = _bucket()
    return bucket is not None and bool(bucket.endpoint) and not is_safe(bucket.endpoint)


def _is_map_file(file: Path) -> bool:
    """Whether it is PMTiles of the version that browsers are given a reader for, by its first bytes."""
    try:
        with file.open("rb") as opened:
            return opened.read(8) == b"PMTiles\x03"
    except OSError:
        return False


def _is_picture(file: Path) -> bool:
    """Whether it is a PNG or JPEG, by its first bytes."""
    try:
        with file.open("rb") as opened:
            return opened.read(8).startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"))
    except OSError:
        return False


ALWAYS: tuple[SettingRule, ...] = (
    SettingRule(
        "melikgazi.E050",
        lambda: bool(settings.MEDIA_STORAGE) and _bucket() is None,
        "MEDIA_STORAGE anlaşılmıyor.",
        "s3://kova/klasör?endpoint=https://s3.ornek.bel.tr ya da s3://kova?region=eu-central-1 biçiminde yazın; "
        "boş bırakılırsa dosyalar MEDIA_ROOT dizininde durur.",
    ),
    SettingRule(
        "melikgazi.E051",
        lambda: _bucket() is not None and not all(map(importlib.util.find_spec, PACKAGES)),
        "MEDIA_STORAGE verilmiş, onun paketleri kurulu değil.",
        "pip install --require-hashes -r requirements-s3.txt",
    ),
    SettingRule(
        "melikgazi.E052",
        _goes_in_clear,
        "MEDIA_STORAGE’ın adresi https değil: vatandaşların dosyaları ağda açık gider.",
        "endpoint için https:// ile başlayan adresi yazın.",
    ),
    SettingRule(
        "melikgazi.E053",
        lambda: bool(settings.MAP_FILE) and not _is_map_file(Path(settings.MAP_FILE)),
        "MAP_FILE okunabilen bir PMTiles (sürüm 3) dosyası değil.",
        "Haritanın dosyasını tam yoluyla yazın ya da boş bırakın: docs/kurulum.md, “Haritada sokaklar”.",
    ),
    SettingRule(
        "melikgazi.E054",
        lambda: bool(settings.CREST_FILE) and not _is_picture(Path(settings.CREST_FILE)),
        "CREST_FILE okunabilen bir PNG ya da JPEG dosyası değil.",
        "Armanın dosyasını tam yoluyla yazın ya da boş bırakın.",
    ),
)

DEPLOY: tuple[SettingRule, ...] = (
    SettingRule(
        "melikgazi.W130",
        lambda: (bucket := _bucket()) is not None and bucket.encryption == "none",
        "MEDIA_STORAGE’da sse=none: kova dosyaları diske şifresiz yazar.",
        "sse seçeneğini kaldırın ya da sunucunun diskini şifreleyin.",
    ),
)
