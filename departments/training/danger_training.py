"""Trains the reader: softmax regression on the windows of messages, a head for each kind.

Of a long dangerous message only one stretch is dangerous, and nobody marked which: in each round it is the window
that the model itself finds the likeliest (multiple-instance learning). Of a harmless one the window that looks worst
is learned from. Some messages are also buried among harmless words, as people bury them.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from departments.danger_reader.model import (
    LARGEST_WEIGHT,
    LIFE,
    NOTHING,
    ROWS,
    DangerModel,
    DangerModelMetadata,
    Floats,
    Places,
    Rows,
    pair_rows,
    part_rows,
    probabilities,
    values_for,
    windows_of,
)
from departments.danger_reader.tokenizer import words_of
from departments.training.danger_corpus import DangerExample

MAHALLE_NAMES = Path(__file__).parent.parent / "base_data" / "data" / "mahalle_names.json"
ROUNDS = 5
BATCH = 256  # windows
PACE = 0.3  # of AdaGrad
DECAY = 1e-6
BURIED = 0.3  # of the messages are learned from once more, buried
BURIED_UP_TO = 30  # words
SHALLOW, DEEP = 60, 300  # harmless words around a buried one, at most
DEEPLY = 0.3  # of those that are buried
# Messages to the line name their place and greet; those of the corpus seldom do, and the words of a place would speak
# for what is harmless.
DRESSED = 0.8
GREETINGS = ("", "", "merhaba", "iyi günler", "selamun aleyküm", "slm", "lütfen bakın", "acil")
PLACES = (
    "{} mahallesinde",
    "{} mahallesi {} sokak no {}",
    "{} mah {} sk",
    "{} mahallesi {}. cadde üzerinde",
    "{} mahallesindeyiz",
    "{} tarafında",
    "Melikgazi {}",
)
SEED = 112


class Stretch(NamedTuple):
    """A window as the model sees it: rows of the table, and what each counts."""

    rows: Rows
    values: Floats


@dataclass(frozen=True, slots=True)
class WindowedMessage:
    """The windows of one message, from which word to which, and the place of its head.

    `parts` are the rows of all its words' parts, of which each word's begin at its place in `begins`; `pairs` the rows
    of its pairs, by how many words they are apart and where they begin.
    """

    windows: list[tuple[int, int]]
    parts: Rows
    begins: Places
    pairs: list[tuple[int, Rows]]
    head: int

    def stretch(self, window: int) -> Stretch:
        """One of its windows."""
        start, end = self.windows[window]
        parts = self.parts[self.begins[start] : self.begins[end]]
        pairs = [rows[start : max(start, end - apart)] for apart, rows in self.pairs]
        rows = np.concatenate([parts, *pairs])
        part, pair = values_for(len(parts), len(rows) - len(parts))
        values = np.full(len(rows), pair, np.float32)
        values[: len(parts)] = part
        return Stretch(rows, values)


@dataclass(slots=True)
class Weights:
    """What is learned, and how much each row has moved so far (AdaGrad)."""

    table: Floats
    bias: Floats
    moved: Floats
    bias_moved: Floats

    @classmethod
    def of(cls, heads: int) -> "Weights":
        one, many = np.zeros(heads, np.float32), np.zeros((ROWS, heads), np.float32)
        return cls(many, one, many.copy(), one.copy())

    def scores(self, windows: Sequence[Stretch]) -> Floats:
        """The score of each head for each window."""
        found = [window.values @ self.table.take(window.rows, axis=0) for window in windows]
        scores: Floats = np.stack(found) + self.bias
        return scores

    def scores_of_all(self, message: WindowedMessage) -> Floats:
        """As `scores` of all its windows, by sums along the message; each has more words than a pair is apart."""
        starts, ends = np.array(message.windows).T
        length = len(message.begins) - 1
        parts = np.add.reduceat(self.table.take(message.parts, axis=0), message.begins[:-1], axis=0)
        beginning, ending = np.zeros((2, length, len(self.bias)), dtype=np.float32)
        for _, rows in message.pairs:
            weights = self.table.take(rows, axis=0)
            beginning[: len(rows)] += weights
            ending[length - len(rows) :] += weights
        summed, begun, ended = (_running(each) for each in (parts, beginning, ending))
        many = sum(np.maximum(ends - starts - apart, 0) for apart, _ in message.pairs)
        part, pair = values_for(message.begins[ends] - message.begins[starts], many)
        scores = (summed[ends] - summed[starts]) * part[:, None] + (ended[ends] - begun[starts]) * pair[
            :, None
        ]
        all_scores: Floats = scores.astype(np.float32) + self.bias
        return all_scores

    def learn(self, windows: Sequence[Stretch], heads: Sequence[int]) -> None:
        """One step towards these heads."""
        wrong = probabilities(self.scores(windows))
        wrong[np.arange(len(heads)), heads] -= 1
        wrong /= len(heads)
        rows = np.concatenate([window.rows for window in windows])
        values = np.concatenate([window.values for window in windows])
        of_window = np.repeat(np.arange(len(windows)), [len(window.rows) for window in windows])
        touched, places = np.unique(rows, return_inverse=True)
        slope = np.empty((len(touched), len(self.bias)), np.float32)
        for head, its in enumerate(wrong.T):
            slope[:, head] = np.bincount(places, values * its[of_window])
        slope += 2 * DECAY * self.table[touched]
        self.moved[touched] += slope**2
        self.table[touched] -= PACE * slope / np.sqrt(self.moved[touched] + 1e-10)
        slope = wrong.sum(axis=0)
        self.bias_moved += slope**2
        self.bias -= PACE * slope / np.sqrt(self.bias_moved + 1e-10)


def train(
    examples: Sequence[DangerExample], thresholds: tuple[float, float, float], version: str
) -> DangerModel:
    """The model of these examples. The same examples give the same model.

    `thresholds` are those of DangerModelMetadata, chosen by `leave_authors_out` (danger_scoring.py).
    """
    heads = tuple(sorted({example.head for example in examples}))
    chance = Random(SEED)  # noqa: S311 - the same model every time, nobody is to guess
    weights = Weights.of(len(heads))
    messages = [_message(words_of(each.text), heads.index(each.head)) for each in examples]
    messages += [_message(words, heads.index(head)) for words, head in _dressed(examples, chance)]
    messages += [_message(words, heads.index(head)) for words, head in _buried(examples, chance)]
    messages = [message for message in messages if message.windows]
    danger = [place for place, head in enumerate(heads) if head.startswith(LIFE)]
    for _ in range(ROUNDS):
        chance.shuffle(messages)
        for start in range(0, len(messages), BATCH):
            chosen = [
                pair
                for message in messages[start : start + BATCH]
                for pair in _chosen(weights, message, danger, chance)
            ]
            weights.learn(*zip(*chosen, strict=True))
    steps = np.maximum(np.abs(weights.table).max(axis=0), 1e-6) / LARGEST_WEIGHT
    return DangerModel(
        metadata=DangerModelMetadata(version, heads, *thresholds),
        weights=np.round(weights.table / steps).astype(np.int8),
        steps=steps.astype(np.float32),
        bias=weights.bias,
    )


def _message(words: list[str], head: int) -> WindowedMessage:
    parts = [part_rows(word) for word in words]
    return WindowedMessage(
        list(windows_of(len(words))) if words else [],
        np.concatenate(parts) if words else np.empty(0, np.int32),
        np.cumsum([0, *map(len, parts)]),
        list(pair_rows(words)) if words else [],
        head,
    )


def _running(weights: Floats) -> npt.NDArray[np.float64]:
    """The sums of all rows before each."""
    sums = np.zeros((len(weights) + 1, weights.shape[1]))
    np.cumsum(weights, axis=0, out=sums[1:])
    return sums


def _dressed(examples: Sequence[DangerExample], chance: Random) -> list[tuple[list[str], str]]:
    """Messages of danger or of what only looks like it, each once more with a place and a greeting."""
    names = [row["name"] for row in json.loads(MAHALLE_NAMES.read_text(encoding="utf-8"))]
    found = []
    for each in examples:
        if not (each.head or each.near) or chance.random() > DRESSED:
            continue
        numbers = chance.randrange(1, 99), chance.randrange(1, 60)
        place = chance.choice(PLACES).format(chance.choice(names), *numbers)
        parts = [each.text, place] if chance.random() < 0.4 else [place, each.text]
        found.append((words_of(" ".join((chance.choice(GREETINGS), *parts))), each.head))
    return found


def _buried(examples: Sequence[DangerExample], chance: Random) -> list[tuple[list[str], str]]:
    """Messages of danger or of what only looks like it, each once more among the words of harmless ones."""
    harmless = [words for each in examples if each.head == NOTHING and (words := words_of(each.text))]
    found = []
    for each in examples:
        words = words_of(each.text)
        if not (each.head or each.near) or len(words) > BURIED_UP_TO or chance.random() > BURIED:
            continue
        room, around = DEEP if chance.random() < DEEPLY else SHALLOW, list[str]()
        while len(around) < room:
            around += chance.choice(harmless)
            if room == SHALLOW and chance.random() < 0.5:
                break
        place = chance.randint(0, len(around))
        found.append((around[:place] + words + around[place:], each.head))
    return found


def _chosen(
    weights: Weights, message: WindowedMessage, danger: list[int], chance: Random
) -> list[tuple[Stretch, int]]:
    """The windows of a message that are learned from."""
    if len(message.windows) == 1:
        return [(message.stretch(0), message.head)]
    likely = probabilities(weights.scores_of_all(message))
    if message.head in danger:
        return [(message.stretch(int(likely[:, message.head].argmax())), message.head)]
    worst, any_other = int(likely[:, danger].sum(axis=1).argmax()), chance.randrange(len(message.windows))
    return [(message.stretch(place), message.head) for place in (worst, any_other)]
