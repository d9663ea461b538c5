"""Permissions of the roles in the back office: one Django group a role, with little more than view permissions.

Writes go through services, which check roles and rows; the groups only open pages. Superusers need none of them.
"""

from collections.abc import Mapping

from django.contrib.auth.models import Group, Permission, User
from django.db import transaction
from django.db.models import Q

from departments.organisation.models.departments import Department, Membership
from departments.organisation.models.roles import Role

# Whoever handles requests sees requests and the base data; the channel's own pages show identities and raw messages.
PAGES: Mapping[Role, tuple[str, ...]] = {
    Role.OPERATOR: ("departments", "tickets"),
    Role.SUPERVISOR: ("departments", "tickets", "whatsapp"),
    Role.HEAD: ("departments", "tickets"),
    Role.CREW: ("departments", "tickets"),
    Role.DPO: ("departments", "tickets", "whatsapp"),
}
# Pages of those apps that are not for everybody who opens the others, and who reads them.
AUDIT_TABLES = (
    "signin",
    "logentry",
    "destruction",
    "access",
    "legalhold",
    "retention",
    "pendingfiledeletion",
    "personaldatarequest",
)
AUDIT_READERS = frozenset({Role.DPO})
# Pages that nobody opens but whoever keeps or watches them. Corrections hold words of any ticket and no link to it, so
# that no row filter can tell whose they are: they are for those who see everything.
KEPT_APART = ("bulletin", "correction", "dangercorrection")
WATCHERS: Mapping[Role, tuple[str, ...]] = {Role.SUPERVISOR: ("correction", "dangercorrection")}
# What is written on a page and not by a service, by app and who keeps it. The supervisor may take things away, too.
ANSWERS: Mapping[str, tuple[str, ...]] = {"whatsapp": ("faqentry",), "tickets": ("cannedanswer",)}
ROSTERS: Mapping[str, tuple[str, ...]] = {
    "departments": ("agency", "dutyshift", "specialday", "workinghours")
}
KEEPERS: Mapping[Role, Mapping[str, tuple[str, ...]]] = {
    Role.OPERATOR: ANSWERS,
    Role.SUPERVISOR: {**ROSTERS, "whatsapp": ("faqentry", "bulletin"), "tickets": ("cannedanswer",)},
    Role.HEAD: {"tickets": ("apikey",)},  # of their own department: tickets/api_clients/admin/api_keys.py
    Role.DPO: {"tickets": ("retention",)},
}


def grant_roles() -> None:
    """Gives each group the permissions in PAGES. Run after migrations, which create permissions; idempotent."""
    for role, apps in PAGES.items():
        group, _ = Group.objects.get_or_create(name=role.label)
        audit = Q(codename__in=[f"view_{model}" for model in AUDIT_TABLES])
        apart = Q(codename__in=[f"view_{model}" for model in KEPT_APART])
        pages = Q(content_type__app_label__in=apps, codename__startswith="view_") & ~audit & ~apart
        if role in AUDIT_READERS:
            pages |= audit
        pages |= Q(codename__in=[f"view_{model}" for model in WATCHERS.get(role, ())])
        verbs = ("view", "add", "change", *(["delete"] if role is Role.SUPERVISOR else []))
        for app, models in KEEPERS.get(role, {}).items():
            kept = [f"{verb}_{model}" for verb in verbs for model in models]
            pages |= Q(content_type__app_label=app, codename__in=kept)
        group.permissions.set(Permission.objects.filter(pages))


def give_role(user: User, role: Role, department: Department | None = None) -> Membership:
    """Gives the user that role and its group's permissions; idempotent."""
    with transaction.atomic():
        membership, _ = Membership.objects.get_or_create(user=user, role=role, department=department)
        match_groups(user)
    return membership


def match_groups(user: User) -> None:
    """Puts the user into the groups of exactly the roles held, leaving other groups alone."""
    held = {Role(role).label for role in user.memberships.values_list("role", flat=True)}
    ours = {role.label for role in Role}
    user.groups.remove(*Group.objects.filter(name__in=ours - held))
    user.groups.add(*Group.objects.filter(name__in=held))
