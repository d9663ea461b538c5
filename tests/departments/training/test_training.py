import io
import zlib
from dataclasses import replace
from math import sqrt

import numpy as np
import pytest

from departments.common.model_files import ModelError
from departments.routing.active_model import SHIPPED, shipped_model
from departments.routing.citations import cited_number_in
from departments.routing.features import COUNTED, WORDS_READ, family, features
from departments.routing.model import READ_AGAIN_UP_TO, RECIPE, LinearModel, probabilities
from departments.routing.traffic import OUTSIDE_SHARE
from departments.text.questions import read_questions
from departments.text.vocabulary import tokens, vocabulary
from departments.training import matrix as matrices
from departments.training.matrix import FeatureMatrix
from departments.training.ridge import solved
from departments.training.router_corpus import RoutingExample, corpus, digest, is_held_out
from departments.training.router_training import train
from departments.training.talk_examples import read_talk

pytestmark = pytest.mark.slow

MEGABYTE = 1_000_000


def example(text: str, category: str = "yol_cukur", urgent: bool = False) -> RoutingExample:
    return RoutingExample(
        text=text,
        department="FEN",
        category=category,
        jurisdiction="melikgazi",
        kind="sikayet",
        urgent=urgent,
    )


@pytest.fixture(scope="module")
def few() -> list[RoutingExample]:
    """Every fourteenth message of the corpus: enough to learn something in a second."""
    return corpus()[::14]


@pytest.fixture(scope="module")
def model(few: list[RoutingExample]) -> LinearModel:
    return train(few)


def read(model: LinearModel, text: str):
    return model.read(tokens(text), cites_ticket=False)


def test_the_same_messages_give_the_same_model(few, model):
    assert train(few).to_bytes() == model.to_bytes()


def test_a_model_is_what_it_was_after_writing_and_reading(model):
    again = LinearModel.from_bytes(model.to_bytes())
    assert again.metadata == model.metadata
    assert read(again, "yolda çukur var").categories == read(model, "yolda çukur var").categories


def written(model: LinearModel, **instead: np.ndarray) -> bytes:
    """As `to_bytes` writes it, but these arrays instead of its weights."""
    with np.load(io.BytesIO(model.to_bytes())) as arrays:
        others = {name: arrays[name] for name in arrays.files if name != "packed"}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **(others | instead))
    return buffer.getvalue()


def test_a_model_that_an_earlier_release_wrote_is_read(model):
    again = LinearModel.from_bytes(written(model, weights=model.weights))
    assert np.array_equal(again.weights, model.weights)


@pytest.mark.parametrize("packed", [b"nothing", zlib.compress(b"too few")])
def test_a_model_of_broken_weights_is_none(model, packed):
    with pytest.raises(ModelError):
        LinearModel.from_bytes(written(model, packed=np.frombuffer(packed, np.uint8)))


def values_of(text: str, model: LinearModel) -> dict[str, float]:
    """The value of each feature of a message that the model has, one by one."""
    message, cites = tokens(text)[:WORDS_READ], cited_number_in(text) is not None
    found = features(vocabulary().essence(message), cites_ticket=cites)
    values = {
        name: found[name].value * model.rarity[row] for name, row in model.rows.items() if name in found
    }
    lengths = {
        letter: sqrt(sum(value**2 for name, value in values.items() if family(name) == letter))
        for letter in COUNTED
    }
    return {name: value / lengths.get(family(name), 1.0) for name, value in values.items()}


def test_a_message_is_read_by_the_features_that_are_learned(few, model):
    """What is looked up word by word gives what the features, by their names, give."""
    for each in [*few, example(""), example("çukur çukur ÇUKUR"), example("12 34")]:
        message, cites = tokens(each.text), cited_number_in(each.text) is not None
        values = values_of(each.text, model)
        rows = [model.rows[name] for name in values]
        weights = model.weights[rows] * model.steps
        scores = (np.array(list(values.values())) @ weights + model.bias)[
            None, : len(model.metadata.categories)
        ]
        likely = probabilities(scores, model.metadata.inverse_temperature)[0]
        assert list(model.read(message, cites_ticket=cites).categories.values()) == pytest.approx(
            likely, abs=1e-4
        )


def test_what_is_learned_from_is_what_is_read(few, model):
    matrix = FeatureMatrix.of([each.text for each in few], len(few))
    for row, each in enumerate(few):
        its = slice(matrix.starts[row], matrix.starts[row + 1])
        names = [matrix.names[column] for column in matrix.columns[its]]
        whole = replace(model, rows={name: at for at, name in enumerate(matrix.names)}, rarity=matrix.rarity)
        assert dict(zip(names, matrix.values[its].tolist(), strict=True)) == pytest.approx(
            values_of(each.text, whole), abs=1e-5
        )


def test_what_a_clerk_decided_counts_as_several_messages(few):
    """As if others had written the same, but for the rarity of its words."""
    there = example("mavi boya dükkânının kokusu", "isyeri_denetim")
    decided = replace(there, corrected=True, said="yol_cukur")
    once, more = (train([*few, each]) for each in (there, decided))
    before, after = (read(model, there.text).categories["isyeri_denetim"] for model in (once, more))
    assert after > before


@pytest.mark.parametrize(("rare_below", "block"), [(0, 100), (20, 64), (10_000, 512)])
def test_half_a_matrix_says_what_the_whole_inverse_says(few, rare_below, block, monkeypatch):
    """With columns of either kind, and blocks that do not come out even."""
    monkeypatch.setattr(matrices, "RARE_BELOW", rare_below)
    matrix = FeatureMatrix.of([each.text for each in few], len(few))
    dense = np.zeros((matrix.height, len(matrix.names)))
    dense[np.repeat(np.arange(matrix.height), np.diff(matrix.starts)), matrix.columns] = matrix.values
    targets = np.cos(np.arange(3 * matrix.height)).reshape(-1, 3).astype(np.float32)
    ridge = np.linspace(0.5, 2, matrix.height, dtype=np.float32)
    inverse = np.linalg.inv(dense @ dense.T + 0.05 + np.diag(ridge))
    right = inverse @ targets
    duals, left_out = solved(matrix.similarity(block), targets, ridge=ridge, bias=0.05)
    assert duals == pytest.approx(right, abs=1e-4)
    assert left_out == pytest.approx(targets - right / np.diag(inverse)[:, None], abs=1e-4)
    assert matrix.weights(duals) == pytest.approx(dense.T @ right, abs=1e-4)


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04broken"])
def test_other_bytes_are_no_model(content):
    with pytest.raises(ModelError):
        LinearModel.from_bytes(content)


def test_what_is_held_out_is_not_learned_from(few, model):
    kept = [each for each in few if not each.held_out]
    assert len(kept) < len(few)
    assert train(kept).metadata.version == model.metadata.version


def test_what_one_message_alone_says_stays_out_of_the_model(few):
    named = next(
        each
        for number in range(100)
        if not (each := example(f"Zülfükar beyin {number}. sokağında çukur")).held_out
    )
    assert "p zulfuk" not in train([*few, named]).rows


def test_somebody_else_s_job_is_as_likely_as_citizens_write_of_it():
    """Learned from as many of theirs as of ours; of a message that says nothing the share alone is left."""
    ours = [example(f"{number} asfalt çukuru") for number in range(40)]
    theirs = [
        replace(example(f"{number} musluk kesintisi", "d_su"), jurisdiction="kaski") for number in range(40)
    ]
    balanced = train([*ours, *theirs])
    assert read(balanced, "qwxz").categories["d_su"] == pytest.approx(OUTSIDE_SHARE, abs=0.1)
    assert read(train(ours), "qwxz").categories == {"yol_cukur": 1.0}


def test_probabilities_add_up_to_one(model):
    assert sum(read(model, "çöp alınmadı").categories.values()) == pytest.approx(1)


def test_the_words_that_spoke_loudest_are_known(model):
    message = tokens("Mehmet amcanın evinin orada çukur var")
    loudest = model.read(message, cites_ticket=False).words_for(message, "yol_cukur")
    assert "çukur" in [message[position].text for position in loudest]


def test_of_the_words_that_spoke_none_comes_twice_and_none_that_everybody_writes():
    message = tokens(
        "Komşum dedi ki çukuru kapatın, çukur büyüdü, çukurdan arabalar zor geçiyor dedi bize de böyle"
    )
    loudest = shipped_model().read(message, cites_ticket=False).words_for(message, "yol_cukur")
    starts = [message[position].folded[:4] for position in loudest]
    assert starts.count("cuku") == 1
    assert "dedi" not in starts


def test_without_a_word_that_is_told_less_speaks_for_the_department():
    model, told = shipped_model(), 0
    for example in [each for each in corpus() if each.held_out][:150]:
        message = tokens(example.text)
        reading = model.read(message, cites_ticket=False)
        if len(message) > READ_AGAIN_UP_TO or not reading.understood:
            continue
        first, second = sorted(reading.categories, key=lambda code: -reading.categories[code])[:2]
        for position in reading.words_for(message, first, second):
            without = model.read((*message[:position], *message[position + 1 :]), cites_ticket=False)
            assert without.evidence.favour(first, second) < reading.evidence.favour(first, second)
            told += 1
    assert told > 200


def test_the_hour_that_it_is_getting_says_nothing():
    for text in ("saat bire geliyor hala susmadılar", "saat 1 e geliyo hala susmadılar"):
        assert read(shipped_model(), text).categories["d_ulasim"] < 0.05


@pytest.mark.parametrize("text", ["", "qwxz", "👍"])
def test_a_message_without_a_known_word_is_not_known(model, text):
    assert not read(model, text).understood


def test_the_model_shipped_was_learned_from_the_corpus_as_it_stands():
    learned = [each for each in corpus() if not each.held_out]
    said = [each for each in read_talk() if not is_held_out(each.text)]
    asked = [each for each in read_questions() if not is_held_out(each.text)]
    assert shipped_model().metadata.version == f"{RECIPE}-{digest(learned, said, asked)}"


def test_the_model_shipped_is_small():
    assert SHIPPED.stat().st_size < 3 * MEGABYTE


@pytest.mark.long
def test_the_corpus_gives_the_model_shipped():
    """Up to one step of rounding: another processor sums in another order."""
    shipped, learned = shipped_model(), train(corpus(), read_talk(), read_questions())
    assert list(learned.rows) == list(shipped.rows)
    assert np.abs(learned.weights.astype(int) - shipped.weights.astype(int)).max() <= 1
