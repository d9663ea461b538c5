"""Models for other systems: API keys, rate limits, idempotency keys, trial requests, webhooks."""

from base64 import b64encode
from secrets import token_bytes

from django.conf import settings
from django.db import models
from typing_extensions import override

from departments.common.encryption import decrypt, encrypt
from tickets.api_clients.models.scopes import Scope

PER_MINUTE = 600  # calls of a new key, where nothing else is said


class ApiKey(models.Model):
    """A key by which a program calls in the name of a user: what it may be used for, how often and until when.

    With a `department` it was made by that department's head: it is good for as long as its user is that, and the
    program is to the line what the department's crews are (`tickets.record.permissions.act_for`).

    Of the key itself only a hash is kept (tickets/api_clients/keys.py), and its first characters, to tell it by.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_keys", verbose_name="kullanıcı"
    )
    department = models.ForeignKey(
        "departments.Department",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="birim",
        help_text="Anahtar yalnızca bu birimin başvurularında ve ekibinin yapabildiği kadarında geçer.",
    )
    name = models.CharField("ne için", max_length=80, blank=True, default="")
    prefix = models.CharField("başı", max_length=16, editable=False)
    digest = models.CharField("özet", max_length=64, unique=True, editable=False)
    reads = models.BooleanField(Scope.READ.label, default=True)
    writes = models.BooleanField(Scope.WRITE.label, default=False)
    reports = models.BooleanField(Scope.REPORTS.label, default=False)
    submits = models.BooleanField(Scope.SUBMIT.label, default=False)
    per_minute = models.PositiveIntegerField("dakikada en çok istek", default=PER_MINUTE)
    created_at = models.DateTimeField("verildi", editable=False)
    expires_at = models.DateTimeField("geçerlilik sonu", editable=False)
    last_used_at = models.DateTimeField("son kullanım", null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField("iptal edildi", null=True, blank=True, editable=False)
    warned_at = models.DateTimeField("süresi için uyarıldı", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "API anahtarı"
        verbose_name_plural = "API anahtarları"

    @override
    def __str__(self) -> str:
        return f"{self.prefix}… ({self.user})"

    def allows(self, scope: Scope) -> bool:
        """Whether the key may be used for that. Open311 opens tickets of any department: no department's key does."""
        return {
            Scope.READ: self.reads,
            Scope.WRITE: self.writes,
            Scope.REPORTS: self.reports,
            Scope.SUBMIT: self.submits and self.department_id is None,
        }[scope]


class RateWindow(models.Model):
    """The number of calls by a caller in the current minute; a row, so that all processes share the count."""

    key = models.CharField("kim", max_length=100, primary_key=True)
    started_at = models.DateTimeField("dakikanın başı")
    count = models.PositiveIntegerField("istek sayısı")

    class Meta:
        verbose_name = "istek sayacı"
        verbose_name_plural = "istek sayaçları"

    @override
    def __str__(self) -> str:
        return f"{self.key}: {self.count}"


class IdempotencyKey(models.Model):
    """An Idempotency-Key and the write it was used for, which is not executed again; of a form of the back office the
    ticket that came of it.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="kullanıcı"
    )
    key = models.CharField("anahtar", max_length=255)
    request = models.CharField("isteğin özeti", max_length=64, blank=True, default="")
    ticket = models.ForeignKey(
        "tickets.Ticket", models.CASCADE, null=True, related_name="+", verbose_name="başvuru"
    )
    created_at = models.DateTimeField("zaman")

    class Meta:
        verbose_name = "yinelenebilir istek"
        verbose_name_plural = "yinelenebilir istekler"
        constraints = [models.UniqueConstraint(name="repeat_key_once", fields=["user", "key"])]

    @override
    def __str__(self) -> str:
        return self.key


class TrialRequest(models.Model):
    """A report to Open311's test endpoint: validated like any other, listed there for a week, opens no ticket.

    Texts, names and photos are validated but not stored.
    """

    category = models.ForeignKey(
        "departments.Category", models.CASCADE, related_name="+", verbose_name="konu"
    )
    neighbourhood = models.ForeignKey(
        "departments.Neighbourhood",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="mahalle",
    )
    lat = models.FloatField("enlem", null=True, blank=True)
    lon = models.FloatField("boylam", null=True, blank=True)
    created_at = models.DateTimeField("zaman")

    class Meta:
        verbose_name = "deneme başvurusu"
        verbose_name_plural = "deneme başvuruları"

    @override
    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"TEST-{self.pk:06d}"


def new_secret() -> str:
    """A new signing key, in the form of the Standard Webhooks specification."""
    return f"whsec_{b64encode(token_bytes(24)).decode()}"


def new_sealed_secret() -> str:
    """A new signing key as it is stored."""
    return encrypt(new_secret())


class Webhook(models.Model):
    """A URL of a department's own system that is called for every timeline entry of its tickets.

    One that fails is not called before `next_at`; after too many `failures` in a row it is given up and not called
    until somebody resets it.
    """

    name = models.CharField("ad", max_length=80)
    department = models.ForeignKey(
        "departments.Department",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="birim",
        help_text="Boşsa bütün birimlerin başvuruları bildirilir.",
    )
    url = models.CharField("adres", max_length=300, help_text="Sunucusu WEBHOOK_HOSTS listesinde olmalı.")
    sealed_secret = models.TextField("imza anahtarı, şifreli", default=new_sealed_secret, editable=False)
    active = models.BooleanField("kullanımda", default=True)
    failures = models.PositiveSmallIntegerField("art arda ulaşılamadı", default=0, editable=False)
    next_at = models.DateTimeField("sıradaki deneme", null=True, blank=True, editable=False)
    given_up_at = models.DateTimeField("vazgeçildi", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "webhook"
        verbose_name_plural = "webhook’lar"

    @override
    def __str__(self) -> str:
        return self.name

    @property
    def secret(self) -> str:
        """The signing key, shared with the other system. Raises UnreadableSecretError."""
        return decrypt(self.sealed_secret)

    @secret.setter
    def secret(self, secret: str) -> None:
        self.sealed_secret = encrypt(secret)


class WebhookCall(models.Model):
    """The call of one webhook for one timeline entry: written with the entry, retried until it succeeds."""

    class State(models.TextChoices):
        WAITING = "waiting", "Bekliyor"
        DELIVERED = "heard", "Ulaştı"
        GIVEN_UP = "given_up", "Vazgeçildi"

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="calls", verbose_name="webhook")
    event = models.ForeignKey("tickets.TicketEvent", models.CASCADE, related_name="+", verbose_name="olay")
    state = models.CharField("hâli", max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField("deneme sayısı", default=0)
    due_at = models.DateTimeField("sıradaki deneme")
    error = models.CharField("son hata", max_length=200, blank=True, default="")

    class Meta:
        verbose_name = "webhook bildirimi"
        verbose_name_plural = "webhook bildirimleri"
        constraints = [models.UniqueConstraint(name="webhook_call_once", fields=["webhook", "event"])]
        indexes = [
            models.Index("due_at", name="webhook_call_due", condition=models.Q(state="waiting")),
            models.Index("webhook", "due_at", name="webhook_call_next", condition=models.Q(state="waiting")),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.webhook}: {self.event_id}"
