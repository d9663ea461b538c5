"""What somebody is writing to a citizen, kept so that they find it on another device, and that others know of it."""

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import Q

from tickets.answering.models.replies import ReplyDraft
from tickets.answering.reply_lengths import REPLY_LENGTH
from tickets.record.models.citizen import Citizen

WRITING_FOR = timedelta(seconds=30)  # since the last letter


def save_draft(*, user: User, citizen: Citizen, text: str, now: datetime) -> None:
    """Keeps what the user has typed to the citizen so far; nothing typed is no draft."""
    if not text.strip():
        forget_draft(user=user, citizen=citizen)
        return
    ReplyDraft.objects.update_or_create(
        user=user, citizen=citizen, defaults={"text": text[:REPLY_LENGTH], "updated_at": now}
    )


def forget_draft(*, user: User | None, citizen: Citizen) -> None:
    """The user has sent what they were writing, or thrown it away."""
    ReplyDraft.objects.filter(user=user, citizen=citizen).delete()


def drafts_to(
    citizen: Citizen | int | None, now: datetime, *, user: User
) -> tuple[ReplyDraft | None, list[User]]:
    """What the user has typed to the citizen, and who else is writing to them at this moment."""
    recent = Q(user=user) | Q(updated_at__gt=now - WRITING_FOR)
    rows = ReplyDraft.objects.filter(recent, citizen=citizen).select_related("user").order_by("updated_at")
    own = [row for row in rows if row.user_id == user.pk]
    return (own[0] if own else None), [row.user for row in rows if row.user_id != user.pk]
