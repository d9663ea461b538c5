"""The trained part of the reader: one linear model over hashed parts of words and pairs of words, as plain arrays.

A head for each kind of danger, each kind of urgent work, and for everything else. A message is read in windows that
overlap, so that a danger told in the middle of a long story counts as much as one told alone; sums that run along the
message make that linear in its length. The file holds numbers and names only: loading it executes nothing.
"""

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple
from zipfile import BadZipFile
from zlib import crc32

import numpy as np
import numpy.typing as npt

from departments.common.model_files import ModelError
from departments.danger_reader.checksums import WordSums, of_pairs, of_parts, summed
from departments.danger_reader.tokenizer import parts_of

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int32]
Places = npt.NDArray[np.intp]
Sums = npt.NDArray[np.signedinteger[Any]]
Counts = Any  # a number, or an array of numbers

ROWS = 1 << 19  # of the table of weights: parts and pairs share them by their hash
WHOLE = 40  # words up to which a message is one window
WINDOWS = (20, 40)  # words; each begins in the middle of the one before
STORY = 120  # words from which a danger may be one short sentence of many
IN_A_STORY = (10, *WINDOWS)
APART = 5  # words between the two of a pair, at most
PAIR_START = 5  # letters of a word that count in a pair
FEW_PARTS, FEW_PAIRS = 50, 10  # a message of a word or two is not believed as if it were long
PAIRS_COUNT_FOR = 0.7
LIFE, WORK, NOTHING = "life:", "work:", ""  # how heads begin; the last is that of what is neither
LARGEST_WEIGHT = 127
REMEMBERED = 20_000  # words whose rows are kept


@dataclass(frozen=True)
class DangerModelMetadata:
    """`heads` are `life:fire`, `work:ice` … and '' for nothing.

    A message is danger from `life_from` on, perhaps danger from `unsure_from` on, urgent work from `work_from` on;
    each is a probability, chosen on authors that the model had not read.
    """

    version: str
    heads: tuple[str, ...]
    life_from: float
    unsure_from: float
    work_from: float


class Windows(NamedTuple):
    """Stretches of a message, and how likely each is what: a row for each, a column for each head."""

    starts: Places
    ends: Places
    likely: Floats


@dataclass(frozen=True, eq=False)
class DangerModel:
    """Weights are whole numbers from -127 to 127, to be multiplied with their head's `steps`."""

    metadata: DangerModelMetadata
    weights: npt.NDArray[np.int8]
    steps: Floats
    bias: Floats

    def read(self, words: Sequence[str]) -> Windows:
        """Every window of the message; none where there is no word."""
        return ModelReading(self, words).windows

    @cached_property
    def sums(self) -> WordSums:
        """For each word how many parts it has, and the sum of their weights for each head."""
        return WordSums(self._summed, np.int16)

    def _summed(self, words: Sequence[str]) -> Sums:
        found, begins = of_parts(words)
        sums = np.zeros((len(words), 1 + self.weights.shape[1]), dtype=np.int16)
        sums[:, 0] = np.diff(begins, append=len(found))
        summed(self.weights, (found % ROWS).astype(np.intp), begins, sums[:, 1:])
        return sums

    def places(self, prefix: str) -> list[int]:
        """The places of the heads that begin so, LIFE or WORK."""
        return [place for place, head in enumerate(self.metadata.heads) if head.startswith(prefix)]

    def shares(self, words: Sequence[str], head: str) -> Floats:
        """How much more each word speaks for the head than for nothing; pairs count for both of their words."""
        own, nothing = self.metadata.heads.index(head), self.metadata.heads.index(NOTHING)

        def towards(rows: Rows) -> Floats:
            gained: Floats = (
                self.weights[rows, own] * self.steps[own] - self.weights[rows, nothing] * self.steps[nothing]
            )
            return gained

        shares = np.array([towards(rows).sum() for rows in map(part_rows, words)], dtype=np.float32)
        for apart, rows in pair_rows(words):
            halves = PAIRS_COUNT_FOR * towards(rows) / 2
            shares[: len(rows)] += halves
            shares[apart : apart + len(rows)] += halves
        return shares

    def to_bytes(self) -> bytes:
        """A compressed .npz; the same model always gives the same bytes."""
        buffer = io.BytesIO()
        facts = json.dumps(asdict(self.metadata), ensure_ascii=False, sort_keys=True).encode()
        np.savez_compressed(
            buffer,
            facts=np.frombuffer(facts, np.uint8),
            weights=self.weights,
            steps=self.steps,
            bias=self.bias,
        )
        return buffer.getvalue()

    @staticmethod
    def from_bytes(content: bytes) -> "DangerModel":
        """The model that `to_bytes` wrote. Raises ModelError for anything else."""
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                facts = json.loads(arrays["facts"].tobytes())
                if arrays["weights"].shape != (ROWS, len(facts["heads"])):
                    raise ModelError("not a model: another recipe's")
                return DangerModel(
                    metadata=DangerModelMetadata(**facts | {"heads": tuple(facts["heads"])}),
                    weights=arrays["weights"],
                    steps=arrays["steps"],
                    bias=arrays["bias"],
                )
        except (OSError, EOFError, BadZipFile, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"not a model: {error}") from error


class ModelReading:
    """What the model makes of the words of a message, of whichever stretches of them.

    Weights are summed along the message once, so that a stretch is a subtraction.
    """

    def __init__(self, model: DangerModel, words: Sequence[str]) -> None:
        self.model, self.words = model, words

    @cached_property
    def windows(self) -> Windows:
        """Every window of the message; none where there is no word."""
        spans = list(windows_of(len(self.words))) if self.words else []
        starts, ends = np.array(spans, dtype=np.intp).reshape(-1, 2).T
        if not spans:
            scores = np.empty((0, len(self.model.bias)), dtype=np.float32)
        elif len(spans) == 1:
            scores = self._whole()[None]
        else:
            scores = self._scores(starts, ends)
        return Windows(starts, ends, probabilities(scores))

    def stretches(self, spans: Sequence[tuple[int, int]]) -> Floats:
        """How likely each window of each of these stretches of the words is what; many short ones in one go."""
        windows = [(at + start, at + end) for at, to in spans for start, end in windows_of(to - at)]
        starts, ends = np.array(windows, dtype=np.intp).reshape(-1, 2).T
        return probabilities(self._scores(starts, ends))

    def _whole(self) -> Floats:
        """The score of each head for a message of one window: as `_scores` has it, without the sums along the way."""
        model = self.model
        parts = model.sums.of(self.words).sum(axis=0, dtype=np.int32)
        pairs = np.concatenate([rows for _, rows in pair_rows(self.words)])
        part, pair = values_for(parts[0], len(pairs))
        summed = model.weights.take(pairs, axis=0).sum(axis=0, dtype=np.float32)
        scores: Floats = (parts[1:] * part + summed * np.float32(pair)) * model.steps
        return scores + model.bias

    def _scores(self, starts: Places, ends: Places) -> Floats:
        """The score of each head in each of these stretches."""
        parts = self._parts[ends] - self._parts[starts]
        pairs, many = self._pairs_in(starts, ends)
        part, pair = values_for(parts[:, :1], many[:, None])
        scores: Floats = (parts[:, 1:] * part + pairs * pair) * self.model.steps + self.model.bias
        return scores

    def _pairs_in(self, starts: Places, ends: Places) -> tuple[Sums, Places]:
        """The sum of the weights of the pairs in each stretch, and how many they are: of all pairs that end before its
        end those are taken out that begin before its start, but for those that reach across the whole of it.
        """
        weights, beginning, ending = self._pairs
        sums = ending[ends] - beginning[starts]
        short = np.flatnonzero(ends - starts < APART)
        many = np.zeros_like(starts)
        for apart, its in weights:
            many += np.maximum(ends - starts - apart, 0)
            for before in range(1, apart) if len(short) else ():  # words before the start
                first = starts[short] - before
                across = short[(first >= 0) & (first + apart >= ends[short]) & (first < len(its))]
                sums[across] += its.take(starts[across] - before, axis=0)
        return sums, many

    @cached_property
    def _parts(self) -> Sums:
        return _running(self.model.sums.of(self.words))

    @cached_property
    def _pairs(self) -> tuple[list[tuple[int, npt.NDArray[np.int8]]], Sums, Sums]:
        """The weights of the pairs by how far they are apart and where they begin, and the sums of all that begin
        before each word, and of all that end before it.
        """
        weights = [(apart, self.model.weights.take(rows, axis=0)) for apart, rows in pair_rows(self.words)]
        beginning, ending = np.zeros((2, len(self.words), self.model.weights.shape[1]), dtype=np.int16)
        for _, its in weights:
            beginning[: len(its)] += its
            ending[len(beginning) - len(its) :] += its
        return weights, _running(beginning), _running(ending)


def windows_of(length: int) -> Iterator[tuple[int, int]]:
    """The windows of a message of so many words."""
    if length <= WHOLE:
        yield 0, length
        return
    for size in WINDOWS if length <= STORY else IN_A_STORY:
        for start in range(0, length - size // 2, size // 2):
            yield start, min(start + size, length)


def values_for(parts: Counts, pairs: Counts) -> tuple[Counts, Counts]:
    """What one part and one pair count in a window that has so many: longer ones are not louder."""
    return np.maximum(parts, FEW_PARTS) ** -0.5, PAIRS_COUNT_FOR * np.maximum(pairs, FEW_PAIRS) ** -0.5


@lru_cache(REMEMBERED)
def part_rows(word: str) -> Rows:
    """The rows of a word's parts."""
    return np.array([_row(part) for part in parts_of(word)], dtype=np.int32)


def pair_rows(words: Sequence[str]) -> Iterator[tuple[int, Rows]]:
    """The rows of the pairs, by how many words they are apart: neighbours in their order, "a>b", then all in any
    order, "a b", the lesser before.
    """
    starts = [word[:PAIR_START] for word in words]
    known = sorted(set(starts))
    rank = {start: place for place, start in enumerate(known)}
    at = np.array([rank[start] for start in starts], dtype=np.intp)
    near = [(at[:-apart], at[apart:]) for apart in range(1, APART + 1)]
    # What stands second is looked up among all that follows ">", then among all that follows a space.
    first = [at[:-1], *(np.minimum(*pair) for pair in near)]
    second = [at[1:], *(np.maximum(*pair) + len(known) for pair in near)]
    found = of_pairs(known, np.concatenate(first), np.concatenate(second))
    rows = (found % ROWS).astype(np.int32)
    ends = np.cumsum([len(each) for each in first]).tolist()
    for apart, start, end in zip((1, *range(1, APART + 1)), (0, *ends), ends, strict=False):
        yield apart, rows[start:end]


def probabilities(scores: Floats) -> Floats:
    """Each row of scores as probabilities (softmax)."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    likely: Floats = raised / raised.sum(axis=1, keepdims=True)
    return likely


def _row(name: str) -> int:
    return crc32(name.encode()) % ROWS


def _running(weights: npt.NDArray[Any]) -> npt.NDArray[np.int32]:
    """The sums of all rows before each; weights are whole numbers."""
    sums = np.zeros((len(weights) + 1, weights.shape[1]), dtype=np.int32)
    np.cumsum(weights, axis=0, dtype=np.int32, out=sums[1:])
    return sums
