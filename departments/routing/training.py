"""Trains the model: ridge regression of every head on the features, solved in closed form (the dual problem).

With a few thousand messages the matrix of their similarities is small: one inverse gives all heads at once, and the
leave-one-out score of each message. The inverse temperature and the threshold of urgency are chosen on those scores,
so that no message has to be set aside as a validation set. Talk (departments/text/talk.py) is learned as what is of no
category, with a head of its own.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log
from sys import intern

import numpy as np
import numpy.typing as npt

from departments.base_data import OURS
from departments.routing.citations import cited_number_in
from departments.routing.corpus import RoutingExample, digest, is_held_out
from departments.routing.features import COUNTED, WORDS_READ, Feature, family, features
from departments.routing.model import Floats, LinearModel, LinearModelMetadata, probabilities, vector
from departments.routing.urgent_words import danger_in
from departments.text.questions import QuestionExample, has_question_form
from departments.text.talk import TalkExample
from departments.text.vocabulary import tokens, vocabulary

RECIPE = 7
SEEN_AT_LEAST = 3  # a feature of one message or two stays out: it teaches little, and it might name somebody
RIDGE = 1.0
BIAS = 0.05
COMMON = 32  # messages; a column with at least as many is faster as a dense matrix
COLUMNS_AT_A_TIME = 4096
INVERSE_TEMPERATURES = (4.0, 6.0, 8.0, 10.0, 12.0, 15.0, 20.0)
URGENT_PRECISION = 0.55
LARGEST_WEIGHT = 127
# The share of citizens' messages that is another agency's job, until the installation's own traffic tells: 14 of 100
# messages written for this project, 44 of 100 real complaints on a site for a whole city. The corpus has more of them,
# since they are harder, and would make the model suggest other agencies too often.
OUTSIDE_SHARE = 0.18
# Of reports so many may be taken for talk: where nothing else speaks for it, and where it goes on from a report.
TAKEN_FOR_TALK, PERHAPS_TAKEN_FOR_TALK = 0.005, 0.03
# Of what is no question so many may be taken for one.
TAKEN_FOR_QUESTION, PERHAPS_TAKEN_FOR_QUESTION = 0.015, 0.04
# Categories of what is neither a report nor talk for certain: they teach the head nothing.
BETWEEN = frozenset({"selam", "tesekkur", "durum_sorgu", "ilgisiz", "genel_bilgi"})
# Talk that often asks, but not for information.
HALF_QUESTIONS = frozenset({"status", "objection", "person", "data"})

Indices = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Fit:
    """A model, and to which category it would send each of its examples if it had learned from all others alone."""

    model: LinearModel
    left_out: Sequence[tuple[RoutingExample, str]]


def train(
    examples: Sequence[RoutingExample],
    talk: Sequence[TalkExample] = (),
    questions: Sequence[QuestionExample] = (),
    *,
    outside_share: float = OUTSIDE_SHARE,
) -> LinearModel:
    """Trains on what of these is not held out. The same examples, talk and questions give the same model."""
    return fit(examples, talk, questions, outside_share=outside_share).model


def fit(
    examples: Sequence[RoutingExample],
    talk: Sequence[TalkExample] = (),
    questions: Sequence[QuestionExample] = (),
    *,
    outside_share: float = OUTSIDE_SHARE,
) -> Fit:
    """As `train`, with what the examples tell about the model."""
    learned = [example for example in examples if not example.held_out]
    said = [each for each in talk if not is_held_out(each.text)]
    texts = [*(each.text for each in learned), *(each.text for each in said)]
    seen = [_features(text) for text in texts]
    matrix = _Matrix.of(seen)
    categories = tuple(sorted({example.category for example in learned}))
    kinds = tuple(sorted({example.kind for example in learned}))
    targets = _targets(learned, len(said), categories, kinds)
    solved, left_out = _solved(matrix, targets)
    weights = matrix.weights(solved)
    reports = slice(len(learned))
    inverse_temperature = _inverse_temperature(
        left_out[reports, : len(categories)], targets[reports, : len(categories)]
    )
    bias = BIAS * solved.sum(axis=0)
    prior = _class_prior(learned, categories, outside_share) / inverse_temperature
    bias[: len(categories)] += prior
    dangerous = [bool(danger_in(tokens(example.text))) for example in learned]
    talk_from, perhaps_from = _talk_from(learned, left_out[reports, -1]) if said else (np.inf, np.inf)
    asked = [each for each in questions if not is_held_out(each.text)]
    head, asks_bias, (asks_from, perhaps_asks_from) = _asking(matrix, [*_labelled(learned, said), *asked])
    weights[:, -3], bias[-3] = head, asks_bias
    steps = np.abs(weights).max(axis=0) / LARGEST_WEIGHT
    likeliest = (left_out[reports, : len(categories)] + prior).argmax(axis=1).tolist()
    model = LinearModel(
        facts=LinearModelMetadata(
            version=f"{RECIPE}-{digest(learned, said, asked)}",
            recipe=RECIPE,
            categories=categories,
            kinds=kinds,
            inverse_temperature=inverse_temperature,
            urgent_from=_urgent_from(left_out[reports, -2], targets[reports, -2] > 0, np.array(dangerous)),
            asks_from=asks_from,
            perhaps_asks_from=perhaps_asks_from,
            talk_from=talk_from,
            perhaps_talk_from=perhaps_from,
        ),
        rows=matrix.rows,
        rarity=matrix.rarity,
        weights=np.round(weights / np.maximum(steps, 1e-9)).astype(np.int8),
        steps=steps.astype(np.float32),
        bias=bias.astype(np.float32),
    )
    return Fit(model, [(each, categories[at]) for each, at in zip(learned, likeliest, strict=True)])


def _features(text: str) -> Mapping[str, Feature]:
    message = vocabulary().essence(tokens(text)[:WORDS_READ])
    found = features(message, cites_ticket=cited_number_in(text) is not None)
    # Of all messages at once they are millions: each name is kept once, and no places in the message.
    return {intern(name): Feature(each.value, ()) for name, each in found.items()}


def _targets(
    learned: Sequence[RoutingExample], said: int, categories: tuple[str, ...], kinds: tuple[str, ...]
) -> Floats:
    """A row per example: 1 at its category and its kind, and 1 or -1 for its urgency and for whether it is talk, which
    is of no category; the column of questions is learned apart (`_asking`).
    """
    targets = np.zeros((len(learned) + said, len(categories) + len(kinds) + 3), dtype=np.float32)
    targets[:, -2] = -1
    targets[len(learned) :, -1] = 1
    for row, example in enumerate(learned):
        targets[row, categories.index(example.category)] = 1
        targets[row, len(categories) + kinds.index(example.kind)] = 1
        targets[row, -2] = 1 if example.urgent else -1
        targets[row, -1] = 0 if example.category in BETWEEN else -1
    return targets


@dataclass(frozen=True)
class _Matrix:
    """The feature values of the examples, sparse by column (CSC), the rarest columns first."""

    rows: Mapping[str, int]
    rarity: Floats
    height: int
    starts: Indices
    example: Indices
    values: Floats

    @classmethod
    def of(cls, seen: Sequence[Mapping[str, Feature]], *, like: "_Matrix | None" = None) -> "_Matrix":
        """Of all features seen often enough, or of those of another matrix, weighed as there."""
        counts = Counter(name for found in seen for name in found)
        kept = sorted((count, name) for name, count in counts.items() if count >= SEEN_AT_LEAST)
        rows = {name: row for row, (_, name) in enumerate(kept)}
        rarity = np.array([_rarity(name, count, len(seen)) for count, name in kept], dtype=np.float32)
        if like is not None:
            rows, rarity = dict(like.rows), like.rarity
        parts = [vector(found, rows, rarity) for found in seen]
        column = np.concatenate([[rows[name] for name, _ in known] for known, _ in parts]).astype(np.intp)
        example = np.repeat(np.arange(len(seen)), [len(known) for known, _ in parts])
        values = np.concatenate([values for _, values in parts])
        order = np.argsort(column, kind="stable")
        starts = np.searchsorted(column[order], np.arange(len(rows) + 1))
        return cls(rows, rarity, len(seen), starts, example[order], values[order])

    def similarity(self) -> Floats:
        """The dot product of each pair of examples: rare columns pair by pair, common ones as dense blocks."""
        lengths = np.diff(self.starts)
        similarity = np.zeros((self.height, self.height), dtype=np.float32)
        for length in range(1, COMMON):
            there = self.starts[:-1][lengths == length, None] + np.arange(length)
            who, values = self.example[there], self.values[there]
            np.add.at(similarity, (who[:, :, None], who[:, None, :]), values[:, :, None] * values[:, None, :])
        for block in self.blocks(np.flatnonzero(lengths >= COMMON)):
            similarity += block @ block.T
        return similarity

    def weights(self, solved: Floats) -> Floats:
        """The weight of each column on each head."""
        return np.concatenate([block.T @ solved for block in self.blocks(np.arange(len(self.rows)))])

    def blocks(self, columns: Indices) -> Iterator[Floats]:
        """These columns as dense matrices, COLUMNS_AT_A_TIME at a time."""
        for first in range(0, len(columns), COLUMNS_AT_A_TIME):
            part = columns[first : first + COLUMNS_AT_A_TIME]
            lengths = self.starts[part + 1] - self.starts[part]
            ends = np.cumsum(lengths)
            there = np.arange(lengths.sum()) + np.repeat(self.starts[part] - (ends - lengths), lengths)
            block = np.zeros((self.height, len(part)), dtype=np.float32)
            block[self.example[there], np.repeat(np.arange(len(part)), lengths)] = self.values[there]
            yield block


def _solved(matrix: _Matrix, targets: Floats) -> tuple[Floats, Floats]:
    """The dual weights of each example on each head, and what the heads say of it when it is left out."""
    similarity = matrix.similarity()
    similarity += BIAS
    similarity[np.diag_indices(matrix.height)] += RIDGE  # where it is: of 12,000 messages it has 576 MB
    inverse = np.linalg.inv(similarity)
    solved: Floats = inverse @ targets
    return solved, targets - solved / np.diag(inverse)[:, None]


def _rarity(name: str, count: int, examples: int) -> float:
    """Inverse document frequency of a counted feature; 1 for stems and signs, which have weights of their own."""
    return log((1 + examples) / (1 + count)) + 1 if family(name) in COUNTED else 1.0


def _inverse_temperature(scores: Floats, targets: Floats) -> float:
    """The inverse temperature with the smallest log loss of the right category."""
    right = targets.argmax(axis=1)

    def surprise(inverse_temperature: float) -> float:
        likely = probabilities(scores, inverse_temperature)[np.arange(len(right)), right]
        return float(-np.log(likely + 1e-9).mean())

    return min(INVERSE_TEMPERATURES, key=surprise)


def _class_prior(
    learned: Sequence[RoutingExample], categories: tuple[str, ...], outside_share: float
) -> Floats:
    """What to add to each category's log probability, so that other agencies' jobs are as likely as that."""
    theirs = {example.category for example in learned if example.jurisdiction != OURS}
    share = sum(example.category in theirs for example in learned) / len(learned)
    if not 0 < share < 1:
        return np.zeros(len(categories))
    odds = log(outside_share / (1 - outside_share)) - log(share / (1 - share))
    return np.array([odds if category in theirs else 0.0 for category in categories])


def _talk_from(learned: Sequence[RoutingExample], scores: Floats) -> tuple[float, float]:
    """The scores that no more than so many reports reach."""
    falling = np.sort(
        [
            score
            for example, score in zip(learned, scores.tolist(), strict=True)
            if example.category not in BETWEEN
        ]
    )[::-1]
    surely, perhaps = (
        float(falling[int(len(falling) * most)]) for most in (TAKEN_FOR_TALK, PERHAPS_TAKEN_FOR_TALK)
    )
    return surely, perhaps


def _labelled(learned: Sequence[RoutingExample], said: Sequence[TalkExample]) -> Iterator[QuestionExample]:
    """Those reports and that talk of which it is known whether they ask."""
    for example in learned:
        if example.asks is not None:
            yield QuestionExample(example.text, example.asks)
    for each in said:
        if each.act not in HALF_QUESTIONS:
            yield QuestionExample(each.text, each.act == "question")


def _asking(
    matrix: "_Matrix", labelled: Sequence[QuestionExample]
) -> tuple[Floats, float, tuple[float, float]]:
    """The head of questions, its bias, and the scores from which something is one surely and perhaps.

    It is asked of what has the form of a question and learned from that alone, so that two thousand messages tell
    what the others have no say in. The thresholds are those that no more of all that asks nothing reach than is
    allowed.
    """
    asking = [each for each in labelled if has_question_form(each.text)]
    if not asking:
        return np.zeros(len(matrix.rows), dtype=np.float32), 0.0, (np.inf, np.inf)
    own = _Matrix.of([_features(each.text) for each in asking], like=matrix)
    targets = np.array([[1.0 if each.asks else -1.0] for each in asking], dtype=np.float32)
    solved, left_out = _solved(own, targets)
    falling = np.sort(left_out[targets < 0])[::-1]
    others = sum(not each.asks for each in labelled)
    allowed = [int(others * most) for most in (TAKEN_FOR_QUESTION, PERHAPS_TAKEN_FOR_QUESTION)]
    surely, perhaps = (float(falling[at]) if at < len(falling) else np.inf for at in allowed)
    return own.weights(solved)[:, 0], float(BIAS * solved.sum()), (surely, perhaps)


def _urgent_from(scores: Floats, urgent: npt.NDArray[np.bool_], dangerous: npt.NDArray[np.bool_]) -> float:
    """The lowest threshold at which rules and model together reach URGENT_PRECISION: a miss is worse than an alarm."""
    order = np.argsort(-scores, kind="stable")
    alarms, right = np.cumsum(~dangerous[order]), np.cumsum((urgent & ~dangerous)[order])
    precision = (right + (urgent & dangerous).sum()) / np.maximum(alarms + dangerous.sum(), 1)
    enough = np.flatnonzero(precision >= URGENT_PRECISION)
    return float(scores[order[enough[-1]]]) if len(enough) else float("inf")
