"""The trained part of the router: one linear model over named features, stored as plain arrays.

A head per category, per kind, one for questions, one for urgency and one for talk that is no report. The file holds
numbers and names only: loading it executes nothing.
"""

import io
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property, lru_cache
from math import log
from typing import Any, NamedTuple
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from departments.common.model_files import ModelError
from departments.routing.features import (
    PAIR_START,
    PAIRS,
    STARTS,
    STEMS,
    WORDS_READ,
    family,
    near,
    parts_of,
    signs,
)
from departments.text.vocabulary import BLANK, Token, vocabulary

Floats = npt.NDArray[np.floating[Any]]
Indices = npt.NDArray[np.intp]

RECIPE = 7  # of the features and the training: a model of another one does not fit this code
MOST_WORDS_SHOWN = 3
WORTH_SHOWING = 0.25
READ_AGAIN_UP_TO = 60  # words of a message, for a word that is told to be left out of it
RARE = 1 - log(0.03)  # the rarity of what 3 in 100 messages have
IN_PASSING_FROM = 20  # words: in a longer message another district is named in passing
DIGITS = "0123456789"
WORDS_REMEMBERED = 20_000  # people use the same words again and again
NONE = np.empty(0, dtype=np.intp)
ROOM_FOR_PLACES = 16  # bits: a message that is read has fewer parts


@dataclass(frozen=True)
class LinearModelMetadata:
    """A model's metadata.

    `inverse_temperature` turns scores into probabilities, `urgent_from` is the score from which a message counts as
    urgent, `asks_from` and `perhaps_asks_from` as a question where it has the form of one, `talk_from` and
    `perhaps_talk_from` as talk; all are chosen by leave-one-out cross-validation. `scores` are those on the test set
    when it was promoted. `learned` is from how many messages of the corpus each category was learned.
    """

    version: str
    recipe: int
    categories: tuple[str, ...]
    kinds: tuple[str, ...]
    inverse_temperature: float
    urgent_from: float
    asks_from: float
    perhaps_asks_from: float
    talk_from: float
    perhaps_talk_from: float
    scores: Mapping[str, float] = field(default_factory=dict)
    learned: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a prediction rests on: the rows of the features found and their values, and which words each comes from, as
    two lists of equal length, of places in `rows` (`of`) and of positions in the message (`at`).
    """

    model: "LinearModel"
    rows: Indices
    values: Floats
    of: Indices
    at: Indices
    cites_ticket: bool

    def shares(self, category: str) -> Floats:
        """What each feature adds to the score of the category."""
        head = self.model.metadata.categories.index(category)
        weights = self.model.weights[self.rows, head].astype(np.float32)
        gained: Floats = self.values * weights * self.model.steps[head]
        return gained

    def by_word(self, shares: Floats) -> Floats:
        """What each word adds: every feature's share in equal parts to the words that it comes from."""
        counts = np.bincount(self.of, minlength=len(self.rows))
        each: Floats = (shares / np.maximum(counts, 1))[self.of]
        summed: Floats = np.bincount(self.at, weights=each).astype(np.float32)
        return summed

    def favour(self, category: str, other: str = "") -> float:
        """How much the whole message speaks for the category, and more for it than for the `other`."""
        against = float(self.shares(other).sum()) if other else 0.0
        return float(self.shares(category).sum()) - against

    def has(self, letters: str, words: int) -> npt.NDArray[np.bool_]:
        """For each of so many words whether it has a feature of one of these families."""
        among = _letters(letters)[self.model.families[self.rows]]
        found = np.zeros(words, dtype=np.bool_)
        found[self.at[among[self.of]]] = True
        return found


class Prediction(NamedTuple):
    """The model's output for one message.

    `understood` is the share (0 to 1) of the words that the model knows, courtesies and numbers apart; where it is 0
    the rest is meaningless. `categories` are probabilities as if it knew every word, `kinds` scores of which the
    highest counts, `urgency` how far its score is beyond the model's threshold. `asks`: an answer in words would
    settle it, if it has the form of a question; 2 surely, 1 perhaps, 0 not. `talk` is how much it sounds like what is
    said around reports (likewise).
    """

    understood: float
    categories: Mapping[str, float]
    kinds: Mapping[str, float]
    urgency: float
    asks: int
    talk: int
    evidence: Evidence

    @property
    def urgent(self) -> bool:
        """Whether it sounds urgent by itself."""
        return self.urgency >= 0

    def words_for(self, message: tuple[Token, ...], category: str, other: str = "") -> tuple[int, ...]:
        """The positions of the words of the message that spoke most for the category, in their order; of those that
        speak for the `other` one as well only what they gave this one more counts.

        A word comes once, however inflected, and only if it is a stem or few messages have it, "dedi" and "neden"
        convince nobody, and if less speaks for the category without it.
        """
        shares = self.evidence.shares(category)
        if other:
            shares = shares - self.evidence.shares(other)
        by_word = self.evidence.by_word(shares)
        worth = max(WORTH_SHOWING * max(by_word, default=0.0), 0.0)
        known = self.evidence.has(STEMS, len(message))
        shown = dict[str, int]()
        for position in np.argsort(-by_word, kind="stable").tolist():
            if len(shown) == MOST_WORDS_SHOWN or by_word[position] <= worth:
                break
            start = message[position].folded[:PAIR_START]
            again = any(start.startswith(each) or each.startswith(start) for each in shown)
            told = not again and (known[position] or self.evidence.model.is_rare(start))
            if told and self._needs(message, position, category, other):
                shown[start] = position
        return tuple(sorted(shown.values()))

    def _needs(self, message: tuple[Token, ...], position: int, category: str, other: str) -> bool:
        """Whether the message says less of the category without the word there: words that are few stand for more, and
        those beside it come together. In a longer one a word changes little, and it is not read again.
        """
        if len(message) > READ_AGAIN_UP_TO:
            return True
        evidence = self.evidence
        without = (*message[:position], *message[position + 1 :])
        again = evidence.model.read(without, cites_ticket=evidence.cites_ticket)
        return again.evidence.favour(category, other) < evidence.favour(category, other)


@dataclass(frozen=True, eq=False)
class LinearModel:
    """The row of each feature, its rarity (inverse document frequency), and its weight on each head.

    Weights are whole numbers from -127 to 127, to be multiplied with their head's `steps`. Heads stand in the order
    categories, kinds, questions, urgency, talk.
    """

    metadata: LinearModelMetadata
    rows: Mapping[str, int]
    rarity: Floats
    weights: npt.NDArray[np.int8]
    steps: Floats
    bias: Floats

    def read(self, message: tuple[Token, ...], *, cites_ticket: bool) -> Prediction:
        """Predicts category, kind and urgency of a message, by its first words.

        Another district named in a long message is most often passed by or compared with ("Talas'ta hepsini yaptılar"):
        there it says nothing, and a clerk looks first (route.py). It is the place where somebody lives in it.
        """
        words = vocabulary()
        message = words.essence(message[:WORDS_READ])
        if len(message) > IN_PASSING_FROM:
            passing = frozenset(words.passing_in(message))
            message = tuple(BLANK if at in passing else token for at, token in enumerate(message))
        evidence = self._evidence(message, cites_ticket=cites_ticket)
        scores = (
            evidence.values @ self.weights.take(evidence.rows, axis=0).astype(np.float32)
        ) * self.steps + self.bias
        codes, kinds = self.metadata.categories, self.metadata.kinds
        likely = probabilities(scores[None, : len(codes)], self.metadata.inverse_temperature)[0]
        return Prediction(
            understood=_share_known(message, evidence),
            categories=dict(zip(codes, likely.tolist(), strict=True)),
            kinds=dict(zip(kinds, scores[len(codes) : -3].tolist(), strict=True)),
            urgency=float(scores[-2] - self.metadata.urgent_from),
            asks=int(scores[-3] >= self.metadata.asks_from)
            + int(scores[-3] >= self.metadata.perhaps_asks_from),
            talk=int(scores[-1] >= self.metadata.talk_from)
            + int(scores[-1] >= self.metadata.perhaps_talk_from),
            evidence=evidence,
        )

    def is_rare(self, start: str) -> bool:
        """Whether few of the messages that were learned from have a word that begins so."""
        row = self.rows.get(f"{STARTS} {start}")
        return row is None or float(self.rarity[row]) >= RARE

    @cached_property
    def families(self) -> npt.NDArray[np.uint8]:
        """The letter of each row's family."""
        return np.array([ord(family(name)) for name in self.rows], dtype=np.uint8)

    @cached_property
    def pairs(self) -> "PairTable":
        """The pairs of starts that the model knows."""
        return PairTable.of(self.rows)

    @cached_property
    def rows_of(self) -> Callable[[str], bytes]:
        """The rows of a word's starts and pieces that the model knows, one for each occurrence, as an array's bytes."""

        def look_up(word: str) -> bytes:
            known = (self.rows.get(name) for name in parts_of(word)) if word else ()
            return np.array([row for row in known if row is not None], dtype=np.intp).tobytes()

        return lru_cache(WORDS_REMEMBERED)(look_up)

    def _evidence(self, message: tuple[Token, ...], *, cites_ticket: bool) -> Evidence:
        """The features of a message that the model knows; those of a word are looked up once for all messages."""
        of_words = [self.rows_of(token.folded) for token in message]
        of_all = np.frombuffer(b"".join(of_words), dtype=np.intp)
        lengths = [len(each) // of_all.itemsize for each in of_words]
        # Sorted together with where each stands, which is several times as fast as sorting their places.
        keys = np.sort(of_all << ROOM_FOR_PLACES | np.arange(len(of_all)))
        ordered = keys >> ROOM_FOR_PLACES
        begins = np.flatnonzero(np.diff(ordered, prepend=-1))
        rows, counts = ordered[begins], np.diff(begins, append=len(ordered))
        at = np.repeat(np.arange(len(message)), lengths)[keys & (1 << ROOM_FOR_PLACES) - 1]
        pairs, words = self.pairs.among(message)
        found = [
            (row, sign.value, sign.at)
            for name, sign in signs(message, cites_ticket=cites_ticket).items()
            if (row := self.rows.get(name)) is not None
        ]
        all_rows = np.concatenate([rows, pairs, np.array([row for row, _, _ in found], dtype=np.intp)])
        values = np.concatenate(
            [1 + np.log(counts), np.ones(len(pairs)), [value for _, value, _ in found]]
        ).astype(np.float32)
        values *= self.rarity[all_rows]
        counted, paired = values[: len(rows)], values[len(rows) : len(rows) + len(pairs)]
        starts = self.families[rows] == ord(STARTS)
        counted /= np.where(starts, _length(counted[starts]), _length(counted[~starts]))
        paired /= _length(paired)
        signed = [
            (number, place)
            for number, (_, _, its) in enumerate(found, start=len(rows) + len(pairs))
            for place in its
        ]
        more = np.array(signed, dtype=np.intp).reshape(-1, 2)
        numbers = np.arange(len(rows) + len(pairs))
        return Evidence(
            self,
            all_rows,
            values,
            np.concatenate([np.repeat(numbers, np.append(counts, np.full(len(pairs), 2))), more[:, 0]]),
            np.concatenate([at, words.ravel(), more[:, 1]]),
            cites_ticket,
        )

    def to_bytes(self) -> bytes:
        """A compressed .npz, of which the weights are packed by themselves; the same model always gives the same
        bytes.
        """
        buffer = io.BytesIO()
        names = "\n".join(self.rows).encode()
        facts = json.dumps(asdict(self.metadata), ensure_ascii=False, sort_keys=True).encode()
        np.savez_compressed(
            buffer,
            facts=np.frombuffer(facts, np.uint8),
            names=np.frombuffer(names, np.uint8),
            rarity=self.rarity.astype(np.float32),
            packed=_packed(self.weights),
            steps=self.steps.astype(np.float32),
            bias=self.bias.astype(np.float32),
        )
        return buffer.getvalue()

    @staticmethod
    def from_bytes(content: bytes) -> "LinearModel":
        """The model that `to_bytes` wrote. Raises ModelError for anything else."""
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                facts = json.loads(arrays["facts"].tobytes())
                names = arrays["names"].tobytes().decode().split("\n")
                return LinearModel(
                    metadata=LinearModelMetadata(
                        **facts | {key: tuple(facts[key]) for key in ("categories", "kinds")}
                    ),
                    rows={name: row for row, name in enumerate(names)},
                    rarity=arrays["rarity"],
                    weights=_weights(arrays, rows=len(names)),
                    steps=arrays["steps"],
                    bias=arrays["bias"],
                )
        except (OSError, EOFError, BadZipFile, ValueError, KeyError, TypeError, zlib.error) as error:
            raise ModelError(f"not a model: {error}") from error


@dataclass(frozen=True, eq=False)
class PairTable:
    """The rows of those pairs that a model knows, by the numbers of their two starts in the alphabet's order."""

    starts: Mapping[str, int]
    keys: Indices
    rows: Indices

    @staticmethod
    def of(rows: Mapping[str, int]) -> "PairTable":
        """From the rows of all features by their names."""
        known = [name.split(" ")[1:] for name in rows if family(name) == PAIRS]
        starts = {start: at for at, start in enumerate(sorted({each for pair in known for each in pair}))}
        its = [row for name, row in rows.items() if family(name) == PAIRS]
        keys = np.array([starts[one] * len(starts) + starts[other] for one, other in known], dtype=np.intp)
        order = np.argsort(keys)
        return PairTable(starts, keys[order], np.array(its, dtype=np.intp)[order])

    def among(self, message: tuple[Token, ...]) -> tuple[Indices, Indices]:
        """The rows of the known ones of the message's `pairs`, and the positions of the two words of each."""
        positions = [at for at, token in enumerate(message) if token.folded]
        numbers = np.array(
            [self.starts.get(message[at].folded[:PAIR_START], -1) for at in positions], dtype=np.intp
        )
        first, second = near(len(positions))
        one, other = numbers[first], numbers[second]
        lesser = np.minimum(one, other)
        likely = np.flatnonzero((lesser >= 0) & (one != other))
        keys = lesser[likely] * len(self.starts) + np.maximum(one, other)[likely]
        places = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        known = np.flatnonzero(self.keys[places] == keys) if len(self.keys) else NONE
        _, once = np.unique(keys[known], return_index=True)
        those = known[np.sort(once)]
        of_words = np.stack([first[likely[those]], second[likely[those]]], axis=1)
        return self.rows[places[those]], np.array(positions, dtype=np.intp)[of_words]


@lru_cache
def _letters(letters: str) -> npt.NDArray[np.bool_]:
    """Of every letter that a family may have, whether it is one of these."""
    found = np.zeros(256, dtype=np.bool_)
    found[[ord(letter) for letter in letters]] = True
    return found


def _length(values: Floats) -> np.float32:
    """The length of a vector, 1 for one of zeros."""
    return np.float32(np.linalg.norm(values) or 1.0)


def _packed(weights: npt.NDArray[np.int8]) -> npt.NDArray[np.uint8]:
    """Deflated as numbers: a tenth smaller than if it is looked for repetitions, as in a text."""
    packer = zlib.compressobj(level=9, strategy=zlib.Z_FILTERED)
    return np.frombuffer(packer.compress(weights.tobytes()) + packer.flush(), np.uint8)


def _weights(arrays: Mapping[str, npt.NDArray[Any]], *, rows: int) -> npt.NDArray[np.int8]:
    """What `_packed` packed; in a model that was learned on site by an earlier release they stand as they are."""
    if "weights" in arrays:
        return arrays["weights"]
    return np.frombuffer(zlib.decompress(arrays["packed"].tobytes()), np.int8).reshape(rows, -1)


def _share_known(message: tuple[Token, ...], evidence: Evidence) -> float:
    words = [bool(token.folded.strip(DIGITS)) for token in message]
    known = evidence.has(STARTS + STEMS, len(message))
    return int((known & words).sum()) / sum(words) if any(words) else 0.0


def probabilities(scores: Floats, inverse_temperature: float) -> Floats:
    """Each row of scores as probabilities (softmax)."""
    raised = np.exp((scores - scores.max(axis=1, keepdims=True)) * inverse_temperature)
    whole: Floats = raised / raised.sum(axis=1, keepdims=True)
    return whole
