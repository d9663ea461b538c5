"""What a ticket's columns may hold; its status and outcome are in record/workflow.py."""

from django.db import models


class Kind(models.TextChoices):
    TALEP = "talep", "Talep"
    SIKAYET = "sikayet", "Şikâyet"
    ONERI = "oneri", "Öneri"
    IHBAR = "ihbar", "İhbar"
    DILEKCE = "dilekce", "Dilekçe"
    BILGI_EDINME = "bilgi_edinme", "Bilgi edinme"
    DIGER = "diger", "Diğer"


class Source(models.TextChoices):
    """The channel by which the request was received."""

    WHATSAPP = "whatsapp", "WhatsApp"
    TELEFON = "telefon", "Telefon"
    YUZ_YUZE = "yuz_yuze", "Yüz yüze"
    WEB = "web", "Web"
    EPOSTA = "eposta", "E-posta"
    SOSYAL_MEDYA = "sosyal_medya", "Sosyal medya"
    CIMER = "cimer", "CİMER"
    MOBIL_BASKAN = "mobil_baskan", "Mobil Başkan"
    API = "api", "Başka sistem"  # by REST


class Priority(models.TextChoices):
    LOW = "low", "Düşük"
    NORMAL = "normal", "Normal"
    HIGH = "high", "Yüksek"


class LocationSource(models.TextChoices):
    """The source of the place; a pin outranks words, words outrank the photo's EXIF data."""

    PIN = "pin", "Konum"
    WORDS = "words", "Yazıdan"
    EXIF = "exif", "Fotoğraftan"
    STAFF = "staff", "Personel"
