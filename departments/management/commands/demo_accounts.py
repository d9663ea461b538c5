import os
import secrets
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand
from django.db import transaction
from typing_extensions import override

from departments.organisation.models.departments import Department
from departments.organisation.models.roles import Role
from departments.staff.role_permissions import give_role

# user name → role and the code of its department; the administrator needs no role
ACCOUNTS: dict[str, tuple[Role, str | None] | None] = {
    "admin": None,
    "operator": (Role.OPERATOR, None),
    "supervisor": (Role.SUPERVISOR, None),
    "head_fen": (Role.HEAD, "FEN"),
    "crew_fen": (Role.CREW, "FEN"),
    "dpo": (Role.DPO, None),
}
# How they are called, once tickets are filled in (tickets/demo_data/staff_at_work.py): first name, surname.
NAMES = {
    "admin": ("Nazlı", "Korkmaz"),
    "operator": ("Elif", "Demir"),
    "supervisor": ("Murat", "Çelik"),
    "head_fen": ("Hakan", "Aydın"),
    "crew_fen": ("Yusuf", "Kaya"),
    "dpo": ("Selin", "Arslan"),
}


class Command(BaseCommand):
    help = "Deneme hesaplarını oluşturur; parola DEMO_PASSWORD, yoksa rastgele üretilir ve bir kez yazılır."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--keep", action="store_true", help="var olan hesapların parolasına dokunma")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        wanted = os.environ.get("DEMO_PASSWORD") or None
        password = wanted or secrets.token_urlsafe(12)
        change = wanted is not None and not options["keep"]
        stored = make_password(password)  # once for all: it takes its time on purpose
        with transaction.atomic():
            created = [name for name in ACCOUNTS if _account(name, password, stored, change=change)]
        if created:
            self.stdout.write(f"Oluşturulan hesaplar: {', '.join(created)}")
            self.stdout.write(f"DEMO_PASSWORD={password}")


def _account(name: str, password: str, stored: str, *, change: bool) -> bool:
    """Ensures that the account exists with its role; returns whether it is new. `change` resets its password."""
    place = ACCOUNTS[name]
    user, created = User.objects.get_or_create(
        username=name, defaults={"is_staff": True, "is_superuser": place is None}
    )
    if created or (change and not user.check_password(password)):
        user.password = stored
        user.save(update_fields=["password"])
    if place:
        role, department = place
        give_role(user, role, Department.objects.get(code=department) if department else None)
    return created
