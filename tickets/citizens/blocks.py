"""People whom the line does not answer, until a day."""

from datetime import datetime, timedelta

from django.db import transaction

from departments.common.row_by_row import each_row
from departments.models import RowWork
from tickets.citizens.models.blocks import CitizenBlock
from tickets.record import channel
from tickets.record.models.citizen import Citizen
from tickets.record.permissions import Actor
from tickets.record.workflow import MissingFields, NoSuchTransition, NotAllowed

BLOCKED_AT_MOST = timedelta(days=365)
SET = 50  # of blocks that end, in one look


def block(*, citizen: Citizen, actor: Actor, now: datetime, reason: str, until: datetime) -> CitizenBlock:
    """The line does not answer this person until then; what they write is kept and read, danger is heard as ever.

    Raises NotAllowed for all but supervisors, MissingFields, NoSuchTransition where they are blocked already or no
    channel reaches them.
    """
    _check_may_block(actor)
    missing = {}
    if not reason.strip():
        missing["reason"] = "Neden engellendiğini yazın."
    if not now < until <= now + BLOCKED_AT_MOST:
        missing["until"] = f"Engelin bittiği günü seçin: en çok {BLOCKED_AT_MOST.days} gün."
    if missing:
        raise MissingFields(missing)
    with transaction.atomic():
        channel.channel().lock([citizen.pk])
        if CitizenBlock.objects.filter(citizen=citizen, lifted_at=None).exists():
            raise NoSuchTransition("Bu kişi zaten engelli.")
        if not channel.channel().block(citizen):
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
    _check_may_block(actor)
    with transaction.atomic():
        channel.channel().lock([citizen.pk])
        lifted = CitizenBlock.objects.filter(citizen=citizen, lifted_at=None).update(
            lifted_at=now, lifted_by=actor.user
        )
        if not channel.channel().unblock(citizen, now) and not lifted:
            raise NoSuchTransition("Bu kişi engelli değil.")


def end_blocks(*, now: datetime) -> None:
    """Lifts the blocks whose time is over, each in a transaction of its own."""
    over = CitizenBlock.objects.filter(lifted_at=None, until__lte=now).order_by("until", "pk")

    def end(row: CitizenBlock) -> None:
        channel.channel().lock([row.citizen_id])
        if CitizenBlock.objects.filter(pk=row.pk, lifted_at=None).update(lifted_at=now):
            channel.channel().unblock(row.citizen, now)

    rows = {row.pk: row for row in over.select_related("citizen")}
    each_row(RowWork.BLOCKS, rows, lambda key: end(rows[key]), now=now, most=SET)


def _check_may_block(actor: Actor) -> None:
    if not actor.blocks_citizens:
        raise NotAllowed("Kişiyi çağrı merkezi sorumlusu engeller.")
