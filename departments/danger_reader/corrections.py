"""Stores what staff corrected in the reading of danger, as anonymised training data."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from departments.danger_reader.language import spoken_in
from departments.danger_reader.models import DangerCorrection
from departments.danger_reader.tokenizer import words_of
from departments.text.pseudonyms import WORD, anonymised


def level_of(danger: str, *, unsure: bool, urgent: bool) -> DangerCorrection.Level:
    """The level of a report: `danger` is the key of its kind, empty for none."""
    if unsure:
        return DangerCorrection.Level.UNSURE
    if danger:
        return DangerCorrection.Level.LIFE
    return DangerCorrection.Level.WORK if urgent else DangerCorrection.Level.NONE


def keep(correction: DangerCorrection, *, names: Iterable[str] = ()) -> None:
    """Saves a correction with its text anonymised; one without a word left is dropped."""
    correction.text = anonymised(correction.text, names)
    if WORD.search(correction.text):
        correction.save()


def as_corpus() -> Iterator[dict[str, str]]:
    """The corrections as rows of the corpus, the oldest first. Urgent work is left out: nobody says of which kind."""
    rows = DangerCorrection.objects.filter(
        level__in=(DangerCorrection.Level.LIFE, DangerCorrection.Level.NONE)
    )
    for row in rows.order_by("id"):
        near = "" if row.kind else row.said_kind
        language = spoken_in(words_of(row.text)).language
        yield {"text": row.text, "language": language, "level": row.level, "kind": row.kind, "near": near}


def forget(moments: Iterable[datetime]) -> int:
    """Deletes the corrections made at these moments (from a ticket's timeline); returns how many.

    One of another ticket at the same microsecond is deleted, too; losing it does no harm.
    """
    deleted, _ = DangerCorrection.objects.filter(at__in=moments).delete()
    return deleted
