"""The statuses of a ticket: one row each in STATUSES. Pure.

A new status is a member of `Status`, a row of STATUSES, its transitions (workflow.py), its words for citizens
(whatsapp/texts/catalog/statuses.toml) and a migration of the choices. A status that ends a ticket with a result of its
own is also a member of `Outcome`, with the same value.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import TextChoices


class Status(TextChoices):
    """With the name that staff read."""

    NEW = "NEW", "Alındı"
    ASSIGNED = "ASSIGNED", "Birime iletildi"
    IN_PROGRESS = "IN_PROGRESS", "İşlemde"
    PLANNED = "PLANNED", "Programa alındı"
    WAITING = "WAITING", "Vatandaştan cevap bekleniyor"
    REVIEW = "REVIEW", "Cevap onayında"
    RESOLVED = "RESOLVED", "Çözüldü"
    REJECTED = "REJECTED", "Karşılanamadı"
    REDIRECTED = "REDIRECTED", "İlgili kuruma yönlendirildi"
    DUPLICATE = "DUPLICATE", "Mükerrer"
    CANCELLED = "CANCELLED", "İptal edildi"
    CLOSED = "CLOSED", "Kapandı"


class Outcome(TextChoices):
    """How a ticket ended. It outlives the status: a closed ticket keeps its outcome until it is reopened."""

    RESOLVED = "RESOLVED", "Çözüldü"
    REJECTED = "REJECTED", "Karşılanamadı"
    REDIRECTED = "REDIRECTED", "İlgili kuruma yönlendirildi"
    DUPLICATE = "DUPLICATE", "Mükerrer"
    CANCELLED = "CANCELLED", "İptal edildi"


class ReportStage(TextChoices):
    """Where a ticket was while it waited or was worked on, as reports count it."""

    QUEUE = "queue", "Sırada bekledi"
    PLANNED = "planned", "Programda bekledi"
    CREW = "crew", "Ekip çalıştı"
    APPROVAL = "approval", "Onay ya da başka kurum"
    CITIZEN = "citizen", "Vatandaşın cevabı"

    @property
    def is_ours(self) -> bool:
        return self not in (ReportStage.CITIZEN, ReportStage.APPROVAL)


# The names of acts that are no transitions (tickets/undoable.py).
CLASSIFY, ASSIGN = "classify", "assign"


@dataclass(frozen=True, slots=True)
class StatusInfo:
    """What the desk, the reports and the channel know of a status.

    - `button`: the text of the button of a transition to it; `bulk_button` where it has one below the queue, too;
      `done` is what the message with "Geri al" says afterwards.
    - `letter`: its key on a ticket's page. A capital needs Shift, so that no slip ends a request.
    - `next_steps`: transitions and acts that a ticket's page offers first, the most probable first.
    - `answer_label`: the label of the text that a transition to it takes.
    - `stage`: where reports count the time spent in it; None where no time passes.
    - `outcome`: the outcome that a transition to it sets; `ended`: the ticket is not open; `closes`: the clock closes
      it some days later.
    - `for_followers`: citizens of duplicates hear of a transition to it, too; `interim`: a citizen who wants no status
      messages is spared it; `in_words`: staff say in their own words what became of the ticket.
    """

    button: str
    done: str
    letter: str
    next_steps: tuple[str, ...]
    stage: ReportStage | None = None
    bulk_button: str = ""
    answer_label: str = "Vatandaşa giden metin"
    outcome: Outcome | None = None
    ended: bool = False
    closes: bool = False
    for_followers: bool = False
    interim: bool = False
    in_words: bool = False


_AFTER_THE_END = (Status.CLOSED, Status.ASSIGNED)

STATUSES: Mapping[Status, StatusInfo] = {
    Status.NEW: StatusInfo(
        button="İade et",
        done="Çağrı merkezine iade edildi",
        letter="g",
        next_steps=(Status.ASSIGNED, CLASSIFY, Status.REDIRECTED, Status.DUPLICATE, Status.WAITING),
        stage=ReportStage.QUEUE,
    ),
    Status.ASSIGNED: StatusInfo(
        button="Birim değiştir",
        done="Birime iletildi",
        letter="a",
        next_steps=(Status.IN_PROGRESS, Status.PLANNED, Status.WAITING, Status.RESOLVED, Status.REVIEW),
        stage=ReportStage.QUEUE,
        interim=True,
    ),
    Status.IN_PROGRESS: StatusInfo(
        button="İşe başla",
        done="İşe başlandı",
        letter="l",
        next_steps=(Status.RESOLVED, Status.REVIEW, Status.WAITING, Status.PLANNED),
        stage=ReportStage.CREW,
        for_followers=True,
        interim=True,
    ),
    Status.PLANNED: StatusInfo(
        button="Programa al",
        bulk_button="Programa al",
        done="Programa alındı",
        letter="p",
        next_steps=(Status.IN_PROGRESS, Status.RESOLVED, Status.REVIEW, Status.WAITING),
        stage=ReportStage.PLANNED,
        for_followers=True,
        interim=True,
    ),
    Status.WAITING: StatusInfo(
        button="Vatandaşa sor",
        done="Vatandaşa soruldu",
        letter="s",
        next_steps=(Status.NEW, Status.IN_PROGRESS, Status.PLANNED, Status.ASSIGNED),
        answer_label="Vatandaşa soru",
        stage=ReportStage.CITIZEN,
    ),
    Status.REVIEW: StatusInfo(
        button="Onaya gönder",
        done="Onaya gönderildi",
        letter="v",
        next_steps=(Status.RESOLVED, Status.IN_PROGRESS),
        answer_label="Önerilen cevap",
        stage=ReportStage.APPROVAL,
    ),
    Status.RESOLVED: StatusInfo(
        button="Çözüldü",
        done="Çözüldü",
        letter="c",
        next_steps=_AFTER_THE_END,
        outcome=Outcome.RESOLVED,
        ended=True,
        closes=True,
        for_followers=True,
        in_words=True,
    ),
    Status.REJECTED: StatusInfo(
        button="Karşılanamadı",
        done="Karşılanamadı",
        letter="K",
        next_steps=_AFTER_THE_END,
        outcome=Outcome.REJECTED,
        ended=True,
        closes=True,
        for_followers=True,
        in_words=True,
    ),
    Status.REDIRECTED: StatusInfo(
        button="Kuruma yönlendir",
        bulk_button="Kuruma yönlendir",
        done="Kuruma yönlendirildi",
        letter="y",
        next_steps=_AFTER_THE_END,
        outcome=Outcome.REDIRECTED,
        ended=True,
        closes=True,
        for_followers=True,
        in_words=True,
    ),
    Status.DUPLICATE: StatusInfo(
        button="Birleştir (mükerrer)",
        bulk_button="Birleştir",
        done="Birleştirildi (mükerrer)",
        letter="m",
        next_steps=_AFTER_THE_END,
        outcome=Outcome.DUPLICATE,
        ended=True,
        closes=True,
        interim=True,
    ),
    Status.CANCELLED: StatusInfo(
        button="İptal et",
        done="İptal edildi",
        letter="I",
        next_steps=_AFTER_THE_END,
        outcome=Outcome.CANCELLED,
        ended=True,
    ),
    Status.CLOSED: StatusInfo(
        button="Kapat",
        done="Kapatıldı",
        letter="c",
        next_steps=_AFTER_THE_END,
        ended=True,
    ),
}

UNRESOLVED = tuple(outcome for outcome in Outcome if outcome is not Outcome.RESOLVED)
SETTLED = tuple(status for status, info in STATUSES.items() if info.closes)
ENDED = tuple(status for status, info in STATUSES.items() if info.ended)
