"""Trains the model: ridge regression of every head on the features, solved in closed form (the dual problem).

With a few thousand messages the matrix of their similarities is small: its factor gives all heads at once, and the
leave-one-out score of each message (ridge.py). The inverse temperature and the threshold of urgency are chosen on those
scores, so that no message has to be set aside as a validation set. Talk (departments/training/talk_examples.py) is
learned as what is of no category, with a head of its own.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
import numpy.typing as npt

from departments.organisation.agency_codes import OURS
from departments.routing.model import RECIPE, LinearModel, LinearModelMetadata, probabilities
from departments.routing.traffic import OUTSIDE_SHARE
from departments.routing.urgent_words import danger_in
from departments.text.questions import QuestionExample, has_question_form
from departments.text.vocabulary import tokens
from departments.training.matrix import FeatureMatrix
from departments.training.ridge import ROWS_AT_A_TIME, Floats, solved
from departments.training.router_corpus import RoutingExample, digest, is_held_out
from departments.training.talk_examples import TalkExample

RIDGE = 1.0
DECISION_COUNTS_AS = 3  # messages of the corpus: what a clerk here decided is how people here write
BIAS = 0.05
INVERSE_TEMPERATURES = (4.0, 6.0, 8.0, 10.0, 12.0, 15.0, 20.0)
URGENT_PRECISION = 0.55
LARGEST_WEIGHT = 127
# Of reports so many may be taken for talk: where nothing else speaks for it, and where it goes on from a report.
TAKEN_FOR_TALK, PERHAPS_TAKEN_FOR_TALK = 0.005, 0.03
# Of what is no question so many may be taken for one.
TAKEN_FOR_QUESTION, PERHAPS_TAKEN_FOR_QUESTION = 0.015, 0.04
# Categories of what is neither a report nor talk for certain: they teach the head nothing.
BETWEEN = frozenset({"selam", "tesekkur", "durum_sorgu", "ilgisiz", "genel_bilgi"})
# Talk that often asks, but not for information.
HALF_QUESTIONS = frozenset({"status", "objection", "person", "data"})


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
    asked = [each for each in questions if not is_held_out(each.text)]
    counted = len(learned) + len(said)
    labelled = [*_labelled(learned, said), *((counted + at, each.asks) for at, each in enumerate(asked))]
    texts = [*(each.text for each in learned), *(each.text for each in said), *(each.text for each in asked)]
    everything = FeatureMatrix.of(texts, counted)
    matrix = everything.among(np.arange(counted))
    categories = tuple(sorted({example.category for example in learned}))
    kinds = tuple(sorted({example.kind for example in learned}))
    targets = _targets(learned, len(said), categories, kinds)
    decided = np.array([each.corrected for each in learned] + [False] * len(said))
    ridge = np.where(decided, RIDGE / DECISION_COUNTS_AS, RIDGE).astype(np.float32)
    duals, left_out = solved(matrix.similarity(ROWS_AT_A_TIME), targets, ridge=ridge, bias=BIAS)
    weights = matrix.weights(duals)
    reports = slice(len(learned))
    inverse_temperature = _inverse_temperature(
        left_out[reports, : len(categories)], targets[reports, : len(categories)]
    )
    bias = BIAS * duals.sum(axis=0)
    prior = _class_prior(learned, categories, outside_share) / inverse_temperature
    bias[: len(categories)] += prior
    dangerous = [bool(danger_in(tokens(example.text))) for example in learned]
    talk_from, perhaps_from = _talk_from(learned, left_out[reports, -1]) if said else (np.inf, np.inf)
    head, asks_bias, (asks_from, perhaps_asks_from) = _asking(everything, texts, labelled)
    weights[:, -3], bias[-3] = head, asks_bias
    steps = np.abs(weights).max(axis=0) / LARGEST_WEIGHT
    likeliest = (left_out[reports, : len(categories)] + prior).argmax(axis=1).tolist()
    model = LinearModel(
        metadata=LinearModelMetadata(
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
            learned=dict(Counter(each.category for each in learned if not each.corrected)),
        ),
        rows={name: row for row, name in enumerate(matrix.names)},
        rarity=matrix.rarity,
        weights=np.round(weights / np.maximum(steps, 1e-9)).astype(np.int8),
        steps=steps.astype(np.float32),
        bias=bias.astype(np.float32),
    )
    return Fit(model, [(each, categories[at]) for each, at in zip(learned, likeliest, strict=True)])


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
        return np.zeros(len(categories), dtype=np.float32)
    odds = log(outside_share / (1 - outside_share)) - log(share / (1 - share))
    return np.array([odds if category in theirs else 0.0 for category in categories], dtype=np.float32)


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


def _labelled(learned: Sequence[RoutingExample], said: Sequence[TalkExample]) -> Iterator[tuple[int, bool]]:
    """Those reports and that talk of which it is known whether they ask: their rows, and whether."""
    for row, example in enumerate(learned):
        if example.asks is not None:
            yield row, example.asks
    for row, each in enumerate(said, start=len(learned)):
        if each.act not in HALF_QUESTIONS:
            yield row, each.act == "question"


def _asking(
    matrix: FeatureMatrix, texts: Sequence[str], labelled: Sequence[tuple[int, bool]]
) -> tuple[Floats, float, tuple[float, float]]:
    """The head of questions, its bias, and the scores from which something is one surely and perhaps.

    It is asked of what has the form of a question and learned from that alone, so that two thousand messages tell
    what the others have no say in. The thresholds are those that no more of all that asks nothing reach than is
    allowed.
    """
    asking = [(row, asks) for row, asks in labelled if has_question_form(texts[row])]
    if not asking:
        return np.zeros(len(matrix.names), dtype=np.float32), 0.0, (np.inf, np.inf)
    own = matrix.among([row for row, _ in asking])
    targets = np.array([[1.0 if asks else -1.0] for _, asks in asking], dtype=np.float32)
    ridge = np.full(own.height, RIDGE, dtype=np.float32)
    duals, left_out = solved(own.similarity(ROWS_AT_A_TIME), targets, ridge=ridge, bias=BIAS)
    falling = np.sort(left_out[targets < 0])[::-1]
    others = sum(not asks for _, asks in labelled)
    allowed = [int(others * most) for most in (TAKEN_FOR_QUESTION, PERHAPS_TAKEN_FOR_QUESTION)]
    surely, perhaps = (float(falling[at]) if at < len(falling) else np.inf for at in allowed)
    return own.weights(duals)[:, 0], float(BIAS * duals.sum()), (surely, perhaps)


def _urgent_from(scores: Floats, urgent: npt.NDArray[np.bool_], dangerous: npt.NDArray[np.bool_]) -> float:
    """The lowest threshold at which rules and model together reach URGENT_PRECISION: a miss is worse than an alarm."""
    order = np.argsort(-scores, kind="stable")
    alarms, right = np.cumsum(~dangerous[order]), np.cumsum((urgent & ~dangerous)[order])
    precision = (right + (urgent & dangerous).sum()) / np.maximum(alarms + dangerous.sum(), 1)
    enough = np.flatnonzero(precision >= URGENT_PRECISION)
    return float(scores[order[enough[-1]]]) if len(enough) else float("inf")
