"""The problems that one message tells of, each with what the router makes of it."""

import re

from departments import reference
from departments.models import PlaceNeed
from departments.organisation.agency_codes import OURS
from departments.routing.route import FRONT_DESK, Suggestion, route
from whatsapp.turns.events import words_beside_place

CLEARLY = 0.8  # a part of a message is of a department
# Where one problem ends and the next begins; a sentence is looked at when it is long enough to name one.
_SENTENCES = re.compile(r"[.!?;\n]+|\b(?:ayrıca|bir de|birde|also)\b", re.IGNORECASE)
_SENTENCE_WORDS = 4
# In a short message what stands beside a word that adds something is another problem in a few words.
_ENDS = re.compile(r"[.!?;\n]+")
_ADDED = re.compile(
    r"\b(?:ayrıca|bir de|birde|bi de|bide|hem de|hemde|hem|üstelik|artı|also)\b", re.IGNORECASE
)
_ADDED_WORDS = 2
MOST_PARTS = 20  # are looked at, the first of a report: each costs what a message does
SHORT = 25  # in a longer one much is told around a problem that looks like another


def holds_several(text: str) -> bool:
    """Whether parts of a report are for different departments."""
    return len({each.department for each in _parts(text, _SENTENCES, _SENTENCE_WORDS)}) > 1


def ours_and_others(text: str) -> tuple[Suggestion | None, list[Suggestion]]:
    """What a short report tells of that is surely the municipality's, at some place, and what beside it is clearly
    another body's; nothing where it does not tell of both.
    """
    if len(text.split()) > SHORT:
        return None, []
    told = [each for sentence in _ENDS.split(text) for each in _parts(sentence, _ADDED, _ADDED_WORDS)]
    ours = next((each for each in told if each.jurisdiction == OURS and _is_sure(each)), None)
    others = [each for each in told if each.jurisdiction != OURS]
    return (ours, others) if ours and others else (None, [])


def _is_sure(each: Suggestion) -> bool:
    category = reference.category(each.category)
    return each.sure and category is not None and category.place == PlaceNeed.REQUIRED


def _parts(text: str, between: re.Pattern[str], least: int) -> list[Suggestion]:
    """What the parts of a report clearly are, in their order; none where it has but one, MOST_PARTS at most. What the
    front desk answers is no problem beside the other.
    """
    parts = [part for part in between.split(text) if len(part.split()) >= least and words_beside_place(part)]
    if len(parts) < 2:
        return []
    routed = [route(part) for part in parts[:MOST_PARTS]]
    real = [each for each in routed if each.department != FRONT_DESK or each.jurisdiction != OURS]
    return [each for each in real if each.confidence >= CLEARLY and not (each.talk or each.asks)]
