"""Retrains the model with staff's corrections. It replaces the active one only where these can be believed and what
was right stays right.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from operator import attrgetter

from django.db import transaction
from django.db.models import F

from departments.common import cache
from departments.organisation.agency_codes import OURS
from departments.organisation.models.categories import Category
from departments.organisation.models.departments import Department
from departments.routing.active_model import shipped_model
from departments.routing.model import LinearModel
from departments.routing.models import Correction, RouterModel
from departments.routing.route import Suggestion, suggest
from departments.text.folding import fold
from departments.text.questions import read_questions
from departments.text.vocabulary import tokens
from departments.training.router_corpus import RoutingExample, corpus
from departments.training.router_scoring import Scores, score
from departments.training.router_training import Fit, fit
from departments.training.talk_examples import read_talk

CORRECTIONS_LEARNED = 3000  # the newest; keeps learning at 71 s of processor time and 0.94 GB, measured
CONFIRMED_LEARNED = 1000  # of these at most, lest what was right already crowd out what was wrong
# Of what clerks really correct the right category stands among the five likeliest two times in three; of labels given
# at random, or all the same, one time in ten.
LIKELIEST, BELIEVABLE_FROM = 5, 0.5
FOUND_FROM = 0.2
# What clerks name for one category alone is left out where even fewer of it can be believed. Single wrong ones, spread
# over many categories, are borne by the rest (decision 6).
OF_A_CATEGORY_AT_LEAST, BELIEVABLE_OF_A_CATEGORY_FROM = 5, 0.34
LESSONS_SHOWN, SEEN_TO_JUDGE = 3, 15
URGENT_RECALL_MAY_FALL = 0.01
DEPARTMENT_MAY_FALL = 0.03
# Standard deviations of as many tosses of a coin, beyond which one in twenty models goes that is as good: of what is
# lost and gained so much may be chance.
BY_CHANCE = 1.645


@dataclass(frozen=True)
class TrainingResult:
    """A new model, its scores and those of the model that came with this code (`before`) on messages that neither
    was trained on, and what the corrections are worth.

    `passed_over` names the categories of which too few corrections can be believed: none of theirs was learned. `lost`
    and `gained` count, by department, those messages whose department the new model no longer finds, and finds
    now. `believable` is the share (0 to 1) of the corrections that name one of the categories that the shipped model
    held likeliest, `found` the share whose department the new model finds when it has learned from all the others
    alone. The shipped model is the measure, not the active one: else many small steps could lead far down.
    """

    model: LinearModel
    scores: Scores
    before: Scores
    lost: Counter[str]
    gained: Counter[str]
    corrections: int
    believable: float
    found: float
    lessons: str
    passed_over: Sequence[str] = ()

    @property
    def objections(self) -> list[str]:
        """Why it is not to be taken over, in Turkish; empty for a model that is."""
        return list(self._objections())

    def _objections(self) -> Iterator[str]:
        if not self.corrections:
            yield "öğrenilecek düzeltme yok"
            return
        if self.believable < BELIEVABLE_FROM:
            yield (
                f"düzeltmelerin yalnız {_percent(self.believable)} kadarı iletide söylenenlerle uyuşuyor; "
                "yanlış işaretlenmiş olabilirler"
            )
        if self.found < FOUND_FROM:
            yield f"düzeltmelerden bir kural çıkmıyor (benzerlerinin {_percent(self.found)} kadarı bulunuyor)"
        lost, gained = self.lost.total(), self.gained.total()
        if _beyond_chance(lost, gained):
            yield f"ayrılmış iletilerde {gained} yenisi bulunuyor, {lost} eskisi bulunmuyor"
        if self.worse_departments:
            yield f"şu birimleri belirgin olarak daha az buluyor: {', '.join(self.worse_departments)}"
        if (self.scores.urgent_recall or 0) + URGENT_RECALL_MAY_FALL < (self.before.urgent_recall or 0):
            yield "acil iletileri daha az buluyor"

    @property
    def worse_departments(self) -> list[str]:
        """The departments whose messages the new model finds markedly less often."""
        return [
            code
            for code, (messages, _) in self.scores.by_department.items()
            if self.lost[code] - self.gained[code] > DEPARTMENT_MAY_FALL * messages
            and _beyond_chance(self.lost[code], self.gained[code])
        ]


def retrain(*, corrections: bool = True) -> TrainingResult:
    """Trains on the corpus and what clerks decided of late, and weighs the new model against the shipped one.

    Whether they can be believed is asked of their corrections alone: what they confirmed the line had said itself.
    """
    examples, shipped = corpus(), shipped_model()
    kept = [example for example in examples if example.held_out]
    asked = {fold(example.text) for example in kept}  # not to be learned, whoever else wrote the same
    decided = [each for each in _decided() if fold(each.text) not in asked] if corrections else []
    corrected = [each for each in decided if each.said != each.category]
    believed = [each.category in _likeliest(shipped, each.text) for each in corrected]
    passed_over = _passed_over(corrected, believed)
    taught = [each for each in decided if each.said == each.category or each.category not in passed_over]
    learned = fit([*examples, *taught], read_talk(), read_questions())
    now, then = (
        [suggest(each.text, model=model, rules=()) for each in kept] for model in (learned.model, shipped)
    )
    found = [
        (each.department, old.department == each.department, new.department == each.department)
        for each, old, new in zip(kept, then, now, strict=True)
    ]
    scores = score(kept, now)
    return TrainingResult(
        model=_with_scores(learned.model, scores),
        scores=scores,
        before=score(kept, then),
        lost=Counter(department for department, before, after in found if before and not after),
        gained=Counter(department for department, before, after in found if after and not before),
        corrections=len(corrected),
        believable=_share(believed),
        found=_found(learned),
        lessons=_lessons(corrected, _found(learned), now, passed_over),
        passed_over=passed_over,
    )


def _beyond_chance(lost: int, gained: int) -> bool:
    """Whether a model that loses and gains so many messages is worse than chance makes one that is as good."""
    return lost - gained > BY_CHANCE * sqrt(lost + gained)


def _passed_over(corrected: Sequence[RoutingExample], believed: Sequence[bool]) -> list[str]:
    """The categories that were named so often against what the messages say that they are taken for a mistake."""
    named, right = Counter[str](), Counter[str]()
    for each, is_believed in zip(corrected, believed, strict=True):
        named[each.category] += 1
        right[each.category] += is_believed
    return sorted(
        category
        for category, count in named.items()
        if count >= OF_A_CATEGORY_AT_LEAST and right[category] < BELIEVABLE_OF_A_CATEGORY_FROM * count
    )


def _likeliest(model: LinearModel, text: str) -> list[str]:
    likely = model.read(tokens(text), cites_ticket=False).categories
    return sorted(likely, key=lambda code: -likely[code])[:LIKELIEST]


def _found(learned: Fit) -> float:
    departments = {example.category: example.department for example, _ in learned.left_out}
    return _share(
        departments[category] == example.department
        for example, category in learned.left_out
        if example.corrected and example.said != example.category
    )


def _share(hits: Iterable[bool]) -> float:
    found = list(hits)
    return sum(found) / len(found) if found else 0.0


def _percent(share: float) -> str:
    return f"%{100 * share:.0f}"


def promote(result: TrainingResult) -> RouterModel:
    """Makes a new model the active one, in every process."""
    facts = result.model.metadata
    with transaction.atomic():
        row, _ = RouterModel.objects.update_or_create(
            version=facts.version,
            defaults={
                "recipe": facts.recipe,
                "content": result.model.to_bytes(),
                "scores": dict(facts.scores),
                "corrections": result.corrections,
                "lessons": result.lessons,
                "active": True,
            },
        )
    cache.refresh()
    return row


def _lessons(
    corrected: Sequence[RoutingExample],
    found: float,
    kept: Sequence[Suggestion],
    passed_over: Sequence[str],
) -> str:
    """In a supervisor's words: what was corrected most often, what of it is found now, and where it is seldom sure."""
    names = dict(Category.objects.values_list("code", "name"))
    pairs = Counter((each.said, each.category) for each in corrected).most_common(LESSONS_SHOWN)
    taken = "; ".join(f"“{names.get(said, said)}” değil “{names[right]}” ({n})" for (said, right), n in pairs)
    sure, seen = Counter[str](), Counter(each.department for each in kept)
    sure.update(each.department for each in kept if each.sure)
    departments = dict(Department.objects.values_list("code", "name"))
    seldom = sorted(
        (sure[code] / n, code) for code, n in seen.items() if n >= SEEN_TO_JUDGE and code in departments
    )
    unsure = ", ".join(f"{departments[code]} ({_percent(share)})" for share, code in seldom[:LESSONS_SHOWN])
    doubted = ", ".join(f"“{names[code]}”" for code in passed_over)
    doubt = f" {doubted} için yapılan düzeltmeler iletilerle uyuşmadığından öğrenilmedi." if doubted else ""
    return (
        f"En çok düzeltilenler: {taken}. Böyle iletilerin {_percent(found)} kadarını artık kendisi bulur. "
        f"En seyrek emin olduğu birimler: {unsure}.{doubt}"
    )


def _decided() -> list[RoutingExample]:
    """The newest corrections and confirmations, each text once, as it was decided last."""
    rows = Correction.objects.select_related("category__department", "category__agency").order_by("-id")
    confirmed = list(rows.filter(said=F("category__code"))[:CONFIRMED_LEARNED])
    corrected = rows.exclude(said=F("category__code"))[: CORRECTIONS_LEARNED - len(confirmed)]
    newest = {fold(row.text): row for row in sorted([*confirmed, *corrected], key=attrgetter("id"))}
    return [
        RoutingExample(
            text=row.text,
            department=row.category.department.code,
            category=row.category.code,
            jurisdiction=row.category.agency.code if row.category.agency else OURS,
            kind=row.kind,
            urgent=row.urgent,
            corrected=True,
            said=row.said,
        )
        for row in newest.values()
        if row.category.department
    ]


def _with_scores(model: LinearModel, scores: Scores) -> LinearModel:
    figures = {name: value for name, value in vars(scores).items() if isinstance(value, float)}
    return replace(
        model, metadata=replace(model.metadata, scores={k: round(v, 4) for k, v in figures.items()})
    )
