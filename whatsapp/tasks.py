"""What a ring or the beat sets going. Each task looks at the rows until nothing is left to do."""

from celery import shared_task
from django.utils import timezone

from tickets import services
from whatsapp import dialogue, doorbell, inbox, media, outbox, relay


@shared_task(name=doorbell.INBOX)
def work_inbox() -> None:
    """Deliveries first, so that a citizen is answered to all that arrived; then the turns that are due."""
    while inbox.take_in(timezone.now()):
        pass
    doorbell.ring_at(doorbell.INBOX, dialogue.work(timezone.now))
    doorbell.ring(doorbell.OUTBOX, doorbell.MEDIA)


@shared_task(name=doorbell.OUTBOX)
def work_outbox() -> None:
    """News first, then everything that may leave."""
    relay.work(timezone.now())
    doorbell.ring_at(doorbell.OUTBOX, outbox.work(timezone.now))


@shared_task(name=doorbell.MEDIA, time_limit=media.TASK_SECONDS)
def work_media() -> None:
    """Fetches the files whose time has come, for at most one task's time."""
    doorbell.ring_at(doorbell.MEDIA, media.work(timezone.now))


@shared_task(name="tickets.close_settled")
def close_settled() -> None:
    """Closes what nobody objected to for seven days."""
    services.close_settled(now=timezone.now())
