"""The views of the queue that somebody keeps under a name: their own, or shared with the whole office."""

from datetime import datetime
from urllib.parse import parse_qs

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from tickets.back_office.models.saved_filters import SavedFilter
from tickets.record.permissions import Actor
from tickets.record.workflow import MissingFields, NotAllowed, TransitionError


def filters_of(user: User) -> QuerySet[SavedFilter]:
    """Those that the user sees: their own and the shared ones, by name."""
    return SavedFilter.objects.filter(Q(user=user) | Q(shared=True)).order_by("name", "pk")


def save_filter(
    *,
    actor: Actor,
    now: datetime,  # noqa: ARG001 - as of every act
    name: str,
    query: str,
    shared: bool = False,
) -> SavedFilter:
    """Keeps the query under the name; one that the user already had under it is replaced. A `shared` one of a
    supervisor everybody sees.

    Raises MissingFields for an empty name, NotAllowed where somebody else would share one, or what is searched would be
    shared, which may name somebody, TransitionError for a query that is too long to keep.
    """
    name = name.strip()[: SavedFilter.NAME_LENGTH]
    if not name:
        raise MissingFields({"name": "Görünüme bir ad verin."})
    if shared and not actor.sees_everything:
        raise NotAllowed("Herkese açık görünümü çağrı merkezi sorumlusu kaydeder. Kendiniz için kaydedin.")
    if len(query) > SavedFilter.QUERY_LENGTH:
        raise TransitionError("Bu görünümün süzgeçleri saklanamayacak kadar uzun. Seçtiklerinizi azaltın.")
    if shared and parse_qs(query.removeprefix("?")).get("q"):
        raise NotAllowed(
            "Arama metni olan görünüm paylaşılmaz: kişi adı olabilir. Arama kutusunu boşaltıp kaydedin."
        )
    facts = {"query": query, "shared": shared}
    saved, _ = SavedFilter.objects.update_or_create(user=actor.user, name=name, defaults=facts)
    return saved


def may_forget(saved: SavedFilter, actor: Actor) -> bool:
    """Whoever saved it, and of a shared one every supervisor: whoever shared it may have left."""
    mine = actor.user is not None and saved.user_id == actor.user.pk
    return mine or (saved.shared and actor.sees_everything)


def forget_filter(*, actor: Actor, now: datetime, pk: int) -> None:  # noqa: ARG001 - as of every act
    """Removes one that the actor may remove; nothing happens to any other."""
    saved = SavedFilter.objects.filter(pk=pk).first()
    if saved is not None and may_forget(saved, actor):
        saved.delete()
