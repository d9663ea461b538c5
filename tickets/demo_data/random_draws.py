"""Random draws for demonstration data: mahalleler, staff, categories, messages, names, moments."""

import json
from collections.abc import Iterator, Sequence
from copy import copy
from datetime import datetime, timedelta
from functools import cache
from itertools import islice
from math import cos, pi, radians, sin, sqrt
from pathlib import Path
from random import Random
from typing import Any, Self

from django.contrib.auth.models import User

import departments
from departments.models import Category, Department, Membership, Neighbourhood, PlaceNeed, Role, TargetVersion
from departments.places.points import KM_PER_DEGREE
from departments.routing.route import Suggestion
from departments.working_time.working_hours import ISTANBUL
from tickets.demo_data.shares import (
    BY_ADDRESS,
    BY_HOUR,
    BY_PIN,
    BY_WEEKDAY,
    OFTEN,
    RIGHT,
    RIGHT_UNSURE,
    WITH_PHONE,
)
from tickets.demo_data.suggestions import CorpusMessage, suggestion
from tickets.record.models.citizen import Citizen
from tickets.record.permissions import Actor
from tickets.record.workflow import ActorKind

CORPUS = Path(departments.__file__).parent / "training" / "corpora" / "routing"
FIRST_NAMES = (
    "Ayşe", "Mehmet", "Fatma", "Mustafa", "Emine", "Ahmet", "Hatice", "Ali", "Zeynep", "Hüseyin", "Elif", "Hasan",
    "Meryem", "İbrahim", "Şerife", "Osman", "Özlem", "Yusuf", "Çiğdem", "Ömer", "Gülşen", "Ramazan", "Işıl", "Uğur",
)  # fmt: skip
SURNAMES = (
    "Yılmaz", "Kaya", "Demir", "Çelik", "Şahin", "Yıldız", "Öztürk", "Aydın", "Özdemir", "Arslan", "Doğan", "Kılıç",
    "Aslan", "Çetin", "Kara", "Koç", "Kurt", "Özkan", "Şimşek", "Polat", "Erciyes", "Güneş", "Işık", "Ünal",
)  # fmt: skip
STREETS = (
    "Gül",
    "Lale",
    "Çınar",
    "Erciyes",
    "Zambak",
    "Okul",
    "Cami",
    "Ihlamur",
    "Pınar",
    "Şehit",
    "Üzüm",
    "Ilgaz",
)


class District:
    """The base data, read once; every draw depends on `rng` alone."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._words = _corpus()
        rows = Category.objects.filter(parent__isnull=False, active=True).order_by("code")
        work = rows.select_related("department", "agency", "parent")
        self._categories = [each for each in work if each.first_action_hours and each.code in self._words]
        self._often = [1 if each.agency else OFTEN.get(each.code, 2) for each in self._categories]
        self.targets = {
            target.category_id: target for target in TargetVersion.objects.order_by("valid_from", "id")
        }
        self._mahalleler = list(Neighbourhood.objects.order_by("code"))
        self._by_name = {each.name: each for each in self._mahalleler}
        self._crowded = [1 / sqrt(each.area_km2 or 2) for each in self._mahalleler]
        self._staff = _staff()

    def moments(self, count: int, days: int, now: datetime) -> list[datetime]:
        """`count` moments within the last days, oldest first; more by day, fewer on weekends."""
        first = now.astimezone(ISTANBUL).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(
            days=days
        )
        dates = [first + timedelta(days=day) for day in range(days + 1)]
        lively = [BY_WEEKDAY[date.weekday()] for date in dates]
        latest = now - timedelta(minutes=2)

        def drawn() -> Iterator[datetime]:
            while True:
                several = (
                    self._rng.choices(dates, lively, k=1000),
                    self._rng.choices(range(24), BY_HOUR, k=1000),
                )
                for date, hour in zip(*several, strict=True):
                    yield date + timedelta(hours=hour, seconds=self._rng.randrange(3600))

        return sorted(islice((at for at in drawn() if at < latest), count))

    def drawn_by(self, rng: Random) -> Self:
        """A copy that draws with another generator."""
        other = copy(self)
        other._rng = rng
        return other

    def subject(self) -> tuple[Category, CorpusMessage]:
        (category,) = self._rng.choices(self._categories, self._often)
        return category, self._rng.choice(self._words[category.code])

    def mahalle(self, message: CorpusMessage) -> Neighbourhood:
        """The mahalle that the message names, or a random one."""
        named = self._by_name.get(message.neighbourhood or "")
        return named or self._rng.choices(self._mahalleler, self._crowded)[0]

    def place(self, category: Category, mahalle: Neighbourhood) -> dict[str, Any]:
        """The ticket's fields of the place: mostly a pin, else an address; none where the category needs no place."""
        rng = self._rng
        if category.place == PlaceNeed.NONE:
            return {}
        if rng.random() < BY_ADDRESS:
            street = f"{rng.choice(STREETS)} Sokak No: {rng.randint(1, 90)}"
            return {"neighbourhood": mahalle, "location_source": "words", "address": street}
        away = 0.7 * sqrt((mahalle.area_km2 or 1) / pi) * sqrt(rng.random()) / KM_PER_DEGREE
        turn = rng.uniform(0, 2 * pi)
        return {
            "neighbourhood": mahalle,
            "location_source": "pin" if rng.random() < BY_PIN else "exif",
            "lat": round(mahalle.lat + away * sin(turn), 6),
            "lon": round(mahalle.lon + away * cos(turn) / cos(radians(mahalle.lat)), 6),
        }

    def suggestion(self, category: Category, message: CorpusMessage, *, sure: bool) -> Suggestion:
        """A suggestion of the router, mostly with the right category."""
        rng = self._rng
        suggested = (
            category if rng.random() < (RIGHT if sure else RIGHT_UNSURE) else rng.choice(self._categories)
        )
        low, high = (suggested.sure_from, 1.0) if sure else (0.0, suggested.sure_from)
        return suggestion(suggested, rng.sample(self._categories, 8), message, rng.uniform(low, high))

    def name(self) -> str:
        return f"{self._rng.choice(FIRST_NAMES)} {self._rng.choice(SURNAMES)}"

    def citizen(self, pk: int, name: str, at: datetime) -> Citizen:
        """A citizen with an unassigned number: no telephone in Turkey begins with 599."""
        phone = f"+90599{pk % 10_000_000:07d}" if self._rng.random() < WITH_PHONE else None
        return Citizen(pk=pk, name=name, phone=phone, created_at=at)

    def member(self, department: Department | None) -> Actor:
        """A member of the department, or a supervisor where it has none."""
        crew = self._staff.get(department.code, ()) if department else ()
        return self._rng.choice(crew or self.supervisors)

    def agent(self) -> Actor:
        return self._rng.choice(self._staff.get(Role.OPERATOR, ()) or self.supervisors)

    @property
    def supervisors(self) -> Sequence[Actor]:
        """The supervisors; without any, an actor without account, as of somebody who has left."""
        return self._staff.get(Role.SUPERVISOR, ()) or (Actor(ActorKind.STAFF),)


def _staff() -> dict[str, tuple[Actor, ...]]:
    """Actors by the code of their department, or by their role on the line."""
    found: dict[str, tuple[Actor, ...]] = {}
    held = Membership.objects.filter(user__is_active=True).select_related("user", "department")
    for each in held.order_by("user__username", "pk"):
        where = each.department.code if each.department else each.role
        found[where] = (*found.get(where, ()), _actor(each.user, Role(each.role), each.department))
    return found


def _actor(user: User, role: Role, department: Department | None) -> Actor:
    if department is None:
        return Actor(ActorKind.STAFF, user, frozenset({(role, None)}))
    return Actor(
        ActorKind.STAFF,
        user,
        frozenset({(role, department.code)}),
        frozenset({(department.code, department.pk)}),
    )


@cache
def _corpus() -> dict[str, list[CorpusMessage]]:
    """The corpus by category, without messages about existing tickets or about several problems."""
    found: dict[str, list[CorpusMessage]] = {}
    for path in sorted(CORPUS.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            if not entry["ticket_no"] and not entry["also"]:
                message = CorpusMessage(entry["text"], entry["kind"], entry["urgent"], entry["mahalle"])
                found.setdefault(entry["category"], []).append(message)
    return found
