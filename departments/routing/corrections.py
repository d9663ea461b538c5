"""Stores staff's corrections of the router as anonymised training data."""

from collections.abc import Iterable
from datetime import datetime

from departments.routing.models import Correction
from departments.text.pseudonyms import WORD, anonymised


def keep(correction: Correction, *, names: Iterable[str] = ()) -> None:
    """Saves a correction with its text anonymised; one without a word left, or of a restricted category, is dropped.

    Restricted categories hold special categories of personal data (KVKK art. 6), which no masking makes harmless.
    """
    correction.text = anonymised(correction.text, names)
    if WORD.search(correction.text) and not correction.category.restricted:
        correction.save()


def forget(moments: Iterable[datetime]) -> int:
    """Deletes the corrections made at these moments (from a ticket's timeline); returns how many.

    A correction has no link to its ticket, so one of another ticket at the same microsecond is deleted too; losing it
    does no harm.
    """
    deleted, _ = Correction.objects.filter(at__in=moments).delete()
    return deleted
