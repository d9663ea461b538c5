"""Somebody of the staff at the sign-in page, with a telephone or without."""

from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from django_otp.oath import TOTP

from departments.models import Role, Telephone
from departments.staff import second_factor
from departments.staff.role_permissions import give_role, grant_roles

PASSWORD = "dogru-parola-1"
HERE, ELSEWHERE = "203.0.113.7", "203.0.113.8"


def clerk(name: str = "operator", role: Role = Role.OPERATOR) -> User:
    user = User.objects.create_user(name, password=PASSWORD, is_staff=True, email=f"{name}@melikgazi.bel.tr")
    grant_roles()
    give_role(user, role)
    return user


def give_password(
    client: Client, password: str = PASSWORD, name: str = "operator", to: str = "/admin/"
) -> Any:
    return client.post(f"/admin/login/?next={to}", {"username": name, "password": password})


def telephone_of(user: User) -> tuple[Telephone, list[str]]:
    """A connected telephone and its recovery codes; no code of it has been used."""
    device = second_factor.offered(user)
    device.confirmed = True
    device.save()
    return device, second_factor.new_recovery_codes(user)


def code_of(device: Telephone, steps_ahead: int = 0) -> str:
    """What the telephone shows; half a minute ahead of it after that was used."""
    ahead = device.t0 - steps_ahead * device.step
    return f"{TOTP(device.bin_key, device.step, ahead, device.digits).token():06d}"
