"""What staff note of a person beside tickets, each for a purpose."""

from datetime import datetime

from django.db import transaction

from tickets.citizens.models.notes import CitizenNote
from tickets.record.models.citizen import Citizen
from tickets.record.permissions import Actor, visible_citizens
from tickets.record.workflow import MissingFields, NoSuchTransition, NotAllowed


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


def _check_seen(citizen: Citizen, actor: Actor) -> None:
    if not actor.is_call_centre or not visible_citizens(actor).filter(pk=citizen.pk).exists():
        raise NotAllowed("Kişi notlarını çağrı merkezi tutar.")
