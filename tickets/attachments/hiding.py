"""Files that show more of somebody than a report needs: hidden from all but the personal-data officer."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from tickets.access_log.models import Access
from tickets.casework.writing import append_event, locked_ticket
from tickets.record.hiding_reasons import HidingReason
from tickets.record.models.attachments import Attachment
from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import Actor, parties, require_staff
from tickets.record.workflow import ActorKind, MissingFields, NoSuchTransition, NotAllowed


def hide(*, attachment: Attachment, actor: Actor, now: datetime, reason: str) -> Attachment:
    """Hides a file that a citizen sent, and withdraws it from what is published.

    Raises NotAllowed, MissingFields without a reason, NoSuchTransition where it is hidden already or has moved.
    """
    if reason not in HidingReason.values:
        raise MissingFields({"reason": "Neden gizlendiğini seçin."})
    with locked_ticket(attachment.of_ticket, now) as row:
        require_staff(parties(actor, row.department.code if row.department else None))
        changed = row.attachments.filter(pk=attachment.pk, hidden="").update(hidden=reason, published=False)
        if not changed:
            raise NoSuchTransition("Bu dosya zaten gizli ya da başka başvuruya taşınmış.")
        data = {"attachment": attachment.pk, "hidden": reason}
        append_event(row, TicketEvent.Kind.HIDDEN, actor=actor, now=now, data=data)
    attachment.refresh_from_db()
    return attachment


def may_be_taken_back() -> QuerySet[Attachment]:
    """The pictures and documents that citizens sent and nobody has hidden."""
    files = Attachment.objects.filter(hidden="", after=False, event__actor_kind=ActorKind.CITIZEN)
    return files.exclude(kind=Attachment.Kind.AUDIO)


def take_files_back(
    *, ticket: Ticket, now: datetime, first: bool = False, every: bool = False
) -> list[Attachment]:
    """Hides the last picture or document that the citizen sent to the ticket, the `first`, or `every` one, since they
    say that it was sent by mistake; returns what was hidden.
    """
    with locked_ticket(ticket, now) as row:
        files = may_be_taken_back().filter(ticket=row).order_by("pk" if first else "-pk")
        found = list(files if every else files[:1])
        for file in found:
            file.hidden, file.published = HidingReason.MISTAKE, False
            file.save(update_fields=["hidden", "published"])
            data = {"attachment": file.pk, "hidden": file.hidden}
            append_event(row, TicketEvent.Kind.HIDDEN, actor=Actor.citizen(), now=now, data=data)
    return found


def unhide(*, attachment: Attachment, actor: Actor, now: datetime) -> Attachment:
    """Shows a hidden file again. Raises NotAllowed for all but the officer, NoSuchTransition where it is not hidden."""
    _require_officer(actor)
    with locked_ticket(attachment.of_ticket, now) as row:
        if not row.attachments.filter(pk=attachment.pk).exclude(hidden="").update(hidden=""):
            raise NoSuchTransition("Bu dosya gizli değil.")
        data = {"attachment": attachment.pk}
        append_event(row, TicketEvent.Kind.SHOWN, actor=actor, now=now, data=data)
    attachment.refresh_from_db()
    return attachment


def reveal(*, attachment: Attachment, actor: Actor, now: datetime) -> str:
    """The name of a hidden file in the private storage; that it was looked at is kept in the access log.

    Read after the entry was written and in its transaction: nothing is shown that is not written down. Raises
    NotAllowed for all but the officer, NoSuchTransition where it is not hidden or not stored.
    """
    _require_officer(actor)
    with transaction.atomic():
        Access.objects.create(
            at=now,
            what=Access.What.REVEALED,
            by=actor.user,
            reason=str(attachment),
            tickets=[attachment.of_ticket.number],
        )
        here = Attachment.objects.filter(pk=attachment.pk).exclude(hidden="")
        name = here.values_list("file", flat=True).first()
        if not name:
            raise NoSuchTransition("Bu dosya gizli değil ya da henüz alınmadı.")
    return str(name)


def _require_officer(actor: Actor) -> None:
    if not actor.keeps_personal_data:
        raise NotAllowed("Gizlenen dosyayı yalnızca KVKK görevlisi açar.")
