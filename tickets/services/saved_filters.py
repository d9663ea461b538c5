"""The filters of the queue that somebody keeps under a name of their own."""

from django.contrib.auth.models import User

from tickets.models import SavedFilter


def save_filter(*, user: User, name: str, query: str) -> SavedFilter:
    """Keeps the query under the name; one that the user already had under it is replaced.

    Raises ValueError for an empty name.
    """
    name = name.strip()[: SavedFilter.NAME_LENGTH]
    if not name:
        raise ValueError("a saved filter has a name")
    saved, _ = SavedFilter.objects.update_or_create(user=user, name=name, defaults={"query": query})
    return saved


def forget_filter(*, user: User, pk: int) -> None:
    """Removes one of the user's own; nothing happens to anybody else's."""
    SavedFilter.objects.filter(user=user, pk=pk).delete()
