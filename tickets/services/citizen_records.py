"""What staff keep of a person beside tickets: notes with a purpose, and that the line does not answer them."""

from datetime import datetime, timedelta

from django.db import transaction

from tickets import ports
from tickets.models import Citizen, CitizenBlock, CitizenNote
from tickets.permissions import Actor, visible_citizens
from tickets.workflow import MissingFields, NoSuchTransition, NotAllowed

BLOCKED_AT_MOST = timedelta(days=365)
SET = 50  # of blocks that end, in one look


def note_citizen(*, citizen: Citizen, actor: Actor, now: datetime, text: str, purpose: str) -> CitizenNote:
    """Keeps a note about a person, for that purpose. Raises MissingFields, NotAllowed, NoSuchTransition for an erased
    one.
    """
    _check_seen(citizen, actor)
    if not text.strip():
        raise MissingFields({"text": "Notu yazın."})
    if purpose not in CitizenNote.Purpose.values:
        raise MissingFields({"purpose": "Notun ne için tutulduğunu seçin."})
    assert actor.user is not None  # noqa: S101 - whoever sees people is somebody
    with transaction.atomic():
        # Whoever is erased meanwhile is erased after it, with the note.
        row = Citizen.objects.select_for_update(no_key=True).get(pk=citizen.pk)
        if row.forgotten_at is not None:
            raise NoSuchTransition("Bu kişinin verileri silindi: not tutulmaz.")
        return CitizenNote.objects.create(
            citizen=row, text=text.strip()[: CitizenNote.LENGTH], purpose=purpose, by=actor.user, at=now
        )


def delete_note(*, note: CitizenNote, actor: Actor, now: datetime) -> None:  # noqa: ARG001 - acts have a time
    """Its author and supervisors may. Raises NotAllowed."""
    with transaction.atomic():
        # Whoever is erased meanwhile is erased after it, with the copy of the note that the act keeps.
        Citizen.objects.select_for_update(no_key=True).get(pk=note.citizen_id)
        _check_seen(note.citizen, actor)
        if not actor.sees_everything and note.by != actor.user:
            raise NotAllowed("Notu yazan ya da çağrı merkezi sorumlusu siler.")
        note.delete()


def block(*, citizen: Citizen, actor: Actor, now: datetime, reason: str, until: datetime) -> CitizenBlock:
    """The line does not answer this person until then; what they write is kept and read, danger is heard as ever.

    Raises NotAllowed for all but supervisors, MissingFields, NoSuchTransition where they are blocked already or no
    channel reaches them.
    """
    _check_supervisor(actor)
    missing = {}
    if not reason.strip():
        missing["reason"] = "Neden engellendiğini yazın."
    if not now < until <= now + BLOCKED_AT_MOST:
        missing["until"] = f"Engelin bittiği günü seçin: en çok {BLOCKED_AT_MOST.days} gün."
    if missing:
        raise MissingFields(missing)
    with transaction.atomic():
        ports.channel().lock([citizen.pk])
        if CitizenBlock.objects.filter(citizen=citizen, lifted_at=None).exists():
            raise NoSuchTransition("Bu kişi zaten engelli.")
        if not ports.channel().block(citizen):
            raise NoSuchTransition("Bu kişi WhatsApp’tan yazmamış: engellenecek bir konuşması yok.")
        assert actor.user is not None  # noqa: S101 - a supervisor is somebody
        return CitizenBlock.objects.create(
            citizen=citizen,
            reason=reason.strip()[: CitizenBlock.REASON_LENGTH],
            since=now,
            until=until,
            by=actor.user,
        )


def lift_block(*, citizen: Citizen, actor: Actor, now: datetime) -> None:
    """The line answers what is written from now on. Raises NotAllowed, NoSuchTransition."""
    _check_supervisor(actor)
    with transaction.atomic():
        ports.channel().lock([citizen.pk])
        lifted = CitizenBlock.objects.filter(citizen=citizen, lifted_at=None).update(
            lifted_at=now, lifted_by=actor.user
        )
        if not ports.channel().unblock(citizen, now) and not lifted:
            raise NoSuchTransition("Bu kişi engelli değil.")


def end_blocks(*, now: datetime) -> None:
    """Lifts the blocks whose time is over, each in a transaction of its own."""
    over = CitizenBlock.objects.filter(lifted_at=None, until__lte=now).order_by("until", "pk")
    for row in over.select_related("citizen")[:SET]:
        with transaction.atomic():
            ports.channel().lock([row.citizen_id])
            if CitizenBlock.objects.filter(pk=row.pk, lifted_at=None).update(lifted_at=now):
                ports.channel().unblock(row.citizen, now)


def _check_seen(citizen: Citizen, actor: Actor) -> None:
    if not actor.is_call_centre or not visible_citizens(actor).filter(pk=citizen.pk).exists():
        raise NotAllowed("Kişi notlarını çağrı merkezi tutar.")


def _check_supervisor(actor: Actor) -> None:
    if not actor.sees_everything:
        raise NotAllowed("Kişiyi çağrı merkezi sorumlusu engeller.")
