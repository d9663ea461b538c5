"""Requests about personal data: kept for the officer, closed with what came of them, never a ticket."""

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from departments.models import Role
from departments.text.pseudonyms import nameless
from tickets.notifications.models import Notification
from tickets.privacy.models.data_requests import PersonalDataRequest
from tickets.privacy.models.destruction import Destruction
from tickets.record.legal_limits import DATA_REQUEST
from tickets.record.models.citizen import Citizen
from tickets.record.permissions import Actor
from tickets.record.workflow import MissingFields, NoSuchTransition, NotAllowed

WORDS_LENGTH = 4000  # kept of one request, however often its citizen writes


def waits_for_officer(*, citizen: Citizen) -> bool:
    """Whether a request of the citizen's is not answered yet."""
    return PersonalDataRequest.objects.filter(citizen=citizen, closed_at=None).exists()


def ask_officer(*, citizen: Citizen, kind: str, words: str, now: datetime) -> PersonalDataRequest:
    """Keeps what a citizen asks about their data; while one request is open, the words join it.

    Call it under the lock of their talk: two at once would both be the first.
    """
    waiting = PersonalDataRequest.objects.select_for_update(of=("self",)).filter(
        citizen=citizen, closed_at=None
    )
    known = waiting.first()  # not one that is being closed at this moment
    if known is not None:
        if words.strip() not in known.words:
            known.words = f"{known.words}\n{words.strip()}"[:WORDS_LENGTH]
        if kind == PersonalDataRequest.Kind.ERASE:  # the farthest that can be asked for
            known.kind = PersonalDataRequest.Kind.ERASE
        known.save(update_fields=["words", "kind"])
        return known
    asked = PersonalDataRequest.objects.create(
        citizen=citizen,
        kind=PersonalDataRequest.Kind(kind),
        words=words.strip()[:WORDS_LENGTH],
        asked_at=now,
        due_at=now + DATA_REQUEST,
    )
    Notification.objects.bulk_create(
        Notification(user=user, kind=Notification.Kind.DATA, data_request=asked, at=now)
        for user in _officers()
    )
    return asked


def close_request(
    *, data_request: PersonalDataRequest, actor: Actor, now: datetime, outcome: str, note: str = ""
) -> PersonalDataRequest:
    """Closes a request with what came of it. Raises NotAllowed, MissingFields without an outcome, NoSuchTransition
    where it is closed already.
    """
    if not actor.keeps_personal_data:
        raise NotAllowed("Kişisel veri taleplerini KVKK görevlisi kapatır.")
    if outcome not in PersonalDataRequest.Outcome.values:
        raise MissingFields({"outcome": "Talebin sonucunu seçin."})
    with transaction.atomic():
        row = PersonalDataRequest.objects.select_for_update(of=("self",)).get(pk=data_request.pk)
        if row.closed_at is not None:
            raise NoSuchTransition("Bu talep zaten kapatılmış.")
        name = row.citizen.name if row.citizen else None
        row.closed_at, row.closed_by, row.outcome = now, actor.user, outcome
        row.note = nameless(note.strip(), [name] if name else [])[:300]
        row.save(update_fields=["closed_at", "closed_by", "outcome", "note"])
        row.notifications.filter(seen_at=None).update(seen_at=now)
    return row


def forget_requests(people: Collection[int]) -> None:
    """Takes the citizens and their words from their requests; when and how each was answered stays."""
    PersonalDataRequest.objects.filter(citizen__in=people).update(citizen=None, words="", note="")


def open_requests(people: Collection[int]) -> list[int]:
    """The keys of the requests of these people that wait for an answer."""
    waiting = PersonalDataRequest.objects.filter(citizen__in=people, closed_at=None)
    return list(waiting.values_list("pk", flat=True))


def close_erased(keys: Collection[int], entry: Destruction) -> None:
    """Closes the requests of people who were erased; the note names the entry of the destruction log."""
    PersonalDataRequest.objects.filter(pk__in=keys).update(
        closed_at=entry.at,
        closed_by=entry.by,
        outcome=PersonalDataRequest.Outcome.ERASED,
        note=f"İmha kaydı no {entry.pk}",
    )


def _officers() -> list[User]:
    """The personal-data officers; the administrators where there is none."""
    active = User.objects.filter(is_active=True)
    officers = list(active.filter(memberships__role=Role.DPO).distinct())
    return officers or list(active.filter(is_superuser=True))
