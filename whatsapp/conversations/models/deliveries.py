"""What Meta delivered: the bodies as they came, and what in them is neither a message nor a status."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import connections, models
from django.db.models import Q
from typing_extensions import override

from departments.common.bulk_insert import insert
from whatsapp.graph.webhook_payloads import names_in, without

# Deliveries that nobody has tried yet are claimed together, as long as their bodies are not too large; the large ones
# last, so that nobody waits behind texts without end. One that was tried before goes alone: it may have failed, or
# ended, the worker that had it, and takes no neighbours along.
_CLAIM = """
WITH due AS MATERIALIZED (
    SELECT id, octet_length(body) AS size FROM whatsapp_inbounddelivery
    WHERE state = 'new' AND attempts = 0 AND (next_attempt_at IS NULL OR next_attempt_at <= %(now)s)
    ORDER BY octet_length(body) > %(large)s, id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
), ranked AS (
    SELECT id, row_number() OVER oldest AS place, sum(size) OVER oldest - size AS ahead FROM due
    WINDOW oldest AS (ORDER BY size > %(large)s, id)
), again AS MATERIALIZED (
    SELECT id FROM whatsapp_inbounddelivery
    WHERE state = 'new' AND attempts > 0 AND (next_attempt_at IS NULL OR next_attempt_at <= %(now)s)
        AND NOT EXISTS (SELECT FROM due)
    ORDER BY attempts, octet_length(body) > %(large)s, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
), claimed AS (
    SELECT id FROM ranked WHERE place = 1 OR ahead < %(size)s UNION ALL SELECT id FROM again
)
UPDATE whatsapp_inbounddelivery AS delivery
SET attempts = delivery.attempts + 1, next_attempt_at = %(lease_ends)s
FROM claimed WHERE delivery.id = claimed.id
RETURNING delivery.*, EXISTS (
    SELECT FROM whatsapp_inbounddelivery
    WHERE state = 'new' AND attempts > 0 AND (next_attempt_at IS NULL OR next_attempt_at <= %(now)s)
) AS others_wait
"""
REQUEST_ID_LENGTH = 64
LARGE = 16 * 1024  # bytes of a body: more than the longest message that WhatsApp lets through
_FINISH = """
UPDATE whatsapp_inbounddelivery AS delivery
SET state = 'done', error = '', next_attempt_at = NULL,
    updates = done.updates, created = done.created, duplicates = done.updates - done.created
FROM unnest(%s::bigint[], %s::smallint[], %s::int[], %s::int[]) AS done (id, attempts, updates, created)
WHERE delivery.id = done.id AND delivery.attempts = done.attempts AND delivery.state = 'new'
"""


class InboundDeliveryQuerySet(models.QuerySet["InboundDelivery"]):
    def last_received_at(self) -> datetime | None:
        """When Meta last brought anything."""
        return self.order_by("-received_at").values_list("received_at", flat=True).first()

    def keep(self, body: bytes, now: datetime, request_id: str = "") -> "InboundDelivery":
        """Stores a body as it came: one INSERT, whatever is in it."""
        delivery = InboundDelivery(body=body, names=names_in(body), received_at=now, request_id=request_id)
        insert([delivery])
        return delivery

    def unread_with(self, names: Iterable[str]) -> bool:
        """Whether a delivery that is not taken in yet names one of these people, or one of our messages."""
        # Counted, not looked for: whoever wants only one row is given a walk through all there ever were.
        return self.filter(state=InboundDelivery.State.NEW, names__overlap=list(names)).count() > 0

    def claim(self, now: datetime, *, limit: int, size: int, lease: timedelta) -> list["InboundDelivery"]:
        """Claims what is due for this worker, oldest first: untried deliveries, or one that was tried before.

        At most `limit` untried ones, and none once those before it hold `size` bytes. `others_wait` of each says
        whether any that was tried before is due.
        One statement, committed before the work begins: a worker that ends in the middle has been counted in
        `attempts`, and its rows are due again once the lease is over.
        """
        values = {"now": now, "limit": limit, "size": size, "large": LARGE, "lease_ends": now + lease}
        return sorted(self.raw(_CLAIM, values), key=lambda delivery: delivery.pk)

    def finish(self, accounts: Mapping["InboundDelivery", tuple[int, int]]) -> bool:
        """Marks claimed deliveries as done, each with its (updates, created); False if any is no longer ours."""
        rows = [(each.pk, each.attempts, *account) for each, account in accounts.items()]
        with connections[self.db].cursor() as cursor:
            cursor.execute(_FINISH, [list(column) for column in zip(*rows, strict=True)])
            return bool(cursor.rowcount == len(rows))

    def forget_bodies(self, deliveries: Collection[int]) -> None:
        """Empties bodies that name somebody who was erased; that they came stays counted."""
        if deliveries:
            self.filter(pk__in=deliveries).update(body=b"", names=[])

    def keep_others(self, deliveries: Collection[int], names: Collection[str]) -> set[int]:
        """Takes whoever has these names out of such of the parked deliveries as name others, too: nobody has read them,
        and there is no other copy. Returns these deliveries.
        """
        kept = set()
        for parked in self.filter(pk__in=deliveries, state=InboundDelivery.State.PARKED).order_by("pk"):
            if rest := without(bytes(parked.body), names):
                self.filter(pk=parked.pk).update(body=rest, names=names_in(rest))
                kept.add(parked.pk)
        return kept

    def postpone(
        self,
        claimed: Sequence["InboundDelivery"],
        *,
        error: str,
        until: datetime | None,
        park: bool = False,
        counts: bool = True,
    ) -> None:
        """Records why claimed deliveries were not ingested; they are due again at `until`, or parked. Where it does not
        count, they are as often tried as before, but once at least: each goes alone from then on.
        """
        attempts = claimed[0].attempts
        ours = self.filter(pk__in=[each.pk for each in claimed], state=InboundDelivery.State.NEW)
        ours.filter(attempts=attempts).update(
            error=error,
            next_attempt_at=until,
            state=InboundDelivery.State.PARKED if park else InboundDelivery.State.NEW,
            attempts=attempts if counts else max(attempts - 1, 1),
        )


class InboundDelivery(models.Model):
    """One signed POST of Meta, byte for byte: the only copy, since Meta replays nothing."""

    class State(models.TextChoices):
        NEW = "new", "Bekliyor"
        DONE = "done", "İşlendi"
        PARKED = "parked", "İşlenemedi"

    body = models.BinaryField("gövde")
    # Whom and what it names (payloads.names_in), so that it can be waited for before anybody has read it.
    names = ArrayField(models.TextField(), verbose_name="adlar", default=list, blank=True)
    received_at = models.DateTimeField("geliş")
    # The number that the proxy's log and the web server's have of the request that brought it.
    request_id = models.CharField(
        "istek no", max_length=REQUEST_ID_LENGTH, blank=True, default="", db_default=""
    )
    state = models.CharField("durum", max_length=8, choices=State, default=State.NEW)
    attempts = models.PositiveSmallIntegerField("deneme", default=0)
    next_attempt_at = models.DateTimeField("sonraki deneme", null=True, blank=True)
    error = models.TextField("hata", blank=True, default="")
    # Accounting, written when done: updates in the body = rows made + rows recognised as already there.
    updates = models.PositiveIntegerField("güncelleme", null=True)
    created = models.PositiveIntegerField("yeni", null=True)
    duplicates = models.PositiveIntegerField("yineleme", null=True)

    others_wait: bool  # whether one that was tried before is due, too; of one that was claimed

    objects = InboundDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = "webhook teslimatı"
        verbose_name_plural = "webhook teslimatları"
        indexes: ClassVar = [
            models.Index(fields=["id"], name="delivery_new", condition=Q(state="new")),
            GinIndex(fields=["names"], name="delivery_names", condition=Q(state="new")),
            models.Index(fields=["id"], name="delivery_parked", condition=Q(state="parked")),
            models.Index(fields=["received_at"], name="delivery_received"),
        ]

    @override
    def __str__(self) -> str:
        return f"Teslimat {self.pk}"


class UnhandledUpdate(models.Model):
    """Any other update of a delivery: account events, errors, what nobody could read. Kept and shown."""

    digest = models.CharField("özet", max_length=64, unique=True)
    delivery = models.ForeignKey(
        InboundDelivery, models.SET_NULL, null=True, related_name="+", verbose_name="teslimat"
    )
    field = models.TextField("konu")
    payload = models.JSONField("ham")
    received_at = models.DateTimeField("geliş")
    error = models.TextField("hata", blank=True, default="")

    class Meta:
        verbose_name = "hesap bildirimi"
        verbose_name_plural = "hesap bildirimleri"

    @override
    def __str__(self) -> str:
        return f"{self.field} {self.pk}"
