import json
from collections import Counter

import pytest

from departments.corpus import CORPUS, CorpusError, corpus, read
from departments.folding import fold
from departments.loading import DATA

LEAST_PER_CATEGORY = 15
TAXONOMY = {entry["code"]: entry for entry in json.loads((DATA / "categories.json").read_text())}
MAHALLELER = {entry["name"] for entry in json.loads((DATA / "neighbourhoods.json").read_text())}


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
