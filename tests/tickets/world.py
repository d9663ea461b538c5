"""A small municipality for tests: two departments, a restricted category, a user in every role."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from departments.models import Agency, Category, Department, Membership, Neighbourhood, Role
from departments.places.points import Point
from departments.staff.role_permissions import grant_roles, match_groups
from departments.working_time.working_hours import ISTANBUL
from tickets.casework.opening import Report, open_ticket
from tickets.casework.transitions import change_status
from tickets.models import Citizen, Kind, Source, Ticket
from tickets.public import precision
from tickets.record.permissions import Actor, actor_of
from tickets.record.statuses import Status

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=ISTANBUL)  # a Monday
# A day that is to come both for what is done at NOW and for a page, which asks the clock.
FUTURE = (max(NOW, datetime.now(ISTANBUL)) + timedelta(days=8)).date()


@dataclass
class World:
    fen: Department
    park: Department
    pothole: Category
    misconduct: Category
    mahalle: Neighbourhood
    kaski: Agency
    citizen: Citizen

    def user(self, username: str) -> User:
        return User.objects.get(username=username)

    def actor(self, username: str) -> Actor:
        return actor_of(self.user(username))

    def open(self, **changes: Any) -> Ticket:
        """A new ticket, sent nowhere yet."""
        how: dict[str, Any] = {"now": NOW, "actor": Actor.system(), "announce": True}
        how |= {name: changes.pop(name) for name in how if name in changes}
        facts: dict[str, Any] = {
            "channel": Source.WHATSAPP,
            "kind": Kind.TALEP,
            "description": "Okulun önünde çukur var",
            "citizen": self.citizen,
            "category": self.pothole,
        }
        return open_ticket(report=Report(**facts | changes), **how)

    def assigned(self, **changes: Any) -> Ticket:
        return self.open(department=self.fen, **changes)

    def crowd(self, lat: float, lon: float, people: int = 5) -> list[Ticket]:
        """Reports of that place by so many others: with five of them it may be told (tickets.public.precision)."""
        others = [Citizen.objects.create(name=f"Komşu {number}") for number in range(people)]
        told = [self.assigned(citizen=each, point=Point(lat, lon)) for each in others]
        precision.refresh_cells()
        return told

    def move(self, ticket: Ticket, to: Status, by: str = "supervisor", **details: Any) -> Ticket:
        facts: dict[str, Any] = {"now": NOW} | details
        return change_status(ticket=ticket, to=to, actor=self.actor(by), **facts)

    def resolved(self, **changes: Any) -> Ticket:
        """Opened and resolved at the same moment."""
        now = changes.get("now", NOW)
        return self.move(self.assigned(**changes), Status.RESOLVED, answer="Çukur kapatıldı.", now=now)


STAFF = (
    "admin",
    "operator",
    "supervisor",
    "head_fen",
    "crew_fen",
    "head_park",
    "crew_park",
    "dpo",
    "roleless",
)


def build_world() -> World:
    fen = Department.objects.create(code="FEN", name="Fen İşleri")
    park = Department.objects.create(code="PARK", name="Park ve Bahçeler")
    group = Category.objects.create(code="yol", name="Yol")
    work = {"parent": group, "first_action_hours": 8, "resolution_days": 5}
    world = World(
        fen=fen,
        park=park,
        pothole=Category.objects.create(
            code="yol_cukur", name="Çukur", public_name="Yolda çukur", department=fen, **work
        ),
        misconduct=Category.objects.create(
            code="personel_sikayet",
            name="Personel şikâyeti",
            public_name="Belediye personeli",
            department=fen,
            restricted=True,
            **work,
        ),
        mahalle=Neighbourhood.objects.create(
            code="alpaslan", name="Alpaslan", full_name="Alpaslan Mahallesi", lat=38.72, lon=35.52
        ),
        kaski=Agency.objects.create(code="kaski", name="KASKİ", text="Su işleri KASKİ’nin görevidir: 185."),
        citizen=Citizen.objects.create(name="Ayşe Yılmaz", phone="+905321234567", created_at=NOW),
    )
    _hire(world)
    return world


def _hire(world: World) -> None:
    grant_roles()
    users = {name: User.objects.create_user(name, is_staff=True) for name in STAFF if name != "admin"}
    User.objects.create_superuser("admin")
    roles = (
        ("operator", Role.OPERATOR, None),
        ("supervisor", Role.SUPERVISOR, None),
        ("dpo", Role.DPO, None),
        ("head_fen", Role.HEAD, world.fen),
        ("crew_fen", Role.CREW, world.fen),
        ("head_park", Role.HEAD, world.park),
        ("crew_park", Role.CREW, world.park),
    )
    for name, role, department in roles:
        Membership.objects.create(user=users[name], role=role, department=department)
        match_groups(users[name])


def here() -> Point:
    return Point(38.72, 35.49)


def break_timeline() -> None:
    """From now on no entry can be written: what a full disk or a lost connection does between two statements."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE tickets_ticketevent ADD CONSTRAINT broken CHECK (false) NOT VALID")


def sign_in(world: World, username: str) -> Client:
    """A browser in which that member of staff is signed in to the back office."""
    client = Client()
    client.force_login(world.user(username))
    return client
