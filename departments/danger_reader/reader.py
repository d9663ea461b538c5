"""Reads whether a message tells of danger to life, of urgent work, or of neither. `read` is the door.

The plainest sentences are known by rules (plain.py). The model (model.py) reads every word of every message in
overlapping windows. From `life_from` on the kind's own sentence is said, from `unsure_from` on the calm conditional
line. What it learned from, and what it cannot do: docs/decisions.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from math import log
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from departments.danger_reader.kinds import DESPAIR, is_of_the_street, kinds
from departments.danger_reader.kinds import WORK as WORK_KINDS
from departments.danger_reader.language import spoken_in
from departments.danger_reader.model import (
    LIFE,
    STORY,
    WHOLE,
    WINDOWS,
    WORK,
    DangerModel,
    Floats,
    ModelReading,
    Windows,
)
from departments.danger_reader.plain import foreign_kind, plain_kind, work_kind
from departments.danger_reader.tokenizer import clauses_in, folded, words_in

MODEL = Path(__file__).with_name("model.npz")
WORDS_SHOWN = 3
REMEMBERED = 200  # readings
# A kind that is nearly as likely as the likeliest is meant, too: then the one wins that comes first in kinds.toml.
ALSO_MEANT = 0.65
# Of a long message there are many windows, and one of them often looks like danger: each has to be so much surer. In a
# story ten words in a row look like anything: a window so short has to be surer still.
LONG_DOUBT, SHORT_DOUBT = 0.15, 0.3
# What looks a little like many dangers and much like none is seldom one, nor is what a few words look like: in logits
# the likeliest family of kinds counts for so much beside all together, and fewer words than so many for so much less.
# What is sure by the likelihood of all together has to be so likely by that.
FAMILY_COUNTS_FOR = 0.3
FEW_WORDS, FEW_WORDS_COUNT_FOR = 20, 0.5
SURELY_LIKELY = 0.4
LEAST_LIKELY = 0.0001
# A danger told in one sentence of a story is drowned by what stands around it. So long a message hardly ever comes (of
# 1,160 real complaints none has so many words), a wrong calm line costs little there and a danger missed its price:
# in a story so much is enough for the calm line. What has more words than a message can hold (4,096 letters) is none.
IN_A_STORY_FROM = 0.07
LONGEST_STORY = 800
# Where the words are surely of an ordinary subject, a danger that is not sure has to be so likely.
ORDINARY_DOUBT = 0.3
# The command that asks how the line works; repeated, stretched or with a mark after it, it is a cry.
HELP = frozenset({("yardim",), ("help",), ("مساعده",)})

STREET_GAS, HOME_GAS = "gas_out", "gas_in"
PLACED_WORDS = 20  # more of them name what is around, too
SOS = "🆘"
_WORD = re.compile(r"[^\W_]+")
# Of other dangers some 3 in 100 are taken for one of these, too (train_danger --count).
SHIELDED = frozenset({"violence", *DESPAIR})
SHIELDED_FROM, CLAUSE_SHIELDED_FROM = 0.2, 0.5
CLAUSE_WORDS = 3

Level = Literal["life", "work", "none"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a message tells of.

    `kind` is a danger's (kinds.toml) or that of urgent work, '' for neither; unless it is `sure`, a danger is only
    possible. `reason` tells staff, in Turkish, which words it rests on; `language` is that of the message: tr, en,
    ar, '' for one that the line does not speak. A danger is `shielded` where the words tell of violence or
    despair, too. How `likely` it is, 0 to 1, is the model's; a rule is certain. The `alarm` is how likely danger or
    urgent work is told of, whatever the level. A story (`in_a_story`) is too long for its subject to say anything
    against a danger.
    """

    level: Level
    kind: str = ""
    sure: bool = True
    reason: str = ""
    language: str = "tr"
    shielded: bool = False
    likely: float = 1.0
    alarm: float = 1.0
    in_a_story: bool = False


@lru_cache(REMEMBERED)
def read(text: str) -> Reading:
    """What the text tells of; its length is no matter. The ingest asks, then the turn, then the router: read once."""
    return read_with(model(), text)


def read_with(reader: DangerModel, text: str) -> Reading:
    """As `read`, by the model given."""
    said = folded(text)
    words = words_in(said)
    read = ModelReading(reader, words)
    reading = _at_home(words, _read(read, text))
    reading = replace(reading, reason=_as_written(reading.reason, text)) if reading.reason else reading
    return replace(reading, shielded=_is_shielded(read, said)) if reading.level == "life" else reading


def _at_home(words: Sequence[str], reading: Reading) -> Reading:
    """The reading of gas in a home, where few words name no street but that of an address: in doubt the smell is in
    one, where whoever closes the windows and stays is killed.
    """
    if reading.kind != STREET_GAS or len(words) > PLACED_WORDS:
        return reading
    if is_of_the_street(words, reading.language):
        return reading
    reason = reading.reason.replace(kinds()[STREET_GAS].name, kinds()[HOME_GAS].name)
    return replace(reading, kind=HOME_GAS, reason=reason)


def _as_written(reason: str, text: str) -> str:
    """The reason with its words as the text has them."""
    name, colon, said = reason.partition(": ")
    if not said:
        return reason
    # All of them are folded at once, on lines of their own: no word runs on into the next.
    words = _WORD.findall(text)
    written = dict(zip(folded("\n".join(words)).split("\n"), words, strict=True))
    return name + colon + _WORD.sub(lambda each: written.get(each[0], each[0]), said)


def _read(read: ModelReading, text: str) -> Reading:
    reader, words = read.model, read.words
    language = spoken_in(words).language
    if SOS in text:
        return Reading("life", "cry", reason=kinds()["cry"].name, language=language)
    if not words or tuple(words) in HELP:
        return Reading("none", language=language, alarm=0.0)
    foreign, said = foreign_kind(words)
    if foreign:
        return Reading("life", foreign, reason=f"{kinds()[foreign].name}: {said}", language="")
    plain, said = plain_kind(words)
    if plain:
        return Reading("life", plain, reason=f"{kinds()[plain].name}: {said}", language=language)
    windows = read.windows
    life, work = reader.places(LIFE), reader.places(WORK)
    sums = life_sums(windows, life, len(words))
    dangerous = life_in(reader, windows, sums, len(words))
    danger = float(dangerous.max())
    busy = windows.likely[:, work].sum(axis=1)
    alarm = float((sums + busy).max())
    certain = are_sure(sums, dangerous, reader.metadata.life_from)
    story = STORY < len(words) <= LONGEST_STORY
    if danger >= (IN_A_STORY_FROM if story else reader.metadata.unsure_from):
        sure = bool(certain.any())
        meant = np.flatnonzero(certain if sure else dangerous >= danger)
        head, window = _kind(reader, windows, meant.tolist(), life)
        kind = head.removeprefix(LIFE)
        reason = _reason(reader, _of(words, windows, window), head, kinds()[kind].name)
        return Reading("life", kind, sure, reason, language, likely=danger, alarm=alarm, in_a_story=story)
    plain, said = work_kind(words)
    if plain:
        return Reading("work", plain, reason=f"{WORK_KINDS[plain]}: {said}", language=language)
    busiest = int(busy.argmax())
    if busy[busiest] >= reader.metadata.work_from:
        head = reader.metadata.heads[work[int(windows.likely[busiest, work].argmax())]]
        kind = head.removeprefix(WORK)
        reason = _reason(reader, _of(words, windows, busiest), head, WORK_KINDS[kind])
        return Reading("work", kind, reason=reason, language=language, alarm=alarm)
    return Reading("none", language=language, alarm=alarm)


def _of(words: Sequence[str], windows: Windows, window: int) -> Sequence[str]:
    return words[windows.starts[window] : windows.ends[window]]


def is_doubtful(reading: Reading) -> bool:
    """Whether a danger is too unlikely to be believed where the router is sure of an ordinary subject."""
    return not reading.sure and reading.likely < ORDINARY_DOUBT and not reading.in_a_story


@cache
def model() -> DangerModel:
    """The model that ships with the code, read once per process."""
    return DangerModel.from_bytes(MODEL.read_bytes())


def _is_shielded(read: ModelReading, said: str) -> bool:
    """Whether violence or despair is told of, too ("ev yanıyor, kocam yaktı"): by all words of a short message, or by a
    clause, which has to be surer the more there are.
    """
    heads = [
        place
        for place, head in enumerate(read.model.metadata.heads)
        if head.startswith(LIFE) and kinds()[head.removeprefix(LIFE)].family in SHIELDED
    ]
    if len(read.words) <= WHOLE and read.windows.likely[0, heads].sum() >= SHIELDED_FROM:
        return True
    clauses = [(start, end) for start, end in clauses_in(said) if end - start >= CLAUSE_WORDS]
    told = read.stretches(clauses)[:, heads].sum(axis=1) if clauses else ()
    return bool(max(told, default=0.0) - _doubt(len(read.words)) >= CLAUSE_SHIELDED_FROM)


def _doubt(words: int, *, short: bool = True) -> float:
    """How much surer a part of a message of so many words has to be, a `short` one most of all."""
    return SHORT_DOUBT if short and words > STORY else LONG_DOUBT if words > WHOLE else 0.0


def life_in(reader: DangerModel, windows: Windows, sums: Floats, words: int) -> Floats:
    """How likely each window of a message of so many words is to tell of danger to life, 0 to 1, by its `life_sums`."""
    families = (windows.likely @ _families(reader)).max(axis=1)
    scores = (1 - FAMILY_COUNTS_FOR) * _logit(sums) + FAMILY_COUNTS_FOR * _logit(families)
    scores += FEW_WORDS_COUNT_FOR * log(min(words, FEW_WORDS) / FEW_WORDS)
    return (1 / (1 + np.exp(-scores))).astype(np.float32)


def are_sure(sums: Floats, dangerous: Floats, life_from: float) -> npt.NDArray[np.bool_]:
    """Of which windows of these `life_sums` and `life_in` the kind's own sentence is said."""
    found: npt.NDArray[np.bool_] = (sums >= life_from) & (dangerous >= SURELY_LIKELY)
    return found


def life_sums(windows: Windows, life: Sequence[int], words: int) -> Floats:
    """The likelihoods of all dangers together in each window of a message of so many words, less its doubt."""
    short = windows.ends - windows.starts < WINDOWS[0]
    doubts = np.where(short, _doubt(words, short=True), _doubt(words, short=False))
    sums: Floats = windows.likely[:, life].sum(axis=1) - doubts
    return sums


@lru_cache(maxsize=4)
def _families(reader: DangerModel) -> Floats:
    """Of which family of dangers each head is: a row for each head, a column for each family."""
    heads = reader.metadata.heads
    families = [kinds()[head.removeprefix(LIFE)].family if head.startswith(LIFE) else "" for head in heads]
    known = sorted(set(families) - {""})
    return np.array([[family == each for each in known] for family in families], dtype=np.float32)


def _logit(likely: Floats) -> Floats:
    bounded = np.minimum(np.maximum(likely, LEAST_LIKELY), 1 - LEAST_LIKELY)
    scores: Floats = np.log(bounded / (1 - bounded))
    return scores


def _kind(
    reader: DangerModel, windows: Windows, meant: Sequence[int], life: Sequence[int]
) -> tuple[str, int]:
    """Of all kinds that the windows meant tell of the one that wins, and its window."""
    rank = {f"{LIFE}{kind.key}": kind.rank for kind in kinds().values()}
    told: list[tuple[str, int]] = []
    for window in meant:
        likely = windows.likely[window, life]
        said = np.flatnonzero(likely >= ALSO_MEANT * likely.max()).tolist()
        told += [(reader.metadata.heads[life[place]], window) for place in said]
    return min(told, key=lambda each: rank[each[0]])


def _reason(reader: DangerModel, words: Sequence[str], head: str, name: str) -> str:
    """The kind and the words that speak loudest for it, in their order."""
    shares: Floats = reader.shares(words, head)
    loudest = sorted(place for place in np.argsort(-shares)[:WORDS_SHOWN].tolist() if shares[place] > 0)
    shown = ", ".join(dict.fromkeys(words[place] for place in loudest if words[place][0].isalpha()))
    return ": ".join(filter(None, (name, shown)))
