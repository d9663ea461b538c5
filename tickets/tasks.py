"""What the record's own clock sets going."""

from celery import shared_task
from django.utils import timezone

from tickets import services


@shared_task(name="tickets.watch_clocks")
def watch_clocks() -> None:
    """Records what was missed, then mails what the heads are to know."""
    services.watch_clocks(now=timezone.now())
    services.mail_notices(now=timezone.now())
