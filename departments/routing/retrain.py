"""Retrains the model with staff's corrections, and replaces the active one only by a better one."""

from dataclasses import dataclass, replace

from django.db import transaction

from departments import cache
from departments.base_data import OURS
from departments.models import Correction, RouterModel
from departments.routing.active_model import active_model
from departments.routing.corpus import Example, corpus
from departments.routing.model import Model
from departments.routing.route import suggest
from departments.routing.scoring import Scores, score
from departments.routing.training import train
from departments.text.questions import read_questions
from departments.text.talk import read_talk

CORRECTIONS_LEARNED = 3000  # the newest; keeps learning under a minute
URGENT_RECALL_MAY_FALL = 0.01
DEPARTMENT_MAY_FALL = 0.03  # and by no more than one message of few


@dataclass(frozen=True)
class TrainingResult:
    """A new model, its scores and those of the active one (`before`) on the test set, which neither was trained on."""

    model: Model
    scores: Scores
    before: Scores
    corrections: int

    @property
    def better(self) -> bool:
        """More departments right, or as many and more categories; urgent recall fell by a hundredth at most, and no
        department is found markedly less often.
        """
        danger = (self.scores.urgent_recall or 0) + URGENT_RECALL_MAY_FALL >= (self.before.urgent_recall or 0)
        return danger and not self.worse_departments and _merit(self.scores) > _merit(self.before)

    @property
    def worse_departments(self) -> list[str]:
        """The departments whose messages the new model finds markedly less often."""
        return [
            code
            for code, (messages, share) in self.scores.by_department.items()
            if share is not None
            and (before := self.before.by_department.get(code, (0, None))[1]) is not None
            and before - share > max(DEPARTMENT_MAY_FALL, 1.5 / messages)
        ]


def retrain(*, corrections: bool = True) -> TrainingResult:
    """Trains on the corpus and the newest corrections, and scores the new model beside the active one."""
    corrected = _corrected() if corrections else []
    examples = [*corpus(), *corrected]
    held_out = [example for example in examples if example.held_out]
    model, active = train(examples, read_talk(), read_questions()), active_model()
    scores = score(held_out, lambda text: suggest(text, model=model, rules=()))
    before = score(held_out, lambda text: suggest(text, model=active, rules=()))
    return TrainingResult(_with_scores(model, scores), scores, before, len(corrected))


def promote(result: TrainingResult) -> RouterModel:
    """Makes a new model the active one, in every process."""
    facts = result.model.facts
    with transaction.atomic():
        row, _ = RouterModel.objects.update_or_create(
            version=facts.version,
            defaults={
                "recipe": facts.recipe,
                "content": result.model.to_bytes(),
                "scores": dict(facts.scores),
                "corrections": result.corrections,
                "active": True,
            },
        )
    cache.refresh()
    return row


def _corrected() -> list[Example]:
    rows = Correction.objects.select_related("category__department", "category__agency").order_by("-id")
    return [
        Example(
            text=row.text,
            department=row.category.department.code,
            category=row.category.code,
            jurisdiction=row.category.agency.code if row.category.agency else OURS,
            kind=row.kind,
            urgent=row.urgent,
        )
        for row in rows[:CORRECTIONS_LEARNED]
        if row.category.department
    ]


def _merit(scores: Scores) -> tuple[float, float]:
    return scores.department or 0.0, scores.category or 0.0


def _with_scores(model: Model, scores: Scores) -> Model:
    figures = {name: value for name, value in vars(scores).items() if isinstance(value, float)}
    return replace(model, facts=replace(model.facts, scores={k: round(v, 4) for k, v in figures.items()}))
