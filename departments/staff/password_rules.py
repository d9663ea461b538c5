"""What a new password may not be, and passwords that others chose. Those that people have are not looked at."""

import re
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import MinimumLengthValidator
from django.core.exceptions import ValidationError

from departments.staff.models import FirstPassword
from departments.text.folding import fold

SHORTEST = 12  # letters, digits and signs
# What somebody in Kayseri and at this municipality thinks of first; longer ones before those within them.
LOCAL_WORDS = (
    *(
        "melikgazi",
        "kayserispor",
        "kayseri",
        "erciyesspor",
        "erciyes",
        "kocasinan",
        "talas",
        "hacilar",
        "develi",
    ),
    *(
        "hunat",
        "alaca",
        "gevher",
        "nesibe",
        "mimarsinan",
        "mimar",
        "sinan",
        "cumhuriyet",
        "meydani",
        "meydan",
    ),
    *(
        "ildem",
        "esentepe",
        "kiciko",
        "kicikoy",
        "hisarcik",
        "gesi",
        "germir",
        "tavlusun",
        "battalgazi",
        "koskdag",
    ),
    *(
        "pastirma",
        "manti",
        "sucuk",
        "belediyesi",
        "belediye",
        "buyuksehir",
        "mudurlugu",
        "mudurluk",
        "baskan",
    ),
    *(
        "zabita",
        "temizlik",
        "fenisleri",
        "parkbahce",
        "parkvebahceler",
        "cozumhatti",
        "cozum",
        "hatti",
        "hat",
    ),
    *("cagrimerkezi", "cagri", "merkezi", "merkez", "personel", "memur", "operator", "yonetici", "admin"),
    *("whatsapp", "parolam", "parola", "sifrem", "sifre", "password", "qwerty", "asdfgh", "giris", "deneme"),
    *("turkiye", "turkiyem", "ataturk", "mustafakemal", "istanbul", "ankara", "galatasaray", "fenerbahce"),
    *(
        "besiktas",
        "trabzonspor",
        "canim",
        "askim",
        "annem",
        "babam",
        "seniseviyorum",
        "bismillah",
        "insallah",
    ),
)
# Letters that somebody must think up beside such words, digits and signs: one more word of their own.
OWN_LETTERS = 5
# Signs that are to stay when one's own names are taken out, and how long a part of a name has to be to count.
BESIDE_NAMES, NAME_LETTERS = 8, 3
_LOOKALIKES = str.maketrans("0134578@$!", "oieastbasi")
_WORDS = sorted({fold(word) for word in LOCAL_WORDS}, key=len, reverse=True)


class ShortestValidator(MinimumLengthValidator):
    """Refuses passwords of fewer signs than SHORTEST."""

    def __init__(self) -> None:
        super().__init__(SHORTEST)


class LocalWordsValidator:
    """Refuses passwords made of local words, years, digits and signs: kayseri38, Melikgazi2026!, 3rciyes-3rciyes."""

    def validate(self, password: str, user: Any = None) -> None:  # noqa: ARG002 - Django passes it
        readings = (password, password.translate(_LOOKALIKES))
        if any(_is_local(re.sub(r"[\d\s]", "", fold(reading))) for reading in readings):
            raise ValidationError(
                "Bu parola kolay tahmin edilir: yer, kurum ve takım adlarına sayı eklemek yetmez. "
                "Birbiriyle ilgisiz üç dört sözcük yazın.",
                code="password_local",
            )

    def get_help_text(self) -> str:
        return "Parolanız yer, kurum ya da takım adlarıyla sayılardan oluşmamalı."


class NamesValidator:
    """Refuses passwords made of one's own names: OsmanEr-osman of Osman Er, Y1lmaz-2026 of Ayşe Yılmaz."""

    def validate(self, password: str, user: Any = None) -> None:
        names = _names_of(user)
        for reading in (password, password.translate(_LOOKALIKES)):
            signs = _together(reading)
            left = _without(names, signs)
            if left != signs and len(left) < BESIDE_NAMES:
                raise ValidationError(
                    "Bu parola adınızdan oluşuyor: adınız çıkınca geriye "
                    f"en az {BESIDE_NAMES} harf ya da rakam kalmalı. "
                    "Birbiriyle ilgisiz üç dört sözcük yazın.",
                    code="password_names",
                )

    def get_help_text(self) -> str:
        return "Parolanız adınızdan, soyadınızdan ya da kullanıcı adınızdan oluşmamalı."


def _names_of(user: Any) -> list[str]:
    """The parts of somebody's names; longer ones before those within them."""
    written = [getattr(user, name, "") for name in ("username", "first_name", "last_name", "email")]
    written[-1] = written[-1].partition("@")[0]
    parts = {part for name in written for part in fold(name).split()}
    return sorted((part for part in parts if len(part) >= NAME_LETTERS), key=len, reverse=True)


def _together(text: str) -> str:
    return fold(text).replace(" ", "")


def _without(words: Iterable[str], text: str) -> str:
    for word in words:
        text = text.replace(word, "")
    return text


def _is_local(letters: str) -> bool:
    """Whether next to nothing is left when the known words are taken out."""
    left = _without(_WORDS, letters)
    return left != letters and len(left) < OWN_LETTERS


def must_change(user: User) -> bool:
    """Whether somebody else chose this person's password."""
    return FirstPassword.objects.filter(user=user).exists()


def chosen_by_another(users: Iterable[User]) -> None:
    """These people choose their own password before they reach anything."""
    FirstPassword.objects.bulk_create((FirstPassword(user=user) for user in users), ignore_conflicts=True)


def chosen_by_themselves(user: User) -> None:
    """Nothing more has to be changed."""
    FirstPassword.objects.filter(user=user).delete()
