"""Who may do what: actors and their roles, their roles on a ticket, and the tickets that they may see.

`visible_to` is the only row filter; every list, page and export goes through it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q, QuerySet

from departments.models import Membership, Role
from tickets.models import Ticket
from tickets.workflow import STAFF, ActorKind, NotAllowed, TicketRole

_IN_DEPARTMENT = {
    Role.HEAD: frozenset({TicketRole.MEMBER, TicketRole.HEAD}),
    Role.CREW: frozenset({TicketRole.MEMBER}),
}
_ON_THE_LINE = {
    Role.OPERATOR: frozenset({TicketRole.AGENT}),
    Role.SUPERVISOR: frozenset({TicketRole.SUPERVISOR}),
}
_ROLES = "_roles_cache"
_NOT_STAFF = {
    ActorKind.CITIZEN: TicketRole.CITIZEN,
    ActorKind.LINE: TicketRole.LINE,
    ActorKind.CLOCK: TicketRole.CLOCK,
}


@dataclass(frozen=True)
class Actor:
    """Who makes a change: a member of staff with their roles, or the citizen, the line or the scheduler without any.

    `roles` are pairs of a role and its department's code, None for roles of the whole line; `keys` are pairs of such a
    code and the department's primary key, since the planner estimates filters by key better than by code.
    """

    kind: ActorKind
    user: User | None = None
    roles: frozenset[tuple[Role, str | None]] = frozenset()
    keys: frozenset[tuple[str, int]] = frozenset()

    @classmethod
    def citizen(cls) -> "Actor":
        return cls(ActorKind.CITIZEN)

    @classmethod
    def system(cls) -> "Actor":
        return cls(ActorKind.LINE)

    @classmethod
    def scheduler(cls) -> "Actor":
        return cls(ActorKind.CLOCK)

    def has(self, *roles: Role) -> bool:
        """Whether the actor holds one of the roles anywhere."""
        return any(role in roles for role, _ in self.roles)

    def departments(self, *roles: Role) -> list[int]:
        """The keys of the departments in which the actor holds one of the roles."""
        codes = {code for role, code in self.roles if role in roles}
        return sorted(key for code, key in self.keys if code in codes)

    @property
    def sees_everything(self) -> bool:
        """Superusers and supervisors: every ticket, every move, every phone number."""
        return (self.user is not None and self.user.is_superuser) or self.has(Role.SUPERVISOR)

    @property
    def sees_phones(self) -> bool:
        """Whether phone numbers are shown to the actor in full (KVKK: only to those whose work needs them)."""
        return self.sees_everything or self.has(Role.DPO)

    @property
    def sees_originals(self) -> bool:
        """Whether the actor may open the original of a blurred photo."""
        return self.sees_everything or self.has(Role.DPO)

    @property
    def keeps_personal_data(self) -> bool:
        """Whether the actor may look people up, export and erase their data, and place legal holds.

        The personal-data officer, administrators, and management commands run on the server.
        """
        on_the_server = self.kind is ActorKind.CLOCK
        return on_the_server or (self.user is not None and self.user.is_superuser) or self.has(Role.DPO)

    @property
    def reads_conversations(self) -> bool:
        """Whether the actor may read the conversation with the citizen: all but crews, who work from the ticket."""
        return self.sees_everything or self.has(Role.OPERATOR, Role.HEAD, Role.DPO)


def actor_of(user: User | AnonymousUser) -> Actor:
    """The user as an actor; anonymous and deactivated users have no role.

    The roles are cached on the user object, that is for one request, as Django does with permissions.
    """
    if not isinstance(user, User) or not user.is_active:
        return Actor(ActorKind.STAFF)
    if _ROLES not in vars(user):
        held = Membership.objects.filter(user=user).values_list("role", "department__code", "department")
        roles = frozenset((Role(role), code) for role, code, _ in held)
        vars(user)[_ROLES] = roles, frozenset((code, key) for _, code, key in held if code)
    return Actor(ActorKind.STAFF, user, *vars(user)[_ROLES])


def parties(actor: Actor, department: str | None) -> frozenset[TicketRole]:
    """The actor's roles on a ticket of the department with that code (None: a ticket without department)."""
    if actor.kind is not ActorKind.STAFF:
        return frozenset({_NOT_STAFF[actor.kind]})
    found: set[TicketRole] = {TicketRole.SUPERVISOR} if actor.sees_everything else set()
    for role, code in actor.roles:
        found |= _ON_THE_LINE.get(role, frozenset())
        if department is not None and code == department:
            found |= _IN_DEPARTMENT.get(role, frozenset())
    return frozenset(found)


def require_staff(who: Iterable[TicketRole]) -> None:
    """Raises NotAllowed unless one of the roles is staff's and may change the ticket."""
    if STAFF.isdisjoint(who):
        raise NotAllowed("Bu başvuruda değişiklik yapma yetkiniz yok.")


def visible_to(who: User | AnonymousUser | Actor) -> QuerySet[Ticket]:
    """The tickets that somebody may see, by their roles; none without a role.

    Restricted categories hold special categories of personal data (KVKK art. 6) and are open to supervisors, the
    personal-data officer and the head of the department alone.
    """
    actor = who if isinstance(who, Actor) else actor_of(who)
    if actor.sees_everything or actor.has(Role.DPO):
        return Ticket.objects.all()
    if not actor.roles:
        return Ticket.objects.none()
    unrestricted = Q(category__isnull=True) | Q(category__restricted=False)
    rows = Q(department__in=actor.departments(Role.HEAD))
    rows |= unrestricted & Q(department__in=actor.departments(Role.CREW))
    if actor.has(Role.CREW):
        rows |= Q(assignee=actor.user)
    if actor.has(Role.OPERATOR):
        rows |= unrestricted
    return Ticket.objects.filter(rows)


def public_tickets() -> QuerySet[Ticket]:
    """The tickets that are published as open data: our own work, in categories without special personal data."""
    return Ticket.objects.filter(category__restricted=False, category__agency__isnull=True)


def masked(phone: str) -> str:
    """Masks an E.164 number: `+90 5** *** ** 67`."""
    if phone.startswith("+90") and len(phone) == 13:
        return f"+90 {phone[3]}** *** ** {phone[-2:]}"
    return f"{phone[:3]} *** *** {phone[-2:]}"
