"""CRC-32 of very many short texts at once, without putting them together or hashing each by itself. Pure.

The rows of the tables of weights (model.py, language.py) are named by the checksums of parts of words and of pairs of
words. A checksum goes on from one letter to the next by a table, and is linear over exclusive or: that of two texts in
a row is that of the first, moved by the length of the second, with that of the second.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt

from departments.danger_reader.tokenizer import BEGINNINGS, IN_A_ROW, KEPT, forms_of, parts_of

Checksums = npt.NDArray[np.uint32]
Places = npt.NDArray[np.intp]

Numbers = npt.NDArray[Any]

WORDS_KEPT = 20_000  # whose sums are remembered
MANY = 16  # words from which it is faster to take their parts all at once
LONGEST_SECOND = 21  # bytes of the second of two texts
_ALL = 0xFFFFFFFF
_LEAST = np.array([0, 0x80, 0x800, 0x10000])  # letters of one, two, three and four bytes
_LEADS = np.array([0, 0, 0xC0, 0xE0, 0xF0], dtype=np.uint32)  # of letters of so many bytes


class WordSums:
    """Of each word the sum of the rows of a table, kept for words that were read before: people use the same ones
    again and again.
    """

    def __init__(self, compute: Callable[[Sequence[str]], Numbers], dtype: npt.DTypeLike) -> None:
        """`compute` gives a row of this type for each of some words."""
        self._compute, self._dtype = compute, dtype
        self._kept = dict[str, bytes]()

    def of(self, words: Sequence[str]) -> Numbers:
        """A row for each of these words, of which there is at least one."""
        sums = [self._kept.get(word, b"") for word in words]
        if b"" in sums:
            fresh = list(dict.fromkeys(word for word, its in zip(words, sums, strict=True) if not its))
            found = dict(zip(fresh, map(bytes, self._compute(fresh)), strict=True))
            sums = [its or found[word] for word, its in zip(words, sums, strict=True)]
            if len(self._kept) > WORDS_KEPT:
                self._kept.clear()
            self._kept.update(found)
        return np.frombuffer(b"".join(sums), dtype=self._dtype).reshape(len(words), -1)


def summed(table: Numbers, rows: Places, begins: Places, sums: Numbers) -> None:
    """Adds to each of `sums` its rows of the table: those from its place in `begins` up to the next one's."""
    counts = np.diff(begins, append=len(rows))
    longest = np.argsort(-counts, kind="stable")
    for part in range(int(counts.max())):
        those = longest[: np.count_nonzero(counts > part)]
        sums[those] += table.take(rows[begins[those] + part], axis=0)


def of_parts(words: Sequence[str]) -> tuple[Checksums, Places]:
    """The checksums of all words' parts (`parts_of`), each once for a word, and where those of each word begin."""
    if len(words) < MANY:
        each = [[crc32(part.encode()) for part in parts_of(word)] for word in words]
        begins = np.cumsum([0, *(len(found) for found in each[:-1])])
        return np.array([found for its in each for found in its], dtype=np.uint32), begins
    forms = [(place, form) for place, word in enumerate(words) for form in forms_of(word)]
    spelt = [(place, form) for place, form in forms if words[place][0].isalpha()]
    lengths = np.array([len(form) + 2 for _, form in spelt], dtype=np.intp)
    ends = np.cumsum(lengths)
    of_form, of_letter = np.arange(len(spelt)), np.repeat(np.arange(len(spelt)), lengths)
    letters = _Letters("".join(f"<{form}>" for _, form in spelt))
    owners = np.array([place for place, _ in spelt], dtype=np.uint64)
    keys = [
        _keys(
            np.array([place for place, _ in forms], dtype=np.uint64),
            np.array([crc32(f"w{form}".encode()) for _, form in forms], dtype=np.uint32),
        )
    ]
    for name, of, first, last, sizes in (
        ("p", of_form, ends - lengths + 1, ends - 1, BEGINNINGS),
        ("c", of_letter, np.arange(len(of_letter)), ends[of_letter], IN_A_ROW),
    ):
        keys += [_keys(owners[of[those]], found) for those, found in letters.runs(name, first, last, sizes)]
    every = np.sort(np.concatenate(keys))
    once = every[np.insert(every[1:] != every[:-1], 0, True)]
    begins = np.searchsorted(once, np.arange(len(words), dtype=np.uint64) << np.uint64(32))
    return (once & np.uint64(_ALL)).astype(np.uint32), begins


def of_pairs(known: Sequence[str], first: Places, second: Places) -> Checksums:
    """The checksums of pairs of texts: `first` are places in `known`, `second` in all of `known` after ">" and then in
    all of it after a space.
    """
    spelt = np.frombuffer(b"".join(map(_of_start, known)), dtype=np.uint32).reshape(-1, 4)
    own, after_mark, after_space, lengths = spelt.T
    checksums = own[first]
    moved = np.concatenate([after_mark, after_space])[second]
    begin = np.concatenate([lengths, lengths])[second].astype(np.intp) * (4 * 256)
    for byte in range(4):
        moved ^= _moves().take(begin + 256 * byte + ((checksums >> (8 * byte)) & 0xFF))
    return moved


@lru_cache(KEPT)
def _of_start(text: str) -> bytes:
    """The checksums of a text, of it after ">" and after a space, and how many bytes these two have."""
    spelt = text.encode()
    following = crc32(b">" + spelt), crc32(b" " + spelt)
    return np.array([crc32(spelt), *following, len(spelt) + 1], dtype=np.uint32).tobytes()


class _Letters:
    """The letters of a text as the bytes of UTF-8, to go on by one at many places at once."""

    def __init__(self, text: str) -> None:
        points = np.frombuffer(text.encode("utf-32-le"), dtype="<u4").astype(np.uint32)
        self._lengths: Places = np.searchsorted(_LEAST, points, side="right")
        self._bytes: list[Checksums] = []
        for byte in range(int(self._lengths.max(initial=1))):
            rest = points >> (6 * np.maximum(self._lengths - 1 - byte, 0)).astype(np.uint32)
            lead = np.where(self._lengths == 1, points, _LEADS[self._lengths] | rest)
            its = lead if byte == 0 else 0x80 | (rest & 0x3F)
            self._bytes.append(its.astype(np.uint32))

    def runs(
        self, name: str, first: Places, last: Places, sizes: range
    ) -> Iterator[tuple[Places, Checksums]]:
        """For each size the checksums of `name` and so many letters from `first` on, and which of these they are: those
        that end before `last`.
        """
        those = np.arange(len(first))
        states = np.full(len(first), crc32(name.encode()) ^ _ALL, dtype=np.uint32)
        for size in range(1, sizes.stop):
            long = first[those] + size <= last[those]
            those, states = those[long], states[long]
            states = self._after(states, first[those] + size - 1)
            if size in sizes:
                yield those, ~states

    def _after(self, states: Checksums, at: Places) -> Checksums:
        """What checksums in the making come to with the letters at these places."""
        for byte, its in enumerate(self._bytes):
            moved = _steps()[(states ^ its[at]) & 0xFF] ^ (states >> 8)
            states = np.where(self._lengths[at] > byte, moved, states) if byte else moved
        return states


def _keys(owners: npt.NDArray[np.uint64], checksums: Checksums) -> npt.NDArray[np.uint64]:
    return (owners << np.uint64(32)) | checksums


@cache
def _steps() -> Checksums:
    """What goes into a checksum in the making for a byte of it with one of the text."""
    return np.array([crc32(bytes([each ^ 0xFF])) ^ 0xFF000000 for each in range(256)], dtype=np.uint32)


@cache
def _moves() -> npt.NDArray[np.uint32]:
    """What a byte of a checksum comes to when so many bytes follow: by their number, its place, itself."""
    tables = np.zeros((LONGEST_SECOND + 1, 4, 256), dtype=np.uint32)
    for length in range(LONGEST_SECOND + 1):
        nothing = bytes(length)
        for byte in range(4):
            tables[length, byte] = [
                crc32(nothing, each << (8 * byte)) ^ crc32(nothing) for each in range(256)
            ]
    return tables
