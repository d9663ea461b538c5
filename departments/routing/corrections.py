"""What staff corrected, kept to learn from and stripped of whoever wrote it."""

from collections.abc import Iterable
from datetime import datetime

from departments.models import Correction
from departments.text.pseudonyms import WORD, anonymised


def keep(correction: Correction, *, names: Iterable[str] = ()) -> None:
    """Save a correction, its text anonymised; one without a word left, or of a restricted category, is not kept.

    Restricted categories hold special categories of personal data (KVKK art. 6), which no masking makes harmless.
    """
    correction.text = anonymised(correction.text, names)
    if WORD.search(correction.text) and not correction.category.restricted:
        correction.save()


def forget(moments: Iterable[datetime]) -> int:
    """Deletes what was corrected at these moments, which the timeline of the request knows; returns how many.

    A correction holds no link to its request. One of another request at the same microsecond goes along: it teaches
    nothing that others do not.
    """
    deleted, _ = Correction.objects.filter(at__in=moments).delete()
    return deleted
