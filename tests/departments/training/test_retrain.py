from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import cache
from itertools import repeat
from random import Random

import pytest

from departments.models import Category, Correction, RouterModel
from departments.routing.active_model import active_model, model_in_use, shipped_model
from departments.routing.corrections import keep
from departments.routing.model import LinearModel
from departments.routing.route import route
from departments.training import router_retraining
from departments.training.router_corpus import RoutingExample, corpus
from departments.training.router_retraining import TrainingResult, promote, retrain
from departments.training.router_scoring import Scores, score
from departments.training.router_training import train
from departments.working_time.working_hours import ISTANBUL

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("base")]

NOW = datetime(2026, 11, 23, 9, tzinfo=ISTANBUL)


def scores(**changes) -> Scores:
    figures = dict.fromkeys(
        (
            "department", "three_departments", "category", "kind", "outside_recall", "outside_precision",
            "urgent_recall", "urgent_precision", "mahalle_recall", "mahalle_invented", "ticket_no",
        ),
        0.8,
    )  # fmt: skip
    return Scores(messages=10, by_department={}, confusions=[], **figures | changes)


def learned(**changes) -> TrainingResult:
    model = replace(shipped_model(), metadata=replace(shipped_model().metadata, version="learned-here"))
    facts = {"corrections": 60, "believable": 0.66, "found": 0.3, "lost": 5, "gained": 5} | changes
    facts |= {name: Counter({"FEN": facts[name]}) for name in ("lost", "gained")}
    return TrainingResult(
        model=model,
        scores=scores(
            **{name: facts.pop(name) for name in changes if name not in TrainingResult.__annotations__}
        ),
        before=scores(),
        lessons="",
        **facts,
    )


def correction(text: str, category: str = "yol_cukur") -> Correction:
    right = Category.objects.get(code=category)
    return Correction(text=text, kind="sikayet", said="ilgisiz", category=right, model_version="1", at=NOW)


@pytest.mark.parametrize(
    ("changes", "objection"),
    [
        ({}, ""),
        ({"lost": 12, "gained": 5}, "ayrılmış iletilerde 5 yenisi bulunuyor, 12 eskisi bulunmuyor"),
        ({"lost": 11, "gained": 5}, ""),
        ({"believable": 0.1}, "düzeltmelerin yalnız %10 kadarı iletide söylenenlerle uyuşuyor"),
        ({"found": 0.02}, "düzeltmelerden bir kural çıkmıyor"),
        ({"urgent_recall": 0.7}, "acil iletileri daha az buluyor"),
        ({"corrections": 0}, "öğrenilecek düzeltme yok"),
    ],
)
def test_a_model_replaces_the_running_one_only_where_nothing_speaks_against_it(changes, objection):
    said = learned(**changes).objections
    assert len(said) == bool(objection)
    assert objection in "".join(said)


@pytest.mark.parametrize(
    ("messages", "lost", "gained", "refused"),
    [(53, 3, 0, True), (53, 2, 0, False), (224, 6, 0, False), (224, 8, 0, True), (53, 5, 3, False)],
)
def test_a_department_found_less_often_than_chance_has_it_speaks_against_a_model(
    messages, lost, gained, refused
):
    outcome = replace(
        learned(),
        scores=replace(scores(), by_department={"IMAR": (messages, None), "FEN": (100, None)}),
        lost=Counter(IMAR=lost, FEN=5),
        gained=Counter(IMAR=gained, FEN=9),
    )
    assert ("IMAR" in "".join(outcome.objections)) == refused


def test_the_model_shipped_runs_until_a_better_one_is_taken_over():
    assert active_model().metadata == shipped_model().metadata
    promote(learned())
    assert route("yolda çukur var").model == "learned-here"


def test_a_model_switched_off_runs_no_more():
    promote(learned())
    RouterModel.objects.update(active=False)
    assert route("yolda çukur var").model != "learned-here"


def test_a_model_of_an_earlier_recipe_is_passed_over():
    row = promote(learned())
    row.recipe -= 1
    row.save()
    assert active_model().metadata == shipped_model().metadata


def test_nothing_is_kept_of_a_restricted_category():
    keep(correction("eşim hasta, ilaç alamıyoruz", "sosyal_yardim"))
    assert not Correction.objects.exists()


def test_nothing_is_kept_of_a_text_without_words_left():
    keep(correction("0532 123 45 67"))
    assert not Correction.objects.exists()


def corrected(texts: Iterable[str], categories: Iterable[str]) -> TrainingResult:
    """What learning from these corrections comes to."""
    for text, category in zip(texts, categories, strict=False):
        keep(correction(text, category))
    return retrain()


@pytest.mark.long
def test_what_staff_corrected_is_learned_and_told():
    before = route("zımbırtı")
    words = [f"oyun parkında zımbırtı {'çok ' * (n % 5)}bozuldu yine {'abi ' * (n // 5)}" for n in range(30)]
    outcome = corrected(words, repeat("park_oyun"))
    promote(outcome)
    assert (outcome.objections, outcome.corrections) == ([], 30)
    assert (before.confidence, route("zımbırtı").category) == (0.0, "park_oyun")
    assert "değil “Oyun grubu" in outcome.lessons


# --- the whole way of corrections, with a twelfth of the corpus ---------------------------------------------
WORDS_OF_OTHERS = 60


@cache
def small_corpus() -> tuple[list[RoutingExample], list[RoutingExample]]:
    """What is learned from and kept apart, and what clerks may correct."""
    every = corpus()
    return every[::12], [each for each in every[5::12] if not each.held_out]


@cache
def small_model() -> LinearModel:
    return train(small_corpus()[0])


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the shipped model had learned from a twelfth of the corpus alone: learning takes a second."""
    monkeypatch.setattr(router_retraining, "corpus", lambda: small_corpus()[0])
    monkeypatch.setattr(router_retraining, "shipped_model", small_model)
    monkeypatch.setattr(router_retraining, "read_talk", list)
    monkeypatch.setattr(router_retraining, "read_questions", list)
    # Of the few that are kept each urgent one is several points.
    monkeypatch.setattr(router_retraining, "URGENT_RECALL_MAY_FALL", 0.15)


def kept(examples: Iterable[RoutingExample], categories: Iterable[str]) -> None:
    for example, category in zip(examples, categories, strict=False):
        keep(correction(example.text, category))


def any_category(seed: int) -> Iterator[str]:
    chance = Random(seed)
    open_ones = Category.objects.filter(restricted=False, department__isnull=False)
    codes = list(open_ones.order_by("code").values_list("code", flat=True))
    return iter(lambda: chance.choice(codes), "")


def open_ones() -> list[RoutingExample]:
    restricted = set(Category.objects.filter(restricted=True).values_list("code", flat=True))
    every = [each for each in small_corpus()[1] if each.category not in restricted]
    # Of all parts of the corpus: of its first files alone they would teach that other departments are asked less.
    return every[:: len(every) // (2 * WORDS_OF_OTHERS)][: 2 * WORDS_OF_OTHERS]


@pytest.mark.usefixtures("small")
def test_right_corrections_are_learned():
    kept(open_ones(), (each.category for each in open_ones()))
    assert retrain().objections == []


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("labels", ["one", "random", "half of them right"])
def test_poisoned_corrections_are_refused(labels):
    texts = open_ones()
    wrong = any_category(7) if labels == "random" else repeat("park_bakim")
    if labels == "half of them right":
        kept(texts[:WORDS_OF_OTHERS], (each.category for each in texts))
        texts = texts[WORDS_OF_OTHERS:]
    kept(texts, wrong)
    assert retrain().objections


@pytest.mark.usefixtures("small")
def test_what_was_named_against_the_messages_for_one_category_is_not_learned_with_the_rest():
    """A quarter of the corrections, all to one category, among right ones."""
    texts, wrong = [each for each in open_ones() if each.category != "olu_hayvan"], WORDS_OF_OTHERS // 3
    kept(texts[wrong : 4 * wrong], (each.category for each in texts[wrong:]))
    right = retrain()
    kept(texts[:wrong], repeat("olu_hayvan"))
    poisoned = retrain()
    assert (right.passed_over, poisoned.passed_over, poisoned.objections) == ([], ["olu_hayvan"], [])
    assert "Ölü hayvan" in poisoned.lessons
    assert poisoned.model.to_bytes() == replace(right.model, metadata=poisoned.model.metadata).to_bytes()


@pytest.mark.usefixtures("small")
def test_what_clerks_confirmed_does_not_vouch_for_what_they_corrected():
    for each in open_ones()[:WORDS_OF_OTHERS]:
        row = correction(each.text, each.category)
        row.said = each.category
        keep(row)
    kept(open_ones()[WORDS_OF_OTHERS:], repeat("park_bakim"))
    outcome = retrain()
    assert outcome.corrections == WORDS_OF_OTHERS
    assert "uyuşuyor" in outcome.objections[0]


@pytest.mark.usefixtures("small")
def test_no_more_is_learned_than_fits_however_much_was_corrected(monkeypatch):
    monkeypatch.setattr(router_retraining, "CORRECTIONS_LEARNED", 10)
    kept(open_ones()[:25], (each.category for each in open_ones()))
    assert 0 < retrain().corrections <= 10


@pytest.mark.long
@pytest.mark.usefixtures("small")
def test_poison_in_small_steps_is_refused_before_it_outweighs_what_is_right():
    """Each night some wrong ones more: the measure is the shipped model, so that steps do not add up."""
    right, rest = open_ones()[:WORDS_OF_OTHERS], open_ones()[WORDS_OF_OTHERS:]
    kept(right, (each.category for each in right))
    outcome = retrain()
    in_use = promote(outcome)
    for night in range(0, WORDS_OF_OTHERS, 20):
        kept(rest[night : night + 20], repeat("park_bakim"))
        outcome = retrain()
        in_use = in_use if outcome.objections else promote(outcome)
    assert outcome.objections
    assert model_in_use() == in_use


@pytest.mark.long
@pytest.mark.parametrize("labels", ["one", "random"])
def test_a_poisoned_stream_of_corrections_is_refused(labels):
    """Corrections that say nothing of the messages: all to one department, or each to any."""
    wrong = repeat("park_bakim") if labels == "one" else any_category(7)
    texts = [example.text for example in corpus() if example.held_out][:120]
    assert corrected(texts, wrong).objections


def test_scores_tell_shares_and_confusions():
    examples = [
        RoutingExample("yolda çukur var", "FEN", "yol_cukur", "melikgazi", "sikayet", urgent=False),
        RoutingExample("sular kesik", "ILETISIM", "d_su", "kaski", "sikayet", urgent=False),
        RoutingExample(
            "çöpler alınmadı Germir",
            "FEN",
            "yol_cukur",
            "melikgazi",
            "sikayet",
            urgent=True,
            mahalle="Germir",
        ),
    ]
    found = score(examples, [route(each.text) for each in examples])
    assert found.department == pytest.approx(2 / 3)
    assert (found.outside_recall, found.outside_precision, found.urgent_recall) == (1.0, 1.0, 0.0)
    assert (found.mahalle_recall, found.mahalle_invented, found.ticket_no) == (1.0, 0.0, None)
    assert found.by_department == {"FEN": (2, 0.5), "ILETISIM": (1, 1.0)}
    assert found.confusions == [(("yol_cukur", "cop_toplama"), 1)]
