from dataclasses import replace
from datetime import datetime

import pytest

from departments.models import Category, Correction, RouterModel
from departments.routing.active_model import active_model, shipped_model
from departments.routing.corpus import Example
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
    return TrainingResult(model=model, scores=scores(**changes), before=scores(), corrections=3)


def correction(text: str, category: str = "yol_cukur") -> Correction:
    right = Category.objects.get(code=category)
    return Correction(text=text, kind="sikayet", said="ilgisiz", category=right, model_version="1", at=NOW)


@pytest.mark.parametrize(
    ("changes", "better"),
    [
        ({"department": 0.81}, True),
        ({"category": 0.81}, True),
        ({"department": 0.81, "category": 0.7}, True),
        ({"department": 0.79, "category": 0.9}, False),
        ({}, False),
        ({"department": 0.9, "urgent_recall": 0.7}, False),
    ],
)
def test_better_is_more_departments_right_and_no_more_danger_overlooked(changes, better):
    assert learned(**changes).better is better


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


@pytest.mark.long
def test_what_staff_corrected_is_learned():
    before = route("zımbırtı")
    for number in range(30):
        keep(
            correction(f"zımbırtı {'çok ' * (number % 5)}bozuldu yine {'abi ' * (number // 5)}", "park_oyun")
        )
    outcome = retrain()
    promote(outcome)
    assert outcome.corrections == 30
    assert (before.confidence, route("zımbırtı").category) == (0.0, "park_oyun")


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
    found = score(examples, route)
    assert found.department == pytest.approx(2 / 3)
    assert (found.outside_recall, found.outside_precision, found.urgent_recall) == (1.0, 1.0, 0.0)
    assert (found.mahalle_recall, found.mahalle_invented, found.ticket_no) == (1.0, 0.0, None)
    assert found.by_department == {"FEN": (2, 0.5), "ILETISIM": (1, 1.0)}
    assert found.confusions == [(("yol_cukur", "cop_toplama"), 1)]
