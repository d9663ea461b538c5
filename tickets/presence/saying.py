"""What somebody says of themselves: here, on a break, gone. By the computer's clock, as sessions are counted."""

from datetime import UTC, datetime

from django.contrib.auth.models import User

from tickets.presence.models.presence import Presence


def set_availability(*, user: User, state: Presence.State) -> Presence:
    """Keeps it, and since when: saying the same again starts no new break."""
    row, new = Presence.objects.get_or_create(
        user=user, defaults={"state": state, "since": datetime.now(UTC)}
    )
    if not new and row.state != state:
        row.state, row.since = state, datetime.now(UTC)
        row.save(update_fields=["state", "since"])
    return row
