"""What a data breach needs within 72 hours (Law 6698 art. 12/5): who is concerned, what data, how much; and letters.

Restricted tickets that the actor may not see are left out and counted: who may see them makes theirs.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from typing import IO, Any, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string

from departments.spreadsheets.formulas import guarded
from tickets.access_log.models import Access
from tickets.access_log.request_notes import page_name
from tickets.record.legal_limits import LEAK_REPORT
from tickets.record.models.attachments import Attachment
from tickets.record.models.citizen import Citizen
from tickets.record.models.ticket import Ticket
from tickets.record.permissions import Actor, hidden_from
from tickets.record.workflow import MissingFields, NotAllowed
from tickets.reports.interface import Period

MOST_PEOPLE = 100_000
# What may have leaked, by its key in the form.
KINDS: Mapping[str, str] = {
    "name": "ad soyad",
    "phone": "telefon numarası",
    "words": "başvuru metni ve yazışma",
    "place": "adres ve konum",
    "files": "fotoğraf, ses ve belge",
}
# What shows a telephone number masked; any other access may have shown all of it.
MASKED = (Access.What.OPENED, Access.What.LISTED)
HEAD = ("Vatandaş no", "Ad soyad", "Telefon", "Başvurular")


@dataclass(frozen=True, kw_only=True)
class LeakScope:
    """What is known of a breach: `numbers` of tickets, the days on which tickets came, or an `account` that was misused
    on those days. `known_at` is when it was learned, `kinds` are keys of KINDS.
    """

    known_at: datetime
    kinds: tuple[str, ...]
    how: str
    numbers: tuple[str, ...] = ()
    period: Period | None = None
    account: User | None = None


@dataclass(frozen=True)
class LeakPack:
    """The files by their names."""

    files: Mapping[str, str]

    def write(self, to: IO[bytes]) -> None:
        with ZipFile(to, "w", ZIP_DEFLATED) as archive:
            for name, content in self.files.items():
                archive.writestr(name, content)


def leak_pack(*, scope: LeakScope, actor: Actor, now: datetime) -> LeakPack:
    """Collects who is concerned and writes the drafts; that it was made is kept in the access log with whom it names.

    Raises NotAllowed for all but the officer, MissingFields where the scope names nobody to look for.
    """
    if not actor.keeps_personal_data:
        raise NotAllowed("Veri ihlali dosyasını yalnızca KVKK görevlisi hazırlar.")
    if not scope.kinds:
        raise MissingFields({"kinds": "Hangi verinin sızdığını seçin."})
    if not (scope.numbers or scope.period):
        raise MissingFields({"numbers": "Başvuru numaralarını ya da günleri yazın."})
    people, tickets, lists, masked = _concerned(scope)
    hidden = tickets.filter(pk__in=hidden_from(actor).values("pk"))
    seen = tickets.exclude(pk__in=hidden.values("pk"))
    only_hidden = people.filter(tickets__in=hidden).exclude(tickets__in=seen)
    named = list(people.exclude(pk__in=only_hidden.values("pk")).order_by("pk")[: MOST_PEOPLE + 1])
    if len(named) > MOST_PEOPLE:
        refusal = f"{MOST_PEOPLE} kişiden fazlası etkileniyor; günleri bölüp ayrı ayrı hazırlayın."
        raise MissingFields({"first": refusal})
    numbers: dict[int, list[str]] = {}
    for key, number in seen.values_list("citizen", "number").order_by("number"):
        numbers.setdefault(key, []).append(number)
    facts = _facts(scope, named, masked, seen, now) | {"hidden": hidden.count(), "lists": lists}
    Access.objects.create(
        at=now,
        what=Access.What.EXPORTED,
        by=actor.user,
        page="veri_ihlali",
        reason="Veri ihlali dosyası",
        citizens=[each.pk for each in named],
        tickets=sorted(number for found in numbers.values() for number in found),
    )
    return LeakPack(
        {
            "ilgililer.csv": _table(named, masked, numbers, scope.kinds),
            "ozet.txt": render_to_string("tickets/leaks/summary.txt", facts),
            "kurul-bildirimi.txt": render_to_string("tickets/leaks/board.txt", facts),
            "ilgiliye-bildirim.txt": render_to_string("tickets/leaks/person.txt", facts),
        }
    )


class _Concerned(NamedTuple):
    """The people, their tickets in question, the pages of which it is not known whom they showed a misused account,
    and the keys of those whose telephone number it saw masked alone.
    """

    people: QuerySet[Citizen]
    tickets: QuerySet[Ticket]
    lists: Sequence[str] = ()
    masked: Set[int] = frozenset()


def _concerned(scope: LeakScope) -> _Concerned:
    if scope.account and scope.period:
        seen = Access.objects.filter(by=scope.account, at__gte=scope.period.start, at__lt=scope.period.end)
        numbers, keys = _named(seen)
        tickets = Ticket.objects.filter(number__in=numbers | set(scope.numbers))
        people = Citizen.objects.filter(Q(pk__in=keys) | Q(pk__in=tickets.values("citizen")))
        pages = seen.filter(tickets=[], citizens=[])
        numbers, keys = _named(seen.exclude(what__in=MASKED))
        in_full = Q(pk__in=keys) | Q(tickets__number__in=numbers | set(scope.numbers))
        return _Concerned(
            people,
            tickets,
            sorted(set(map(page_name, pages.values_list("page", flat=True)))),
            set(people.values_list("pk", flat=True))
            - set(people.filter(in_full).values_list("pk", flat=True)),
        )
    chosen = Q(number__in=scope.numbers)
    if scope.period:
        chosen |= Q(created_at__gte=scope.period.start, created_at__lt=scope.period.end)
    tickets = Ticket.objects.filter(chosen)
    return _Concerned(Citizen.objects.filter(pk__in=tickets.values("citizen")), tickets)


def _named(entries: QuerySet[Access]) -> tuple[set[str], set[int]]:
    """The numbers of tickets and the keys of citizens that the entries name."""
    rows = list(entries.values_list("tickets", "citizens"))
    return {number for found, _ in rows for number in found}, {key for _, found in rows for key in found}


def _facts(
    scope: LeakScope, people: list[Citizen], masked: Set[int], tickets: QuerySet[Ticket], now: datetime
) -> dict[str, Any]:
    files = Attachment.objects.filter(ticket__in=tickets, state=Attachment.State.STORED)
    counts = {
        "name": sum(bool(each.name) for each in people),
        "phone": sum(bool(each.phone) and each.pk not in masked for each in people),
        "words": tickets.exclude(description="").count(),
        "place": tickets.filter(Q(lat__isnull=False) | ~Q(address="")).count(),
        "files": files.count(),
    }
    return {
        "scope": scope,
        "now": now,
        "until": scope.known_at + LEAK_REPORT,
        "people": len(people),
        "tickets": tickets.count(),
        "special": tickets.filter(Q(category__restricted=True) | Q(restricted=True)).count(),
        "kinds": [(KINDS[kind], counts[kind]) for kind in scope.kinds],
        "names": ", ".join(KINDS[kind] for kind in scope.kinds),
    }


def _table(
    people: Iterable[Citizen], masked: Set[int], numbers: Mapping[int, list[str]], kinds: tuple[str, ...]
) -> str:
    """CSV with a byte order mark, which Excel needs. By names and numbers people are reached, whatever leaked."""
    file = StringIO()
    file.write("\ufeff")
    writer = csv.writer(file)
    writer.writerow([*HEAD, *(KINDS[kind] for kind in kinds)])
    for each in people:
        found = ", ".join(numbers.get(each.pk, ()))
        row = [each.pk, guarded(each.name or ""), guarded(each.phone or ""), found]
        hidden = {"phone"} if each.pk in masked else ()
        writer.writerow([*row, *("gizli göründü" if kind in hidden else "evet" for kind in kinds)])
    return file.getvalue()
