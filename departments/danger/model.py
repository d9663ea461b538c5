"""The trained part of the reader: one linear model over hashed parts of words and pairs of words, as plain arrays.

A head for each kind of danger, each kind of urgent work, and for everything else. A message is read in windows that
overlap, so that a danger told in the middle of a long story counts as much as one told alone; sums that run along the
message make that linear in its length. The file holds numbers and names only: loading it executes nothing.
"""

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from typing import Any, NamedTuple
from zipfile import BadZipFile
from zlib import crc32

import numpy as np
import numpy.typing as npt

from departments.danger.words import parts_of

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int32]
Places = npt.NDArray[np.intp]

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
REMEMBERED = 20_000  # words whose weights are kept summed


class ModelError(Exception):
    """Bytes that are no model of this recipe."""


@dataclass(frozen=True)
class ModelMetadata:
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
class Model:
    """Weights are whole numbers from -127 to 127, to be multiplied with their head's `steps`."""

    facts: ModelMetadata
    weights: npt.NDArray[np.int8]
    steps: Floats
    bias: Floats

    def read(self, words: Sequence[str]) -> Windows:
        """Every window of the message; none where there is no word."""
        spans = list(windows_of(len(words))) if words else []
        starts, ends = np.array(spans, dtype=np.intp).reshape(-1, 2).T
        if not spans:
            scores = np.empty((0, len(self.bias)), dtype=np.float32)
        elif len(spans) == 1:
            scores = self._whole(words)[None]
        else:
            scores = self._scores(words, starts, ends)
        return Windows(starts, ends, probabilities(scores))

    def read_each(self, parts: Sequence[Sequence[str]]) -> Floats:
        """How likely each window of each of these texts is what; many short ones are read in one go."""
        words = [word for part in parts for word in part]
        begins = np.cumsum([0, *(len(part) for part in parts)]).tolist()
        spans = [
            (begin + start, begin + end)
            for begin, part in zip(begins, parts, strict=False)
            if part
            for start, end in windows_of(len(part))
        ]
        starts, ends = np.array(spans, dtype=np.intp).reshape(-1, 2).T
        return probabilities(self._scores(words, starts, ends))

    def _whole(self, words: Sequence[str]) -> Floats:
        """The score of each head for a message of one window: as `_scores` has it, without the sums along the way."""
        of_words = [_weights_of(self, word) for word in words]
        pairs = np.concatenate([rows for _, rows in pair_rows(words)])
        part, pair = values_for(sum(count for _, count in of_words), len(pairs))
        parts = np.sum([weights for weights, _ in of_words], axis=0)
        scores: Floats = (
            parts * part + self.weights[pairs].sum(axis=0, dtype=np.float32) * pair
        ) * self.steps
        return scores + self.bias

    def _scores(self, words: Sequence[str], starts: Places, ends: Places) -> Floats:
        """The score of each head in each window; weights are summed along the message, so a window is a subtraction."""
        of_words = [_weights_of(self, word) for word in words]
        sums = _running(np.array([weights for weights, _ in of_words]))
        counts = np.cumsum([0, *(count for _, count in of_words)])
        parts, many = sums[ends] - sums[starts], counts[ends] - counts[starts]
        pairs, pair_many = np.zeros_like(parts), np.zeros_like(many)
        for apart, rows in pair_rows(words):
            sums = _running(self.weights[rows])
            first = np.minimum(starts, len(rows))  # a window at the end may be shorter than the pair is wide
            last = np.maximum(ends - apart, first)
            pairs += sums[last] - sums[first]
            pair_many += last - first
        values = [values_for(*each) for each in zip(many.tolist(), pair_many.tolist(), strict=True)]
        part, pair = np.array(values).T[:, :, None]
        scores: Floats = (parts * part + pairs * pair) * self.steps + self.bias
        return scores

    def places(self, prefix: str) -> list[int]:
        """The places of the heads that begin so, LIFE or WORK."""
        return [place for place, head in enumerate(self.facts.heads) if head.startswith(prefix)]

    def shares(self, words: Sequence[str], head: str) -> Floats:
        """How much more each word speaks for the head than for nothing; pairs count for both of their words."""
        own, nothing = self.facts.heads.index(head), self.facts.heads.index(NOTHING)

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
        facts = json.dumps(asdict(self.facts), ensure_ascii=False, sort_keys=True).encode()
        np.savez_compressed(
            buffer,
            facts=np.frombuffer(facts, np.uint8),
            weights=self.weights,
            steps=self.steps,
            bias=self.bias,
        )
        return buffer.getvalue()

    @staticmethod
    def from_bytes(content: bytes) -> "Model":
        """The model that `to_bytes` wrote. Raises ModelError for anything else."""
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                facts = json.loads(arrays["facts"].tobytes())
                if arrays["weights"].shape != (ROWS, len(facts["heads"])):
                    raise ModelError("not a model: another recipe's")
                return Model(
                    facts=ModelMetadata(**facts | {"heads": tuple(facts["heads"])}),
                    weights=arrays["weights"],
                    steps=arrays["steps"],
                    bias=arrays["bias"],
                )
        except (OSError, EOFError, BadZipFile, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"not a model: {error}") from error


def windows_of(length: int) -> Iterator[tuple[int, int]]:
    """The windows of a message of so many words."""
    if length <= WHOLE:
        yield 0, length
        return
    for size in WINDOWS if length <= STORY else IN_A_STORY:
        for start in range(0, length - size // 2, size // 2):
            yield start, min(start + size, length)


def values_for(parts: int, pairs: int) -> tuple[float, float]:
    """What one part and one pair count in a window that has so many: longer ones are not louder."""
    return max(parts, FEW_PARTS) ** -0.5, PAIRS_COUNT_FOR * max(pairs, FEW_PAIRS) ** -0.5


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
    rows = _rows(known, np.concatenate(first), np.concatenate(second))
    ends = np.cumsum([len(each) for each in first]).tolist()
    for apart, start, end in zip((1, *range(1, APART + 1)), (0, *ends), ends, strict=False):
        yield apart, rows[start:end]


def _rows(known: Sequence[str], first: Places, second: Places) -> Rows:
    """The rows of pairs: CRC-32 of two texts in a row, without putting them together."""
    checksums = np.array([crc32(start.encode()) for start in known], dtype=np.uint32)[first]
    following = [f"{mark}{start}".encode() for mark in "> " for start in known]
    lengths = np.array([len(each) for each in following], dtype=np.intp)[second]
    moved = np.array([crc32(each) for each in following], dtype=np.uint32)[second]
    for byte in range(4):
        moved ^= _shifts()[lengths, byte, (checksums >> (8 * byte)) & 0xFF]
    rows: Rows = (moved % ROWS).astype(np.int32)
    return rows


@cache
def _shifts() -> npt.NDArray[np.uint32]:
    """What a byte of a checksum comes to when so many bytes follow: by their number, its place, itself.

    A checksum is linear over exclusive or: that of two texts in a row is that of the first, moved by the length of the
    second, with that of the second.
    """
    longest = 4 * PAIR_START + 1
    tables = np.zeros((longest + 1, 4, 256), dtype=np.uint32)
    for length in range(longest + 1):
        nothing = bytes(length)
        for byte in range(4):
            tables[length, byte] = [
                crc32(nothing, each << (8 * byte)) ^ crc32(nothing) for each in range(256)
            ]
    return tables


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


@lru_cache(REMEMBERED)
def _weights_of(model: Model, word: str) -> tuple[npt.NDArray[np.int32], int]:
    """The sum of the weights of a word's parts, and how many they are."""
    rows = part_rows(word)
    summed: npt.NDArray[np.int32] = model.weights[rows].sum(axis=0, dtype=np.int32)
    return summed, len(rows)
