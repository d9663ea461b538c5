"""How well the reader does on authors that it has not read, and from where on it is believed.

Thresholds are chosen on what other authors wrote: an author's own style is learned so well that anything would do on
it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from departments.danger_reader.model import LIFE, NOTHING, WORK, DangerModel
from departments.danger_reader.reader import are_sure, life_in, life_sums
from departments.danger_reader.tokenizer import words_of
from departments.training.danger_corpus import DangerExample
from departments.training.danger_training import train

FOLDS = 3
# Of what only looks like danger so much may get the kind's own sentence, and so much the calm line.
WRONGLY_SURE, WRONGLY_UNSURE, WRONGLY_WORK = 0.01, 0.03, 0.03


@dataclass(frozen=True, slots=True)
class Scored:
    """A message of an author not read, how likely it is danger, and urgent work, and how surely danger (`sum`)."""

    example: DangerExample
    life: float
    work: float
    sum: float


def thresholds_of(scored: Sequence[Scored]) -> tuple[float, float, float]:
    """From where on a message is danger, perhaps danger, urgent work."""
    harmless = [each for each in scored if each.example.head == NOTHING]
    sums = sorted((each.sum for each in harmless if each.example.near), reverse=True)
    life = sorted((each.life for each in harmless if each.example.near), reverse=True)
    work = sorted((each.work for each in harmless), reverse=True)
    return _beyond(sums, WRONGLY_SURE), _beyond(life, WRONGLY_UNSURE), _beyond(work, WRONGLY_WORK)


def leave_authors_out(
    examples: Sequence[DangerExample], always: Sequence[DangerExample] = ()
) -> Iterator[Scored]:
    """Every message, read by a model of the other authors; `always` are learned from in each."""
    authors = sorted({each.author for each in examples})
    for fold in range(FOLDS):
        left_out = set(authors[fold::FOLDS])
        model = train(
            [*(each for each in examples if each.author not in left_out), *always], (0.5, 0.5, 0.5), ""
        )
        yield from (scored(model, each) for each in examples if each.author in left_out)


def scored(model: DangerModel, example: DangerExample) -> Scored:
    """How likely the message is what, by its worst window."""
    words = words_of(example.text)
    windows = model.read(words)
    lives, works = model.places(LIFE), model.places(WORK)
    if not words:
        return Scored(example, 0.0, 0.0, 0.0)
    sums = life_sums(windows, lives, len(words))
    life = life_in(model, windows, sums, len(words))
    surely = sums[are_sure(sums, life, 0.0)].max(initial=0.0)
    work = windows.likely[:, works].sum(axis=1).max(initial=0.0)
    return Scored(example, float(life.max()), float(work), float(surely))


def share(scores: Iterable[float], threshold: float) -> float:
    """The share of the scores that reach the threshold."""
    found = [score >= threshold for score in scores]
    return sum(found) / len(found) if found else 0.0


def _beyond(falling: Sequence[float], most: float) -> float:
    """The threshold that at most this share reaches."""
    return round(falling[int(len(falling) * most)] + 0.001, 3) if falling else 1.0
