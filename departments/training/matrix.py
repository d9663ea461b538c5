"""The features of many messages at once, as a sparse matrix: a row for each message, a column for each feature.

Names are built once for a word and once for a pair that is kept: of nine thousand messages there are a million and a
half of occurrences.
"""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
import numpy.typing as npt

from departments.routing.citations import cited_number_in
from departments.routing.features import (
    COUNTED,
    PAIR_START,
    PAIRS,
    WORDS_READ,
    family,
    near,
    parts_of,
    signs,
)
from departments.text.vocabulary import Token, tokens, vocabulary

SEEN_AT_LEAST = 3  # a feature of one message or two stays out: it teaches little, and it might name somebody
RARE_BELOW = (
    192  # messages; the products of a column with fewer are added one by one, of others as a dense matrix
)
COLUMNS_AT_A_TIME = 1024
ENTRIES_AT_A_TIME = 100_000
START_BITS = 24  # of the number of a word's start, two of which make a pair's

Indices = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class FeatureMatrix:
    """The feature values of messages, sparse by row (CSR): row r has `columns` and `values` from `starts[r]` up to
    `starts[r + 1]`. The rarest columns come first; `rarity` is the weight of each, `names` its feature.
    """

    names: Sequence[str]
    rarity: Floats
    starts: Indices
    columns: Indices
    values: Floats

    @classmethod
    def of(cls, texts: Sequence[str], counted: int) -> "FeatureMatrix":
        """Of the texts, by the features that are seen often enough in the first `counted` of them."""
        read = _Reader()
        for text in texts:
            read.add(text)
        return read.matrix(counted)

    @property
    def height(self) -> int:
        """How many messages."""
        return len(self.starts) - 1

    def among(self, rows: Sequence[int] | Indices) -> "FeatureMatrix":
        """These rows alone, in this order."""
        there = _ranges(self.starts[rows], self.starts[np.add(rows, 1)])
        starts = np.concatenate([[0], np.cumsum(np.diff(self.starts)[rows])])
        return FeatureMatrix(self.names, self.rarity, starts, self.columns[there], self.values[there])

    def similarity(self, block: int) -> list[Floats]:
        """The dot product of each message with itself and those before it: of so many messages at a time an array with
        a row for each and a column for each message up to the last of them.
        """
        of, examples, values = self._by_column()
        lengths = np.diff(of)
        bounds = [(first, min(first + block, self.height)) for first in range(0, self.height, block)]
        blocks = [np.zeros((last - first, last), dtype=np.float32) for first, last in bounds]
        common = np.flatnonzero(lengths >= RARE_BELOW)
        for at in range(0, len(common), COLUMNS_AT_A_TIME):
            part = common[at : at + COLUMNS_AT_A_TIME]
            there = _ranges(of[part], of[part + 1])
            dense = np.zeros((self.height, len(part)), dtype=np.float32)
            dense[examples[there], np.repeat(np.arange(len(part)), lengths[part])] = values[there]
            for number, (first, last) in enumerate(bounds):
                blocks[number] += dense[first:last] @ dense[:last].T
        for row in range(self.height):
            mine = slice(self.starts[row], self.starts[row + 1])
            rare = lengths[self.columns[mine]] < RARE_BELOW
            columns, own = self.columns[mine][rare], self.values[mine][rare]
            there = _ranges(of[columns], of[columns + 1])
            products = values[there] * np.repeat(own, lengths[columns])
            sums = np.bincount(examples[there], weights=products, minlength=row + 1)
            blocks[row // block][row % block, : row + 1] += sums[: row + 1].astype(np.float32)
        return blocks

    def weights(self, solved: Floats) -> Floats:
        """The weight of each column on each head, of the dual weight of each row on each head."""
        of, examples, values = self._by_column()
        found = np.zeros((len(self.names), solved.shape[1]), dtype=np.float32)
        first = 0
        while first < len(self.names):
            last = max(int(np.searchsorted(of, of[first] + ENTRIES_AT_A_TIME, "right")) - 1, first + 1)
            its = slice(of[first], of[last])
            there = np.flatnonzero(np.diff(of[first : last + 1])) + first
            if len(there):
                gained = solved[examples[its]] * values[its, None]
                found[there] = np.add.reduceat(gained, of[there] - of[first])
            first = last
        return found

    def _by_column(self) -> tuple[Indices, Indices, Floats]:
        """Where each column begins, and the rows and values in the columns' order (CSC)."""
        order = np.argsort(self.columns, kind="stable")
        of = np.searchsorted(self.columns[order], np.arange(len(self.names) + 1))
        rows = np.repeat(np.arange(self.height), np.diff(self.starts))
        return of, rows[order], self.values[order]


class _Reader:
    """Gathers messages' features by numbers: those with names of their own count from 0, pairs are two starts."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._parts: dict[str, Indices] = {}
        self._starts: dict[str, int] = {}
        self._lengths = array("q")
        self._named: list[Indices] = []
        self._values: list[Floats] = []
        self._pair_lengths = array("q")
        self._pairs: list[Indices] = []

    def add(self, text: str) -> None:
        message = vocabulary().essence(tokens(text)[:WORDS_READ])
        words = [token for token in message if token.folded]
        parts = [self._parts_of(token.folded) for token in words]
        numbers, counts = np.unique(np.concatenate([*parts, _NONE]), return_counts=True)
        there = signs(message, cites_ticket=cited_number_in(text) is not None)
        self._named.append(np.append(numbers, [self._number(name) for name in there]).astype(np.intp))
        more = [sign.value for sign in there.values()]
        self._values.append(np.append(1 + np.log(counts), more).astype(np.float32))
        self._lengths.append(len(self._named[-1]))
        self._pairs.append(self._pairs_of(words))
        self._pair_lengths.append(len(self._pairs[-1]))

    def matrix(self, counted: int) -> FeatureMatrix:
        """Of what was added, by what the first `counted` messages have often enough."""
        pairs, which = np.unique(np.concatenate([*self._pairs, _NONE]), return_inverse=True)
        rows = np.concatenate(
            [np.repeat(np.arange(len(lengths)), lengths) for lengths in (self._lengths, self._pair_lengths)]
        )
        numbers = np.concatenate([*self._named, which + len(self._numbers)])
        values = np.concatenate([*self._values, np.ones(len(which), dtype=np.float32)])
        counts = np.bincount(numbers[rows < counted], minlength=len(self._numbers) + len(pairs))
        often = np.flatnonzero(counts >= SEEN_AT_LEAST)
        kept = sorted(zip(counts[often].tolist(), self._names(often, pairs), often.tolist(), strict=True))
        column = np.full(len(counts), -1)
        column[[number for _, _, number in kept]] = np.arange(len(kept))
        known = np.flatnonzero(column[numbers] >= 0)
        known = known[np.argsort(rows[known], kind="stable")]
        rows, columns, values = rows[known], column[numbers[known]], values[known]
        names = [name for _, name, _ in kept]
        rarity = np.array([_rarity(name, count, counted) for count, name, _ in kept], dtype=np.float32)
        families = np.array(["".join(COUNTED).find(family(name)) for name in names])[columns]
        values = _of_length_one(values * rarity[columns], rows * len(COUNTED) + families, families >= 0)
        starts = np.searchsorted(rows, np.arange(len(self._lengths) + 1))
        return FeatureMatrix(names, rarity, starts, columns, values)

    def _number(self, name: str) -> int:
        return self._numbers.setdefault(name, len(self._numbers))

    def _parts_of(self, word: str) -> Indices:
        if word not in self._parts:
            self._parts[word] = np.array([self._number(name) for name in parts_of(word)], dtype=np.intp)
        return self._parts[word]

    def _pairs_of(self, words: Sequence[Token]) -> Indices:
        """Each pair of different starts that stand near each other, once."""
        starts = [self._starts.setdefault(token.folded[:PAIR_START], len(self._starts)) for token in words]
        numbers = np.array(starts, dtype=np.intp)
        first, second = near(len(words))
        one, other = numbers[first], numbers[second]
        keys = np.minimum(one, other) << START_BITS | np.maximum(one, other)
        return np.unique(keys[one != other])

    def _names(self, numbers: Indices, pairs: Indices) -> Iterator[str]:
        names, starts = list(self._numbers), list(self._starts)
        for number in numbers.tolist():
            if number < len(names):
                yield names[number]
            else:
                key = int(pairs[number - len(names)])
                pair = sorted((starts[key >> START_BITS], starts[key & (1 << START_BITS) - 1]))
                yield " ".join((PAIRS, *pair))


_NONE = np.empty(0, dtype=np.intp)


def _ranges(begins: Indices, ends: Indices) -> Indices:
    """The numbers from each begin up to its end, one range after the other."""
    lengths = ends - begins
    after = np.cumsum(lengths)
    whole: Indices = np.arange(lengths.sum()) + np.repeat(begins - (after - lengths), lengths)
    return whole


def _rarity(name: str, count: int, examples: int) -> float:
    """Inverse document frequency of a counted feature; 1 for stems and signs, which have weights of their own."""
    return log((1 + examples) / (1 + count)) + 1 if family(name) in COUNTED else 1.0


def _of_length_one(values: Floats, groups: Indices, counted: npt.NDArray[np.bool_]) -> Floats:
    """The values, those of each group brought to length one together where they count."""
    squares = np.bincount(groups[counted], weights=values[counted] ** 2)
    values[counted] /= np.sqrt(squares)[groups[counted]].astype(np.float32)
    return values
