"""Faces and plates made unrecognisable in a photo; what the citizen sent is kept for the few who may see it."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from tickets.attachments.file_deletion import schedule_deletion
from tickets.casework.writing import append_event, locked_ticket
from tickets.files import images
from tickets.files.images import Region
from tickets.record.models.attachments import Attachment
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import Actor, parties, require_staff
from tickets.record.workflow import MissingFields, NoSuchTransition, NotAllowed


def blur(*, attachment: Attachment, actor: Actor, now: datetime, regions: Sequence[Region]) -> Attachment:
    """Blurs the regions in the photo that everybody sees; the first time the one that was sent is put aside.

    Raises NotAllowed, Missing without a region, NoSuchTransition for what is no stored photo, or a hidden one.
    """
    if not regions:
        raise MissingFields({"regions": "Fotoğrafta gizlenecek yerleri çizin."})
    if attachment.kind != Attachment.Kind.IMAGE or not attachment.file or attachment.hidden:
        raise NoSuchTransition("Yalnızca alınmış fotoğraflar bulanıklaştırılır.")
    ticket = attachment.of_ticket
    require_staff(parties(actor, ticket.department.code if ticket.department else None))
    try:
        with attachment.file.open() as file:  # decoded outside of every lock
            photo = images.blurred(file, regions)
    except (images.BadPhotoError, images.DecoderDiedError) as error:
        raise NoSuchTransition("Fotoğraf şu anda işlenemedi. Biraz sonra yeniden deneyin.") from error
    stored = images.keep(photo, now)
    with locked_ticket(ticket, now) as row:
        here = Attachment.objects.select_for_update(no_key=True).filter(pk=attachment.pk, ticket=row)
        fresh = here.first()
        if fresh is None or fresh.file.name != attachment.file.name:
            raise NoSuchTransition(
                "Fotoğrafı az önce başka biri değiştirdi. Sayfayı yenileyip yeniden deneyin."
            )
        if fresh.original:  # what was blurred too little goes; the one that was sent is kept
            schedule_deletion([str(fresh.file.name), str(fresh.thumbnail.name)], now)
        fresh.original.name = fresh.original.name or fresh.file.name
        fresh.file.name, fresh.thumbnail.name, fresh.size = stored.name, stored.thumbnail, stored.size
        fresh.save(update_fields=["original", "file", "thumbnail", "size"])
        data = {"attachment": fresh.pk, "regions": len(regions)}
        append_event(row, TicketEvent.Kind.BLURRED, actor=actor, now=now, data=data)
    return fresh


def disclose(*, attachment: Attachment, actor: Actor, now: datetime) -> str:
    """The name of the photo as it was sent, in the private storage; that it was looked at is kept on the timeline.

    Read after the entry was written and in its transaction: nothing is shown that is not written down. Raises
    NotAllowed, and NoSuchTransition where nothing was blurred.
    """
    if not actor.sees_originals:
        raise NotAllowed("Fotoğrafın aslını yalnızca çağrı merkezi sorumlusu ve KVKK görevlisi açar.")
    data = {"attachment": attachment.pk}
    with transaction.atomic():
        append_event(attachment.of_ticket, TicketEvent.Kind.DISCLOSED, actor=actor, now=now, data=data)
        here = Attachment.objects.filter(pk=attachment.pk, hidden="")
        original = here.values_list("original", flat=True).first()
        if not original:
            raise NoSuchTransition("Bu fotoğrafta bulanıklaştırılmış yer yok.")
    return str(original)
