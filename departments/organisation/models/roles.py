"""The roles of staff by their names. What each may do with tables: staff/role_permissions.py."""

from django.db import models


class Role(models.TextChoices):
    """The role of a member of staff. Heads and crews belong to a department, the others to the whole line."""

    OPERATOR = "operator", "çağrı merkezi görevlisi"
    SUPERVISOR = "supervisor", "çağrı merkezi sorumlusu"
    HEAD = "head", "birim sorumlusu"
    CREW = "crew", "saha ekibi"
    DPO = "dpo", "KVKK görevlisi"


DEPARTMENT_ROLES: tuple[Role, ...] = (Role.HEAD, Role.CREW)
