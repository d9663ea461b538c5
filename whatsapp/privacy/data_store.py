"""Retention and erasure of personal data in WhatsApp's rows (tickets/record/channel.py, docs/decisions/0015).

Messages, inbound and outbound, are erased in place, since the channel's statistics count them; an erased one has an
empty payload. All other rows are deleted. A wamid encodes the person's number, so with the text it becomes a hash, by
which the message is known when Meta delivers it again; of other updates their digests are kept for that (ErasedUpdate).
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Model, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce, Concat
from typing_extensions import override

from tickets.record.personal_data_store import DataStore, PersonalDataExport, RetentionRule, ShownText
from tickets.record.phone_numbers import e164
from whatsapp.conversations.models.conversations import Conversation
from whatsapp.conversations.models.deliveries import InboundDelivery, UnhandledUpdate
from whatsapp.conversations.models.erased import ERASED as MARK
from whatsapp.conversations.models.erased import ErasedUpdate, ErasedWamid
from whatsapp.conversations.models.identities import Identity
from whatsapp.conversations.models.messages import Media, Message
from whatsapp.outbox import statuses
from whatsapp.outbox.models.outbox import AnnouncementFailure, Outbox, StatusUpdate
from whatsapp.outbox.models.read_receipts import ReadReceipt
from whatsapp.privacy import subject_access
from whatsapp.texts import privacy_notices
from whatsapp.texts.models.privacy_notices import ShownNotice

LEAVING = (Outbox.State.HELD, Outbox.State.QUEUED, Outbox.State.SENDING)
ERASED = Q(payload={})
# Of a message that left without our hearing its wamid, what Meta brings back of it would set one.
_NO_WAMID = ErasedWamid(Coalesce("wamid", Concat(Value("outbox:"), Cast("pk", TextField()))))
_EMPTY = {"payload": Value({}, Message._meta.get_field("payload")), "error": ""}


class WhatsAppDataStore(DataStore):
    @override
    def named(self, phone: str, /) -> list[int]:
        numbers = Identity.objects.filter(kind=Identity.Kind.WA_ID, retired_at=None)
        found = numbers.filter(value__in=[phone, phone.lstrip("+")])
        return sorted({row.citizen_id for row in found if e164(row.value) == phone})

    @override
    def export(self, citizen: int, /) -> PersonalDataExport:
        return subject_access.export_of(citizen)

    @override
    def lock(self, people: Collection[int], /) -> None:
        _lock(people)

    @override
    def busy(self, people: Collection[int], /) -> str:
        if InboundDelivery.objects.unread_with(_names(people)):
            return "Bu kişiden gelen bir mesaj şu anda alınıyor. Birkaç saniye sonra yeniden deneyin."
        if Outbox.objects.filter(conversation__citizen__in=people, state=Outbox.State.SENDING).exists():
            return "Bu kişiye giden bir mesaj şu anda gönderiliyor. Bir dakika sonra yeniden deneyin."
        return ""

    @override
    def talked_since(self, moment: datetime, /) -> QuerySet[Any]:
        inbound = Message.objects.filter(received_at__gte=moment).values("conversation")
        outbound = Outbox.objects.filter(created_at__gte=moment).values("conversation")
        return Conversation.objects.filter(Q(pk__in=inbound) | Q(pk__in=outbound)).values("citizen")

    @override
    def retention_rules(
        self, limits: Mapping[str, datetime], on_hold: Collection[int], /
    ) -> list[RetentionRule]:
        kept = Q(conversation__citizen__in=on_hold)
        arrived = Q(received_at__lt=limits["raw"])
        sent = Outbox.objects.filter(created_at__lt=limits["outbox"]).exclude(kept | Q(state__in=LEAVING))
        inbound = Message.objects.filter(received_at__lt=limits["chatter"], ticket=None).exclude(kept)
        outbound = Outbox.objects.filter(created_at__lt=limits["chatter"], ticket=None, event=None)
        outbound = outbound.exclude(kept | Q(state__in=LEAVING))
        statuses = StatusUpdate.objects.filter(arrived).exclude(pk__in=_statuses_of(on_hold).values("pk"))
        return [
            RetentionRule(
                "raw", "webhook gövdesi", _processed_bodies(arrived, on_hold), _deletes(InboundDelivery)
            ),
            RetentionRule("raw", "durum bildirimi", statuses, _deletes(StatusUpdate)),
            RetentionRule(
                "raw", "hesap bildirimi", _unhandled_updates(arrived, on_hold), _deletes(UnhandledUpdate)
            ),
            RetentionRule("outbox", "giden mesajın ham biçimi", sent.filter(~ERASED), _erase_raw_outbound),
            RetentionRule(
                "chatter",
                "gelen mesaj",
                inbound.filter(~ERASED).exclude(state=Message.State.NEW),
                lambda keys, _now: _erase_inbound(Message.objects.filter(pk__in=keys)),
            ),
            RetentionRule(
                "chatter",
                "giden mesaj",
                outbound.filter(~Q(text="")),
                lambda keys, _now: _erase_outbound(Outbox.objects.filter(pk__in=keys)),
            ),
        ]

    @override
    def detach_files(self, attachments: Collection[int], /) -> list[str]:
        return _drop(Media.objects.filter(attachment__in=attachments))

    @override
    def forget_tickets(self, tickets: Collection[int], /) -> list[str]:
        about = Q(ticket__in=tickets)
        AnnouncementFailure.objects.filter(event__ticket__in=tickets).delete()
        _erase_outbound(Outbox.objects.filter(about | Q(event__ticket__in=tickets)))
        return _erase_inbound(Message.objects.filter(about))

    @override
    def forget_people(self, people: Collection[int], /) -> list[str]:
        talks = _lock(people)
        names = _names(people)
        _delete_raw(talks, names)
        Identity.objects.filter(citizen__in=people).delete()
        ReadReceipt.objects.filter(conversation__in=talks).delete()
        ShownNotice.objects.filter(conversation__in=talks).delete()
        _erase_outbound(Outbox.objects.filter(conversation__in=talks))
        strangers = _mentioning(Message.objects.filter(conversation=None), names)
        keys = list(strangers.values_list("pk", flat=True))
        files = _erase_inbound(Message.objects.filter(Q(conversation__in=talks) | Q(pk__in=keys)))
        for talk in talks:
            Conversation(pk=talk.pk, citizen_id=talk.citizen_id).save(
                force_update=True
            )  # all of it begins anew
        return files

    @override
    def notices(self, citizen: int, /) -> list[ShownText]:
        return privacy_notices.shown_to(citizen)

    @override
    def files(self, folder: str, /) -> set[str]:
        rows = Media.objects.filter(Q(name__startswith=folder) | Q(thumbnail__startswith=folder))
        return {name for pair in rows.values_list("name", "thumbnail") for name in pair}


def _lock(people: Collection[int]) -> list[Conversation]:
    """Locks their talks, then their messages and the files of these; returns the talks."""
    talks = list(Conversation.objects.select_for_update().filter(citizen__in=people).order_by("pk"))
    messages = Message.objects.filter(conversation__in=talks)
    for rows in (messages, Media.objects.filter(message__in=messages)):
        list(rows.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    return talks


def _names(people: Collection[int]) -> list[str]:
    """The people's current identifiers, as in webhook bodies; retired ones may belong to somebody else by now."""
    return list(Identity.objects.filter(citizen__in=people, retired_at=None).values_list("value", flat=True))


def _bodies_about(people: Collection[int]) -> Q:
    """Deliveries with messages or statuses of these people, or with their identifiers."""
    inbound = Message.objects.filter(conversation__citizen__in=people).values("delivery")
    reported = _statuses_of(people).values("delivery")
    return Q(pk__in=inbound) | Q(pk__in=reported) | Q(names__overlap=_names(people))


def _statuses_of(people: Collection[int]) -> QuerySet[StatusUpdate]:
    """Delivery statuses of messages to these people, also of messages that are not in our outbox."""
    known = Q(outbox__conversation__citizen__in=people)
    return StatusUpdate.objects.filter(known | Q(payload__recipient_id__in=_names(people)))


def _processed_bodies(arrived: Q, on_hold: Collection[int]) -> QuerySet[InboundDelivery]:
    bodies = InboundDelivery.objects.filter(arrived).exclude(state=InboundDelivery.State.NEW)
    return (
        bodies.exclude(pk__in=InboundDelivery.objects.filter(_bodies_about(on_hold)).values("pk"))
        if on_hold
        else bodies
    )


def _unhandled_updates(arrived: Q, on_hold: Collection[int]) -> QuerySet[UnhandledUpdate]:
    rows = UnhandledUpdate.objects.filter(arrived)
    return rows.exclude(
        pk__in=_mentioning(UnhandledUpdate.objects.filter(arrived), _names(on_hold)).values("pk")
    )


def _mentioning(rows: Any, names: Collection[str]) -> Any:
    """The rows with one of the names as a whole value in their JSON."""
    quoted = Q(pk__in=[])
    for name in names:
        quoted |= Q(raw__contains=f'"{name}"')
    return rows.annotate(raw=Cast("payload", TextField())).filter(quoted)


def _delete_raw(talks: Collection[Conversation], names: list[str]) -> None:
    ours = Outbox.objects.filter(conversation__in=talks)
    callbacks = [statuses.callback_of(row) for row in ours.only("pk", "as_template")]
    people = [talk.citizen_id for talk in talks]
    bodies = InboundDelivery.objects.exclude(state=InboundDelivery.State.NEW)
    named = _bodies_about(people) | Q(names__overlap=[*names, *callbacks])
    keys = set(bodies.filter(named).values_list("pk", flat=True))
    keys -= InboundDelivery.objects.keep_others(keys, [*names, *callbacks])
    told = StatusUpdate.objects.filter(pk__in=list(_statuses_of(people).values_list("pk", flat=True)))
    other = UnhandledUpdate.objects.filter(
        pk__in=list(_mentioning(UnhandledUpdate.objects.all(), names).values_list("pk", flat=True))
    )
    for rows in (told, other):
        ErasedUpdate.objects.remember(rows.values_list("digest", flat=True))
        rows.delete()
    InboundDelivery.objects.filter(pk__in=keys).delete()


def _deletes(table: type[Model]) -> Any:
    def delete(keys: list[int], _now: datetime) -> list[str]:
        table._default_manager.filter(pk__in=keys).delete()
        return []

    return delete


def _erase_raw_outbound(keys: list[int], _now: datetime) -> list[str]:
    """Erases the JSON of sent messages; their texts stay until the ticket is erased."""
    Outbox.objects.filter(pk__in=keys).update(template=None, wamid=_NO_WAMID, **_EMPTY)
    return []


def _erase_outbound(rows: QuerySet[Outbox]) -> list[str]:
    """Erases the texts of outbound messages and withdraws pending ones; state and times stay."""
    keys = list(rows.values_list("pk", flat=True))
    mine = Outbox.objects.filter(pk__in=keys)
    mine.filter(state__in=LEAVING).update(state=Outbox.State.WITHDRAWN)
    StatusUpdate.objects.filter(outbox__in=keys).delete()
    mine.exclude(wamid__startswith=MARK).update(wamid=_NO_WAMID)
    mine.update(text="", template=None, ticket=None, event=None, photo=None, **_EMPTY)
    return []


def _erase_inbound(rows: QuerySet[Message]) -> list[str]:
    """Erases texts and files of inbound messages; times and state stay. Returns the files."""
    keys = list(rows.values_list("pk", flat=True))
    mine = Message.objects.filter(pk__in=keys)
    files = _drop(Media.objects.filter(message__in=keys))
    mine.filter(state=Message.State.NEW).update(state=Message.State.IGNORED)
    mine.exclude(wamid__startswith=MARK).update(wamid=ErasedWamid("wamid"))
    mine.update(text="", reply_to="", ticket=None, **_EMPTY)
    return files


def _drop(media: QuerySet[Media]) -> list[str]:
    names = [name for pair in media.values_list("name", "thumbnail") for name in pair if name]
    media.delete()
    return names
