import json
from collections import Counter, defaultdict
from math import ceil

import pytest

from departments.base_data.loading import DATA
from departments.text.folding import fold
from departments.text.vocabulary import tokens
from departments.training.router_corpus import CORPUS, CorpusError, RoutingExample, corpus, read

LEAST_PER_CATEGORY = 15
ALIKE = 0.7  # of the words that two messages have together
TAXONOMY = {entry["code"]: entry for entry in json.loads((DATA / "categories.json").read_text())}
MAHALLELER = {entry["name"] for entry in json.loads((DATA / "mahalle_names.json").read_text())}


def test_every_category_has_enough_messages():
    counts = Counter(example.category for example in corpus())
    assert set(counts) == set(TAXONOMY)
    assert min(counts.values()) >= LEAST_PER_CATEGORY


def test_every_label_fits_the_base_data():
    wrong = [
        example.text
        for example in corpus()
        if (example.department, example.jurisdiction)
        != (TAXONOMY[example.category]["department"], TAXONOMY[example.category]["jurisdiction"])
        or (example.mahalle and example.mahalle not in MAHALLELER)
        or (example.ticket_no and example.ticket_no not in example.text)
    ]
    assert wrong == []


def test_a_message_that_comes_twice_counts_once():
    texts = [fold(example.text) for example in corpus()]
    assert len(texts) == len(set(texts))


@pytest.mark.slow
def test_no_message_is_another_one_over_again_or_a_filled_in_template():
    """Words count by how they begin, numbers and mahalleler not at all. Two that are alike share one of their rarest,
    of which therefore only as many are looked up as may differ, and one more.
    """
    said = [(said_in(example), example.text) for example in corpus()]
    often = Counter(word for words, _ in said for word in words)
    seen: dict[str, list[tuple[frozenset[str], str]]] = defaultdict(list)
    alike = []
    for words, text in said:
        may_differ = len(words) - ceil(ALIKE * len(words))
        rarest = sorted(words, key=lambda word: (often[word], word))[: may_differ + 1]
        for other, known in {each for word in rarest for each in seen[word]} if len(words) >= 3 else ():
            if len(words & other) >= ALIKE * len(words | other):
                alike.append((text, known))
        for word in rarest:
            seen[word].append((words, text))
    assert alike == []


def said_in(example: RoutingExample) -> frozenset[str]:
    named = {token.folded[:4] for token in tokens(example.mahalle or "")}
    words = {token.folded for token in tokens(example.text) if token.folded[:4] not in named}
    return frozenset(word[:5] for word in words if word and not word.isdigit())


def test_one_message_in_ten_is_held_out():
    share = sum(example.held_out for example in corpus()) / len(corpus())
    assert 0.07 < share < 0.13


def test_a_bad_line_is_named(tmp_path):
    file = tmp_path / "bad.jsonl"
    file.write_text(next(CORPUS.glob("01-*")).read_text().splitlines()[0] + '\n\n{"text": "x"}\n')
    with pytest.raises(CorpusError, match="satır 3"):
        list(read(file))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CorpusError, match=r"none\.jsonl"):
        list(read(tmp_path / "none.jsonl"))
