"""Attempts to sign in, and what belongs to somebody's sign-in: sessions, recovery codes, a first password."""

from typing import ClassVar

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models
from django.db.models import F
from django.utils.crypto import salted_hmac
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp.util import random_hex
from typing_extensions import override

from departments.common.encryption import decrypt, encrypt
from departments.common.models.mailed_rows import MailedRow


class SignIn(models.Model):
    """One attempt to sign in. Written before the password is looked at, so that many at once are counted, too. Of names
    that nobody has all of a minute from one address become one row, with how many `times`, once they count no more.

    `device` is the random mark of a browser in which the account signed in before; empty for one that is not known.
    """

    class Result(models.TextChoices):
        WRONG = "wrong", "yanlış parola"
        CODE = "code", "yanlış kod"
        HALF = "half", "parola doğru, kod bekleniyor"
        RIGHT = "right", "girdi"
        LOCKED = "shut", "kilitliyken denendi"
        UNLOCKED = "freed", "kilidi açıldı"

    at = models.DateTimeField("zaman")
    name = models.CharField("kullanıcı", max_length=150)
    address = models.GenericIPAddressField("adres", null=True, blank=True)
    result = models.CharField("sonuç", max_length=5, choices=Result)
    device = models.CharField("tanınan cihaz", max_length=22, blank=True, default="", db_default="")
    times = models.PositiveIntegerField("kez", default=1, db_default=1)

    class Meta:
        verbose_name = "giriş"
        verbose_name_plural = "girişler"
        indexes = [
            models.Index("name", F("at").desc(), name="sign_in_by_name"),
            models.Index("address", F("at").desc(), name="sign_in_by_address"),
            models.Index(F("at").desc(), name="sign_in_newest"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.name}: {self.get_result_display()}"


class StaffSession(models.Model):
    """What somebody is shown of one of their sessions; it goes with the session. Moments are of the real clock."""

    session = models.OneToOneField(Session, models.CASCADE, primary_key=True, related_name="of_staff")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="staff_sessions", verbose_name="kullanıcı"
    )
    device = models.CharField("cihaz", max_length=60)
    began_at = models.DateTimeField("giriş")
    seen_at = models.DateTimeField("son işlem")

    class Meta:
        verbose_name = "oturum"
        verbose_name_plural = "oturumlar"

    @override
    def __str__(self) -> str:
        return f"{self.user}: {self.device}"

    @property
    def handle(self) -> str:
        """Names the session on a page: its key would open it."""
        return salted_hmac("departments.StaffSession", self.pk, algorithm="sha256").hexdigest()[:16]


def new_sealed_key() -> str:
    """A fresh key of 160 bits, encrypted."""
    return encrypt(random_hex(20))


class Telephone(TOTPDevice):  # type: ignore[misc]  # django-otp has no type hints
    """The telephone that shows somebody's codes; not `confirmed` until it has shown one.

    Its key has to be read again, so it stands encrypted here; the column `key` that django-otp has for it stays empty.
    """

    objects: ClassVar[models.Manager["Telephone"]]

    sealed_key = models.TextField("anahtar, şifreli", default=new_sealed_key, editable=False)

    class Meta:
        verbose_name = "telefon"
        verbose_name_plural = "telefonlar"

    @property
    @override
    def bin_key(self) -> bytes:
        """Raises UnreadableSecretError."""
        return bytes.fromhex(decrypt(self.sealed_key))


class RecoveryCode(models.Model):
    """A code that stands in for the telephone once; only its hash is kept, and the row goes when it is used."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="recovery_codes", verbose_name="kullanıcı"
    )
    digest = models.CharField("özet", max_length=64)

    class Meta:
        verbose_name = "kurtarma kodu"
        verbose_name_plural = "kurtarma kodları"

    @override
    def __str__(self) -> str:
        return f"{self.user}"


class FirstPassword(models.Model):
    """Somebody whose password was chosen by another: they choose their own before they reach anything."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="first_password"
    )

    class Meta:
        verbose_name = "ilk parola"
        verbose_name_plural = "ilk parolalar"

    @override
    def __str__(self) -> str:
        return f"{self.user}"


class ProviderIdentity(models.Model):
    """Who somebody is at the provider of single sign-on, kept from their first sign-in through it on."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="provider_identity"
    )
    issuer = models.CharField("sağlayıcı", max_length=300)
    subject = models.CharField("kimlik", max_length=255)

    class Meta:
        verbose_name = "kurum hesabı"
        verbose_name_plural = "kurum hesapları"
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="provider_identity_once")]

    @override
    def __str__(self) -> str:
        return f"{self.user}"


class AccountMail(MailedRow):
    """A mail with a link to choose a password: an invitation of `user`, or, for a forgotten password, to the account
    with the `address` that was typed.

    The worker that mails it makes the link, so none lies here. `address` is emptied once it was looked up.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="account_mails",
        verbose_name="kullanıcı",
    )
    address = models.EmailField("yazılan adres", blank=True, default="")
    at = models.DateTimeField("zaman")

    class Meta:
        verbose_name = "parola e-postası"
        verbose_name_plural = "parola e-postaları"
        indexes = [
            models.Index("at", name="account_mail_to_mail", condition=models.Q(mailed_at__isnull=True))
        ]

    @override
    def __str__(self) -> str:
        return f"Parola e-postası {self.pk}"
