"""Learning the model: ridge regression of every head on the features, solved in closed form.

With a few thousand messages the matrix of their likenesses is small: one inverse gives all heads at once, and with them
what each message would score had it been left out. Sharpness and the threshold of urgency are chosen on those scores,
so no message is spent on choosing them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
import numpy.typing as npt

from departments.base_data import OURS
from departments.routing.corpus import Example, digest
from departments.routing.danger import danger_in
from departments.routing.features import COUNTED, Feature, family, features
from departments.routing.model import Floats, Model, ModelMetadata, probabilities, vector
from departments.routing.ticket_numbers import ticket_number_in
from departments.text.vocabulary import tokens, vocabulary

RECIPE = 4
SEEN_AT_LEAST = 2  # what one person wrote once stays out: it teaches nothing, and it might name somebody
RIDGE = 1.0
BIAS = 0.05
COMMON = 32  # from so many messages on, a column is quicker worked on in full
COLUMNS_AT_A_TIME = 4096
SHARPNESS = (4.0, 6.0, 8.0, 10.0, 12.0, 15.0, 20.0)
URGENT_PRECISION = 0.55
LOUDEST = 127
# How much of what citizens write is somebody else's job: 42 of the 300 messages of train_seed.jsonl. Our own messages
# have more of it, which is the harder part, and would make the model see it too often.
OUTSIDE_SHARE = 0.14

Indices = npt.NDArray[np.intp]


def train(examples: Sequence[Example]) -> Model:
    """The model of the examples that are not held out. The same examples give the same model."""
    learned = [example for example in examples if not example.held_out]
    seen = [_features(example) for example in learned]
    matrix = _Matrix.of(seen)
    categories = tuple(sorted({example.category for example in learned}))
    kinds = tuple(sorted({example.kind for example in learned}))
    wanted = _wanted(learned, categories, kinds)
    inverse = np.linalg.inv(matrix.likeness() + BIAS + RIDGE * np.eye(len(learned), dtype=np.float32))
    solved = inverse @ wanted
    left_out = wanted - solved / np.diag(inverse)[:, None]
    weights = matrix.weights(solved)
    steps = np.abs(weights).max(axis=0) / LOUDEST
    inverse_temperature = _inverse_temperature(left_out[:, : len(categories)], wanted[:, : len(categories)])
    bias = BIAS * solved.sum(axis=0)
    bias[: len(categories)] += _as_often_as_written(learned, categories) / inverse_temperature
    dangerous = [bool(danger_in(tokens(example.text))) for example in learned]
    return Model(
        facts=ModelMetadata(
            version=f"{RECIPE}-{digest(learned)}",
            recipe=RECIPE,
            categories=categories,
            kinds=kinds,
            inverse_temperature=inverse_temperature,
            urgent_from=_urgent_from(left_out[:, -1], wanted[:, -1] > 0, np.array(dangerous)),
        ),
        rows=matrix.rows,
        rarity=matrix.rarity,
        weights=np.round(weights / steps).astype(np.int8),
        steps=steps.astype(np.float32),
        bias=bias.astype(np.float32),
    )


def _features(example: Example) -> Mapping[str, Feature]:
    message = vocabulary().essence(tokens(example.text))
    return features(message, cites_ticket=ticket_number_in(example.text) is not None)


def _wanted(learned: Sequence[Example], categories: tuple[str, ...], kinds: tuple[str, ...]) -> Floats:
    """A row per example: 1 at its category and its kind, and 1 or -1 for its urgency."""
    wanted = np.zeros((len(learned), len(categories) + len(kinds) + 1), dtype=np.float32)
    for row, example in enumerate(learned):
        wanted[row, categories.index(example.category)] = 1
        wanted[row, len(categories) + kinds.index(example.kind)] = 1
        wanted[row, -1] = 1 if example.urgent else -1
    return wanted


@dataclass(frozen=True)
class _Matrix:
    """The examples' values, of which few are not zero, column by column and the rarest columns first."""

    rows: Mapping[str, int]
    rarity: Floats
    height: int
    starts: Indices
    example: Indices
    values: Floats

    @classmethod
    def of(cls, seen: Sequence[Mapping[str, Feature]]) -> "_Matrix":
        counts = Counter(name for found in seen for name in found)
        kept = sorted((count, name) for name, count in counts.items() if count >= SEEN_AT_LEAST)
        rows = {name: row for row, (_, name) in enumerate(kept)}
        rarity = np.array([_rarity(name, count, len(seen)) for count, name in kept], dtype=np.float32)
        parts = [vector(found, rows, rarity) for found in seen]
        column = np.concatenate([[rows[name] for name, _ in known] for known, _ in parts]).astype(np.intp)
        example = np.repeat(np.arange(len(seen)), [len(known) for known, _ in parts])
        values = np.concatenate([values for _, values in parts])
        order = np.argsort(column, kind="stable")
        starts = np.searchsorted(column[order], np.arange(len(rows) + 1))
        return cls(rows, rarity, len(seen), starts, example[order], values[order])

    def likeness(self) -> Floats:
        """How much each example has in common with each other one: rare columns pair by pair, common ones in full."""
        lengths = np.diff(self.starts)
        alike = np.zeros((self.height, self.height), dtype=np.float32)
        for length in range(SEEN_AT_LEAST, COMMON):
            there = self.starts[:-1][lengths == length, None] + np.arange(length)
            who, values = self.example[there], self.values[there]
            np.add.at(alike, (who[:, :, None], who[:, None, :]), values[:, :, None] * values[:, None, :])
        for block in self.blocks(int(np.searchsorted(lengths, COMMON))):
            alike += block @ block.T
        return alike

    def weights(self, solved: Floats) -> Floats:
        """What each column weighs on each head."""
        return np.concatenate([block.T @ solved for block in self.blocks(0)])

    def blocks(self, first: int) -> Iterator[Floats]:
        """The matrix in full from a column on, some columns at a time."""
        lengths = np.diff(self.starts)
        for start in range(first, len(lengths), COLUMNS_AT_A_TIME):
            end = min(start + COLUMNS_AT_A_TIME, len(lengths))
            there = slice(self.starts[start], self.starts[end])
            block = np.zeros((self.height, end - start), dtype=np.float32)
            block[self.example[there], np.repeat(np.arange(end - start), lengths[start:end])] = self.values[
                there
            ]
            yield block


def _rarity(name: str, count: int, examples: int) -> float:
    """What is in few messages says more; stems and signs carry their weight already."""
    return log((1 + examples) / (1 + count)) + 1 if family(name) in COUNTED else 1.0


def _inverse_temperature(scores: Floats, wanted: Floats) -> float:
    """The inverse_temperature under which the right category is least surprising."""
    right = wanted.argmax(axis=1)

    def surprise(inverse_temperature: float) -> float:
        likely = probabilities(scores, inverse_temperature)[np.arange(len(right)), right]
        return float(-np.log(likely + 1e-9).mean())

    return min(SHARPNESS, key=surprise)


def _as_often_as_written(learned: Sequence[Example], categories: tuple[str, ...]) -> Floats:
    """What to add to each category's logarithm, so that somebody else's job is as likely as citizens write of it."""
    theirs = {example.category for example in learned if example.jurisdiction != OURS}
    share = sum(example.category in theirs for example in learned) / len(learned)
    if not 0 < share < 1:
        return np.zeros(len(categories))
    odds = log(OUTSIDE_SHARE / (1 - OUTSIDE_SHARE)) - log(share / (1 - share))
    return np.array([odds if category in theirs else 0.0 for category in categories])


def _urgent_from(scores: Floats, urgent: npt.NDArray[np.bool_], dangerous: npt.NDArray[np.bool_]) -> float:
    """The lowest threshold at which rules and model together are right often enough: a miss is worse than an alarm."""
    order = np.argsort(-scores, kind="stable")
    alarms, right = np.cumsum(~dangerous[order]), np.cumsum((urgent & ~dangerous)[order])
    precision = (right + (urgent & dangerous).sum()) / np.maximum(alarms + dangerous.sum(), 1)
    enough = np.flatnonzero(precision >= URGENT_PRECISION)
    return float(scores[order[enough[-1]]]) if len(enough) else float("inf")
