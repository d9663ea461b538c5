import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from typing_extensions import override

from departments.danger_reader.corrections import as_corpus
from departments.danger_reader.kinds import DangerKind, kinds
from departments.danger_reader.language import FILE as LANGUAGE
from departments.danger_reader.model import LIFE, NOTHING, WORK
from departments.danger_reader.reader import MODEL, SHIELDED, Reading, model, read
from departments.training.danger_corpus import CORPUS, DangerExample, judged, read_corpus
from departments.training.danger_language import learn
from departments.training.danger_scoring import Scored, leave_authors_out, scored, share, thresholds_of
from departments.training.danger_training import train
from departments.training.router_corpus import CORPUS as ORDINARY
from departments.training.talk_examples import read_talk

# Messages of these categories may tell of danger though their author called none urgent.
LEFT_OUT = frozenset({"d_yangin", "d_dogalgaz", "d_elektrik", "hayvan_isirma"})
SEED = 112
STORY_LETTERS = 3000
# Ordinary messages are far more in life than in the corpus.
ORDINARY_COUNTS = 2


Row = Mapping[str, str]


class Command(BaseCommand):
    help = (
        "Tehlike okuyucusunu ve dili tanıyanı kendi derleminden eğitir ve kodun yanındaki modele yazar (geliştirme; "
        "eşikler verilmezse 40 dakika sürer)."
    )

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--evaluate", type=Path, help="eğitmeden, modeli bu klasördeki JSONL dosyalarıyla ölçer"
        )
        parser.add_argument(
            "--count",
            type=Path,
            nargs="+",
            help="her {text, level?, language?, kind?} satırını okur; binde kaçının uyarıldığını yazar",
        )
        parser.add_argument(
            "--buried",
            type=Path,
            help="--count ile: her satır, benzeyen bir satırın yanında, bu dosyanın tehlike sanılmayan metinlerinden "
            "3.000 harfe gömülür",
        )
        parser.add_argument(
            "--corrections",
            type=Path,
            help="personelin düzeltmelerini derleme eklenecek bir JSONL dosyasına yazar",
        )
        parser.add_argument(
            "--thresholds",
            type=float,
            nargs=3,
            help="kendi sözü, sakin söz ve acil iş için eşikler; verilmezse yazarlar dışarıda bırakılarak seçilir",
        )
        parser.add_argument("--keep-model", action="store_true", help="eğitmez, yalnız eşikleri değiştirir")

    @override
    def handle(
        self,
        *args: Any,
        evaluate: Path | None,
        count: list[Path] | None,
        buried: Path | None,
        corrections: Path | None,
        thresholds: list[float] | None,
        keep_model: bool,
        **options: Any,
    ) -> None:
        if count:
            self._count(list(_rows(*count)), list(_rows(buried)) if buried else [])
            return
        if corrections:
            rows = [json.dumps(row, ensure_ascii=False) for row in as_corpus()]
            corrections.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
            self.stdout.write(f"{len(rows)} düzeltme {corrections} dosyasına yazıldı.")
            return
        if evaluate and not any(evaluate.glob("*.jsonl")):
            raise CommandError(f"{evaluate} klasöründe JSONL dosyası yok.")
        if evaluate:
            self._show([scored(model(), each) for each in read_corpus(evaluate)], *_thresholds())
            return
        examples = read_corpus()
        ordinary = [*_talk(), *list(_ordinary()) * ORDINARY_COUNTS]
        if thresholds:
            life_from, unsure_from, work_from = thresholds
        else:
            found = list(leave_authors_out(examples, ordinary))
            life_from, unsure_from, work_from = thresholds_of(found)
            self._show(found, life_from, unsure_from, work_from)
        if keep_model:
            trained = model()
        else:
            LANGUAGE.write_bytes(learn(examples))
            trained = train([*examples, *ordinary], (life_from, unsure_from, work_from), _version())
        metadata = replace(
            trained.metadata, life_from=life_from, unsure_from=unsure_from, work_from=work_from
        )
        trained = replace(trained, metadata=metadata)
        MODEL.write_bytes(trained.to_bytes())
        self.stdout.write(f"{trained.metadata.version} {MODEL} dosyasına yazıldı.")

    def _count(self, rows: Sequence[Row], stories: Sequence[Row]) -> None:
        """What citizens would be told, rules and model together."""
        chance = Random(SEED)  # noqa: S311 - the same places every time
        alike = [row["text"] for row in rows if row.get("near")]
        # What is heard must be the danger that is buried, and not something in the story.
        stories = [each for each in stories if read(each["text"]).level != "life"]
        readings: dict[str, list[Reading]] = defaultdict(list)
        sure: list[tuple[DangerKind, DangerKind, bool]] = []
        for row in rows:
            reading = read(_bury(row["text"], alike, stories, chance) if stories else row["text"])
            level = row.get("level", "?")
            details = {row.get("language", ""), row.get("kind", "")}
            for group in {level, *(f"{level} {each}".strip() for each in details)}:
                readings[group].append(reading)
            if level == "life" and reading.level == "life" and reading.sure and row.get("kind"):
                sure.append((kinds()[row["kind"]], kinds()[reading.kind], reading.shielded))
        for group, found in sorted(readings.items()):
            own = sum(each.level == "life" and each.sure for each in found)
            unsure = sum(each.level == "life" and not each.sure for each in found)
            work = sum(each.level == "work" for each in found)
            told = (f"{number / len(found) * 1000:.1f}" for number in (own, unsure, work))
            self.stdout.write(
                f"{group} ({len(found)}): binde kendi sözü, sakin söz, acil iş: {', '.join(told)}"
            )
        if sure:
            right = share((own == read_as for own, read_as, _ in sure), 1)
            family = share((own.family == read_as.family for own, read_as, _ in sure), 1)
            shielded = share((each for own, _, each in sure if own.family not in SHIELDED), 1)
            self.stdout.write(f"tür doğru {right:.3f}, aile {family:.3f}; şiddet de sanılan {shielded:.3f}")

    def _show(self, found: Sequence[Scored], life_from: float, unsure_from: float, work_from: float) -> None:
        self.stdout.write(f"eşikler: {life_from} {unsure_from} {work_from}")
        for language in ("tr", "en", "ar"):
            own = [each for each in found if _is(each, LIFE, language)]
            looks = [
                each for each in found if each.example.language == language and each.example.head == NOTHING
            ]
            own_sure, own_likely = _shares(own, life_from, unsure_from)
            sure, likely = _shares(looks, life_from, unsure_from)
            self.stdout.write(
                f"{language}: kendi sözü {own_sure:.3f}, iki sözden biri {own_likely:.3f}, "
                f"yanlış {sure * 1000:.0f} ve {likely * 1000:.0f} binde ({len(own)} tehlike, {len(looks)} benzeyen)"
            )
        for head in sorted({each.example.head for each in found if each.example.head.startswith(LIFE)}):
            own = [each for each in found if each.example.head == head]
            own_sure, own_likely = _shares(own, life_from, unsure_from)
            self.stdout.write(f"{head}: {own_sure:.2f} {own_likely:.2f} ({len(own)})")
        work = [each.work for each in found if each.example.head.startswith(WORK)]
        self.stdout.write(f"acil iş: {share(work, work_from):.2f} ({len(work)})")


def _rows(*files: Path) -> Iterator[Row]:
    for file in files:
        yield from map(json.loads, file.read_text(encoding="utf-8").splitlines())


def _bury(text: str, alike: Sequence[str], stories: Sequence[Row], chance: Random) -> str:
    """The text, and one that only looks like danger, each between two words of so many letters of stories."""
    around = ""
    while len(around) < STORY_LETTERS:
        around += f" {chance.choice(stories)['text']}"
    words = around[:STORY_LETTERS].split()
    for each in (text, *([chance.choice(alike)] if alike else [])):
        words.insert(chance.randint(0, len(words)), each)
    return " ".join(words)


def _shares(found: Sequence[Scored], life_from: float, unsure_from: float) -> tuple[float, float]:
    """The shares that get the kind's own sentence, and either of the two."""
    return share((each.sum for each in found), life_from), share((each.life for each in found), unsure_from)


def _is(found: Scored, prefix: str, language: str) -> bool:
    return found.example.head.startswith(prefix) and found.example.language == language


def _thresholds() -> tuple[float, float, float]:
    facts = model().metadata
    return facts.life_from, facts.unsure_from, facts.work_from


def _talk() -> list[DangerExample]:
    """What is said around reports."""
    return [DangerExample(each.text, "tr", NOTHING, "") for each in read_talk()]


def _ordinary() -> Iterator[DangerExample]:
    """The ordinary messages of the router's corpus: what nobody called urgent, there or in the corpus of danger."""
    known = judged()
    for file in sorted(ORDINARY.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if not row["urgent"] and row["category"] not in LEFT_OUT and row["text"] not in known:
                yield DangerExample(row["text"], "tr", NOTHING, "")


def _version() -> str:
    """Names the corpus that a model is of."""
    digest = hashlib.sha256()
    for file in sorted(CORPUS.glob("*.jsonl")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
