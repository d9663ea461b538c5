from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from typing_extensions import override

from departments.routing.active_model import SHIPPED
from departments.routing.route import route
from departments.training.router_corpus import CorpusError, read
from departments.training.router_retraining import promote, retrain
from departments.training.router_scoring import Scores, Share, score

CONFUSIONS_SHOWN = 15
FIGURES = {
    "department": "müdürlük",
    "three_departments": "müdürlük ilk üçte",
    "category": "kategori",
    "kind": "tür",
    "outside_recall": "görev dışı, bulunan",
    "outside_precision": "görev dışı, isabet",
    "urgent_recall": "acil, bulunan",
    "urgent_precision": "acil, isabet",
    "mahalle_recall": "mahalle, bulunan",
    "mahalle_invented": "mahalle, uydurulan",
    "ticket_no": "başvuru numarası",
}


class Command(BaseCommand):
    help = (
        "Yönlendiriciyi kendi derleminden ve personelin düzeltmelerinden eğitir; "
        "yalnız düzeltmeler tutarlıysa ve öncekinden kötü olmuyorsa değiştirir."
    )

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--evaluate",
            type=Path,
            help="eğitmeden, çalışan yönlendiriciyi bu etiketli JSONL dosyasıyla ölçer",
        )
        parser.add_argument(
            "--ship",
            action="store_true",
            help="yalnız derlemden öğrenir ve modeli kodun yanındaki dosyaya yazar (geliştirme)",
        )

    @override
    def handle(self, *args: Any, evaluate: Path | None, ship: bool, **options: Any) -> None:
        if evaluate:
            self._show(_scores_of(evaluate), None)
            return
        result = retrain(corrections=not ship)
        self._show(result.scores, result.before)
        if ship:
            SHIPPED.write_bytes(result.model.to_bytes())
            self.stdout.write(f"{result.model.metadata.version} {SHIPPED} dosyasına yazıldı.")
        elif result.objections:
            self.stdout.write(f"Model değiştirilmedi: {'; '.join(result.objections)}.")
        else:
            row = promote(result)
            self.stdout.write(f"{row.lessons}\n{row.version} artık kullanımda.")

    def _show(self, scores: Scores, before: Scores | None) -> None:
        """Prints the figures, beside those of the shipped model where there are any."""
        self.stdout.write(
            f"{scores.messages} ileti" + (", ayraç içinde birlikte gelen model" if before else "")
        )
        for name, label in FIGURES.items():
            beside = f" ({_percent(getattr(before, name))})" if before else ""
            self.stdout.write(f"  {label:22} {_percent(getattr(scores, name))}{beside}")
        for code, (count, share) in scores.by_department.items():
            beside = f" ({_percent(before.by_department[code][1])})" if before else ""
            self.stdout.write(f"  {code:22} {_percent(share)}{beside}, {count} ileti")
        for (said, suggested), count in scores.confusions[:CONFUSIONS_SHOWN]:
            self.stdout.write(f"  {said} yerine {suggested}: {count}")


def _scores_of(file: Path) -> Scores:
    try:
        examples = list(read(file))
    except CorpusError as error:
        raise CommandError(str(error)) from error
    return score(examples, (route(example.text) for example in examples))


def _percent(share: Share) -> str:
    return "–" if share is None else f"%{100 * share:.1f}"
