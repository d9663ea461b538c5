"""Stores the updates of several deliveries: each once, with a few statements for all of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.db.models import JSONField, Value

from departments.common.bulk_insert import insert_new
from departments.danger_reader.reader import read
from tickets.answering import conversations
from whatsapp import wakeup
from whatsapp.conversations.models.deliveries import InboundDelivery, UnhandledUpdate
from whatsapp.conversations.models.erased import ErasedUpdate, erased_wamid
from whatsapp.conversations.models.messages import Media, Message
from whatsapp.graph import webhook_payloads
from whatsapp.graph.webhook_payloads import (
    DeliveryStatus,
    Echo,
    Inbound,
    MediaRef,
    OtherUpdate,
    Sender,
    Update,
)
from whatsapp.handover import begin_and_end
from whatsapp.outbox import statuses
from whatsapp.outbox.models.outbox import Outbox
from whatsapp.outbox.statuses import Arrived, OutdatedError
from whatsapp.webhook.contacts import Contact, Directory, change_of

UNAVAILABLE = 131060  # the real message has been seen a moment later under the same wamid
UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Parsed:
    """A claimed delivery and what stands in it."""

    delivery: InboundDelivery
    updates: Sequence[Update]


@dataclass(frozen=True, slots=True)
class Stored:
    """For each delivery how many updates it holds and how many are new; and those of erased people, whose bodies go."""

    accounts: dict[InboundDelivery, tuple[int, int]]
    erased: set[int]


def store(batch: Sequence[Parsed], now: datetime) -> Stored:
    """Stores every update of these deliveries, oldest delivery first. Call it inside a transaction.

    1. Reads what is known of all the messages and people named.
    2. Decides about each message in the order received, in memory.
    3. Writes people, messages with their files, what waited for staff, other updates, echoes and statuses, in this
       order and each sorted by its key, so that two workers cannot wait for each other.

    What is known to have been erased is stored no more. Raises OutdatedError where another worker stored the same at
    the same moment.
    """
    found = _sort_out(batch)
    directory = Directory(_people_in(found), now)
    messages, echoes = _Messages(found, directory, now), _Echoes(found, directory, now)
    for item, delivery, ours in found.talk:
        if isinstance(item, Inbound):
            messages.add(item, delivery, ours=ours)
        else:
            echoes.add(item, delivery)
    directory.save(echoes.receivers())
    messages.save()
    echoes.silence_line()
    other, erased = _store_other(found.other, now)
    echoes.save()
    created, of_erased = statuses.store_statuses(found.statuses, now, known=echoes.wamids())
    new = messages.new + other + echoes.new
    new += Counter(each.delivery_id for each, fresh in zip(found.statuses, created, strict=True) if fresh)
    accounts = {each.delivery: (len(each.updates), new[each.delivery.pk]) for each in batch}
    return Stored(accounts, messages.erased | echoes.erased | erased | of_erased)


@dataclass(slots=True)
class _SortedOut:
    """The updates of a batch by what is done with them, each in the order received."""

    talk: list[tuple[Inbound | Echo, InboundDelivery, bool]] = field(default_factory=list)
    statuses: list[Arrived] = field(default_factory=list)
    other: list[tuple[OtherUpdate, InboundDelivery]] = field(default_factory=list)


def _sort_out(batch: Sequence[Parsed]) -> _SortedOut:
    found = _SortedOut()
    for delivery, update in ((each.delivery, update) for each in batch for update in each.updates):
        ours = _is_ours(update)
        match update.item:
            case Inbound() as message:
                found.talk.append((message, delivery, ours))
            case Echo() as echo if ours and not echo.group and echo.receiver:
                found.talk.append((echo, delivery, ours))
            case DeliveryStatus() as status:
                found.statuses.append(Arrived(status, delivery.pk, ours))
            case Echo(raw=raw):
                other = OtherUpdate("smb_message_echoes", webhook_payloads.digest_of(raw), raw)
                found.other.append((other, delivery))
            case OtherUpdate() as other:
                found.other.append((other, delivery))
    return found


def _is_ours(update: Update) -> bool:
    """Whether this is for our number: what is for another one is kept, but neither answered nor obeyed."""
    same_account = update.waba_id in ("", settings.WHATSAPP_WABA_ID) or not settings.WHATSAPP_WABA_ID
    return same_account and update.phone_number_id == settings.WHATSAPP_PHONE_NUMBER_ID


def _people_in(found: _SortedOut) -> list[Sender]:
    people: list[Sender] = []
    for item, _, ours in found.talk:
        if isinstance(item, Echo):
            people.append(item.receiver)
        elif ours and not item.group:
            people += change_of(item) if item.kind == "system" else [item.sender]
    return people


class _Messages:
    """What people wrote: one row for each wamid, and one for its file."""

    def __init__(self, found: _SortedOut, directory: Directory, now: datetime) -> None:
        self.new: Counter[int] = Counter()  # by delivery
        self.erased: set[int] = set()  # deliveries
        self._now = now
        self._directory = directory
        self._contacts: dict[str, Contact | None] = {}
        self._media: dict[str, MediaRef] = {}
        wamids = [item.wamid for item, _, _ in found.talk if isinstance(item, Inbound)]
        named = [*wamids, *map(erased_wamid, wamids)]
        known = Message.objects.filter(wamid__in=named).only("wamid", "kind", "payload")
        self._rows = {row.wamid: row for row in known} if wamids else {}

    def add(self, message: Inbound, delivery: InboundDelivery, *, ours: bool) -> None:
        if erased_wamid(message.wamid) in self._rows:
            self.erased.add(delivery.pk)
            return
        row = self._rows.get(message.wamid)
        if row and not _is_ghost_of(row, message):
            return  # before its sender is looked up: an old number may be somebody else's by now
        contact = self._contact_of(message) if ours and not message.group else None
        if row is None:
            sent_at = min(message.sent_at or self._now, self._now)
            row = Message(wamid=message.wamid, sent_at=sent_at, received_at=delivery.received_at)
            self._rows[message.wamid] = row
        row.delivery, row.kind, row.payload = delivery, message.kind[:64], message.raw
        row.text, row.reply_to = message.text, message.reply_to
        row.state = Message.State.NEW if contact else Message.State.IGNORED
        row.danger = contact is not None and read(message.text).level == "life"
        row.outcome = "" if contact else _why_ignored(message, ours=ours)
        self._contacts[row.wamid] = contact
        if message.media and contact:
            self._media[row.wamid] = message.media
        self.new[delivery.pk] += 1

    def _contact_of(self, message: Inbound) -> Contact | None:
        if message.kind == "system":
            return self._directory.follow_change(message)
        if not message.sender:
            return None
        return self._directory.contact_of(message.sender, said_at=message.sent_at)

    def save(self) -> None:
        """Writes the rows, once the people have been written."""
        for wamid, contact in self._contacts.items():
            self._rows[wamid].conversation = contact.conversation if contact else None
        rows = [self._rows[wamid] for wamid in self._contacts]
        ghosts = [row for row in rows if not row._state.adding]
        _insert([row for row in rows if row._state.adding])
        for ghost in sorted(ghosts, key=lambda row: row.pk):
            _replace(ghost)
        if files := [self._file_of(self._rows[wamid], ref) for wamid, ref in self._media.items()]:
            Media.objects.bulk_create(files)
            wakeup.wake(wakeup.MEDIA)

    def _file_of(self, message: Message, ref: MediaRef) -> Media:
        return Media(
            message=message,
            media_id=ref.media_id,
            kind=message.kind,
            mime_type=ref.mime_type,
            sha256=ref.sha256,
            next_attempt_at=self._now,
        )


def _is_ghost_of(row: Message, message: Inbound) -> bool:
    """Whether the stored row only stood in for this message: 131060 came first under its wamid."""
    stood_in = row.kind == UNSUPPORTED and webhook_payloads.has_error(row.payload, UNAVAILABLE)
    return stood_in and message.kind != UNSUPPORTED


def _why_ignored(message: Inbound, *, ours: bool) -> str:
    return "other number" if not ours else "group" if message.group else "no sender"


def _insert(rows: list[Message]) -> None:
    """Their ids are drawn in the order received, which is the order within a second; written in that of the wamids."""
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('whatsapp_message', 'id')) FROM generate_series(1, %s)",
            [len(rows)],
        )
        for row, (pk,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = pk
    if not insert_new(sorted(rows, key=lambda row: row.wamid)):
        raise OutdatedError


def _replace(ghost: Message) -> None:
    """Puts the real message in the place of its ghost, unless somebody else has: then they waited for each other."""
    names = ("conversation", "delivery", "kind", "text", "reply_to", "payload", "state", "outcome", "danger")
    content = {name: getattr(ghost, name) for name in names}
    if not Message.objects.filter(pk=ghost.pk, kind=UNSUPPORTED).update(**content):
        raise OutdatedError


class _Echoes:
    """What staff sent from the telephone app: messages of ours that have left already."""

    def __init__(self, found: _SortedOut, directory: Directory, now: datetime) -> None:
        self.new: Counter[int] = Counter()  # by delivery
        self.erased: set[int] = set()  # deliveries
        self._now = now
        self._directory = directory
        self._sent: list[tuple[Echo, Contact]] = []
        wamids = [item.wamid for item, _, _ in found.talk if isinstance(item, Echo)]
        named = [*wamids, *map(erased_wamid, wamids)]
        known = Outbox.objects.filter(wamid__in=named).values_list("wamid", flat=True)
        self._known = set(known if wamids else ())

    def add(self, echo: Echo, delivery: InboundDelivery) -> None:
        if erased_wamid(echo.wamid) in self._known:
            self.erased.add(delivery.pk)
        elif echo.wamid not in self._known:
            self._known.add(echo.wamid)
            self._sent.append((echo, self._directory.contact_of(echo.receiver)))
            self.new[delivery.pk] += 1

    def receivers(self) -> list[Contact]:
        return [contact for _, contact in self._sent]

    def wamids(self) -> list[str]:
        return [echo.wamid for echo, _ in self._sent]

    def silence_line(self) -> None:
        """Staff have these talks from now on. Call it with the receivers' conversations locked."""
        for echo, contact in sorted(self._sent, key=lambda each: each[1].citizen.pk):
            if contact.conversation:
                begin_and_end.staff_wrote(contact.conversation, echo.sent_at or self._now)
                conversations.answered(citizen=contact.citizen, now=echo.sent_at or self._now)

    def save(self) -> None:
        sent = sorted(self._sent, key=lambda each: each[0].wamid)
        if not insert_new([self._row_of(echo, contact) for echo, contact in sent]):
            raise OutdatedError

    def _row_of(self, echo: Echo, contact: Contact) -> Outbox:
        left_at = echo.sent_at or self._now
        return Outbox(
            wamid=echo.wamid,
            conversation=contact.conversation,
            text=echo.text,
            payload=echo.raw,
            origin=Outbox.Origin.PHONE,
            state=Outbox.State.SENT,
            created_at=left_at,
            not_before=self._now,
            sent_at=left_at,
        )


def _store_other(
    other: Sequence[tuple[OtherUpdate, InboundDelivery]], now: datetime
) -> tuple[Counter[int], set[int]]:
    """Keeps all other updates; returns how many are new by delivery, and the deliveries with erased ones."""
    if not other:
        return Counter(), set()
    digests = [update.digest for update, _ in other]
    known = set(UnhandledUpdate.objects.filter(digest__in=digests).values_list("digest", flat=True))
    erased = ErasedUpdate.objects.among(digests)
    new: dict[str, UnhandledUpdate] = {}
    counted: Counter[int] = Counter()
    for update, delivery in other:
        if update.digest in known or update.digest in new or update.digest in erased:
            continue
        counted[delivery.pk] += 1
        new[update.digest] = UnhandledUpdate(
            digest=update.digest,
            delivery=delivery,
            field=update.field,
            # A bare null of the body is kept as what it is: as a plain None it would be no value at all.
            payload=Value(update.raw, JSONField()),
            received_at=now,
            error=update.error,
        )
    if not insert_new([new[digest] for digest in sorted(new)]):
        raise OutdatedError
    return counted, {delivery.pk for update, delivery in other if update.digest in erased}
