from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import repeat
from random import Random

import pytest

from departments.models import Category, Correction, RouterModel
from departments.routing.active_model import active_model, shipped_model
from departments.routing.corpus import Example, corpus
from departments.routing.corrections import keep
from departments.routing.retrain import TrainingResult, promote, retrain
from departments.routing.route import route
from departments.routing.scoring import Scores, score
from departments.working_time.working_hours import ISTANBUL

pytestmark = pytest.mark.usefixtures("base")

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
    model = replace(shipped_model(), facts=replace(shipped_model().facts, version="learned-here"))
    facts = {"lost": 5, "gained": 5, "corrections": 60, "believable": 0.66, "found": 0.3} | changes
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
        ({"lost": 9, "gained": 5}, "ayrılmış iletilerde 5 yenisi bulunuyor, 9 eskisi bulunmuyor"),
        ({"lost": 8, "gained": 5}, ""),
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


def test_a_department_found_markedly_less_often_speaks_against_a_model():
    before, now = (replace(scores(), by_department={"FEN": (100, share)}) for share in (0.9, 0.85))
    assert "FEN" in replace(learned(), before=before, scores=now).objections[0]


def test_the_model_shipped_runs_until_a_better_one_is_taken_over():
    assert active_model().facts == shipped_model().facts
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
    assert active_model().facts == shipped_model().facts


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


@pytest.mark.long
@pytest.mark.parametrize("labels", ["one", "random"])
def test_a_poisoned_stream_of_corrections_is_refused(labels):
    """Corrections that say nothing of the messages: all to one department, or each to any."""
    chance = Random(7)
    every = list(
        Category.objects.filter(restricted=False, department__isnull=False).values_list("code", flat=True)
    )
    wrong = repeat("park_bakim") if labels == "one" else iter(lambda: chance.choice(every), "")
    texts = [example.text for example in corpus() if example.held_out][:120]
    assert corrected(texts, wrong).objections


def test_scores_tell_shares_and_confusions():
    examples = [
        Example("yolda çukur var", "FEN", "yol_cukur", "melikgazi", "sikayet", urgent=False),
        Example("sular kesik", "ILETISIM", "d_su", "kaski", "sikayet", urgent=False),
        Example(
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
