"""Who may do what: actors and their roles, their roles on a ticket, and the tickets that they may see.

`visible_to` is the only row filter; every list, page and export goes through it. Which pages of the back office a role
opens stands in departments/staff/role_permissions.py.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.utils import timezone

from departments import reference
from departments.common import composed_queries
from departments.models import Category, Department, Membership, Role
from departments.text.folding import fold
from departments.text.ticket_number import citations_in
from departments.working_time.duty import on_any_duty, on_duty, shifts_of
from tickets.record.models.attachments import Attachment
from tickets.record.models.citizen import Citizen
from tickets.record.models.ticket import DANGER, Ticket
from tickets.record.models.waiting_conversations import WaitingConversation
from tickets.record.workflow import STAFF, ActorKind, NotAllowed, TicketRole

_IN_DEPARTMENT = {
    Role.HEAD: frozenset({TicketRole.MEMBER, TicketRole.HEAD}),
    Role.CREW: frozenset({TicketRole.MEMBER}),
}
_ON_THE_LINE = {
    Role.OPERATOR: frozenset({TicketRole.AGENT}),
    Role.SUPERVISOR: frozenset({TicketRole.SUPERVISOR}),
}
_ROLES = "_roles_cache"
_BEYOND = "_beyond_roles_cache"
_NONE = Q(pk__in=())
_ALL = ~_NONE
_SECRET = Q(restricted=True) | Q(category__restricted=True)
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
    `is_program`: a department's own system, which has none of the rights that its user has as a person.
    """

    kind: ActorKind
    user: User | None = None
    roles: frozenset[tuple[Role, str | None]] = frozenset()
    keys: frozenset[tuple[str, int]] = frozenset()
    is_program: bool = False

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
        """Superusers and supervisors: every ticket, every transition, every phone number."""
        return self._is_administrator or self.has(Role.SUPERVISOR)

    @property
    def _is_administrator(self) -> bool:
        return self.user is not None and self.user.is_superuser and not self.is_program

    @property
    def is_call_centre(self) -> bool:
        """Operators and whoever sees everything: those who work on Bekleyenler."""
        return self.sees_everything or self.has(Role.OPERATOR)

    @property
    def sees_phones(self) -> bool:
        """Whether phone numbers are shown to the actor in full (KVKK: only to those whose work needs them)."""
        return self.sees_everything or self.has(Role.DPO)

    @property
    def sees_originals(self) -> bool:
        """Whether the actor may open the original of a blurred photo."""
        return self.sees_everything or self.has(Role.DPO)

    @property
    def blocks_citizens(self) -> bool:
        """Whether the actor may have the line not answer somebody, and lift that."""
        return self.sees_everything

    @property
    def keeps_personal_data(self) -> bool:
        """Whether the actor may look people up, export and erase their data, and place legal holds.

        The personal-data officer, administrators, and management commands run on the server.
        """
        on_the_server = self.kind is ActorKind.CLOCK
        return on_the_server or self._is_administrator or self.has(Role.DPO)

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
        held = composed_queries.ask("roles", _held, (user.pk,))
        roles = frozenset((Role(role), code) for role, code, _ in held)
        vars(user)[_ROLES] = roles, frozenset((code, key) for _, code, key in held if code), False
    return Actor(ActorKind.STAFF, user, *vars(user)[_ROLES])


def _held(user: int) -> QuerySet[Membership, Any]:
    return Membership.objects.filter(user=user).values_list("role", "department__code", "department")


def act_for(user: User, department: Department) -> None:
    """From now on, that is for one request, this user object is the department's own system: it sees and does what the
    department's crews may, and nothing that the person may beside that.
    """
    roles = frozenset({(Role.CREW, department.code)})
    vars(user)[_ROLES] = roles, frozenset({(department.code, department.pk)}), True
    vars(user)[_BEYOND] = _Beyond(frozenset(), [])


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
    """The tickets that somebody may see: by their roles, and each danger to life while they are on duty.

    Restricted tickets are seen by supervisors, administrators, whoever claimed them and whoever is on duty at this
    moment (for all departments, or for the ticket's), whatever other roles those have.
    """
    return Ticket.objects.filter(seen_by(who))


def seen_by(who: User | AnonymousUser | Actor, at: str = "") -> Q:
    """The condition of `visible_to`, on a ticket or on the one that the relation `at` leads to.

    Beside an OR this is the form for it: `ticket__in=visible_to(...)` has the database gather all that somebody sees,
    however few are the rows that it is asked of.
    """
    actor = who if isinstance(who, Actor) else actor_of(who)
    if actor.sees_everything or actor.user is None:
        return _on(at, _of_roles(actor))
    rule = _of_roles(actor) & Q(restricted=False)
    more = _beyond_roles(actor.user)
    return _on(at, rule | more if more else rule)


def _on(at: str, rule: Q) -> Q:
    """A rule on a ticket's columns, as one on those of the ticket that `at` leads to."""
    if not at:
        return rule
    children: list[Any] = rule.children
    parts = (_on(at, each) if isinstance(each, Q) else (f"{at}__{each[0]}", each[1]) for each in children)
    return Q(*parts, _connector=rule.connector, _negated=rule.negated)


def visibility_key(actor: Actor) -> Hashable:
    """The same for two who see the same tickets and conversations now: whatever the filters here depend on."""
    if actor.sees_everything or actor.user is None:
        return actor.sees_everything
    beyond = _beyond(actor.user)
    own = actor.user.pk if actor.has(Role.CREW) and not actor.is_program else None
    return actor.roles, actor.keys, beyond.duties, tuple(beyond.claimed), own


def who_may_see(ticket: Ticket) -> QuerySet[User]:
    """Who may see the ticket: `visible_to` from its side, in one statement. A test compares the two."""
    seen = Q(is_superuser=True) | Q(memberships__role=Role.SUPERVISOR)
    if ticket.restricted:
        seen |= Q(pk=ticket.claimed_by_id)
    else:
        secret = ticket.category is not None and ticket.category.restricted
        here = (Role.HEAD,) if secret else (Role.HEAD, Role.CREW)
        seen |= Q(memberships__role__in=(Role.DPO,) if secret else (Role.DPO, Role.OPERATOR))
        seen |= Q(memberships__role=Role.CREW, pk=ticket.assignee_id)
        if ticket.department_id is not None:
            seen |= Q(memberships__role__in=here, memberships__department=ticket.department_id)
    now = timezone.now()
    if ticket.restricted:
        seen |= Q(pk__in=on_duty(now, ticket.department).values("pk"))
    elif ticket.is_danger:
        seen |= Q(pk__in=on_any_duty(now).values("pk"))
    return User.objects.filter(seen, is_active=True).distinct()


def unmaskable(actor: Actor) -> Q:
    """Which of the tickets that the actor sees are such that they may open the citizen's telephone number: those of
    their work (`tickets.citizens.phone_access.may_unmask`).
    """
    if actor.sees_everything or actor.has(Role.DPO, Role.OPERATOR):
        return Q()
    rule = Q(department__in=actor.departments(Role.HEAD))
    return rule if actor.is_program else rule | Q(assignee=actor.user)


def is_on_duty(actor: Actor) -> bool:
    """Whether the actor is on duty at this moment, for whatever department."""
    return actor.user is not None and bool(_duties(actor.user))


def _duties(user: User) -> frozenset[int | None]:
    return _beyond(user).duties


class _Beyond(NamedTuple):
    """What somebody has beside their roles: the departments for which they are on duty at this moment, None for all,
    and the restricted tickets that they claimed.
    """

    duties: frozenset[int | None]
    claimed: list[int]


def _beyond(user: User) -> _Beyond:
    """Asked once, in one statement, and cached on the user object, that is for one request, as the roles are.

    The claimed are looked up before: a list of keys plans better than one more condition on each ticket.
    """
    if _BEYOND not in vars(user):
        rows = composed_queries.ask("beyond roles", _duties_and_claims, (user.pk, timezone.now()))
        duties = frozenset(key for what, key in rows if what == "duty")
        vars(user)[_BEYOND] = _Beyond(
            duties, [key for what, key in rows if what == "claim" and key is not None]
        )
    beyond: _Beyond = vars(user)[_BEYOND]
    return beyond


def _duties_and_claims(user: int, now: datetime) -> QuerySet[Any, Any]:
    shifts = shifts_of(user, now).values_list(Value("duty"), "department")
    claimed = Ticket.objects.filter(restricted=True, claimed_by=user).values_list(Value("claim"), "pk")
    return claimed.union(shifts, all=True)


def refresh_permissions(user: User) -> None:
    """Whoever claims a ticket sees it within the same request."""
    vars(user).pop(_BEYOND, None)


def _beyond_roles(user: User) -> Q:
    """The dangers that somebody sees by being on duty at this moment, and the restricted ones that they claimed."""
    duties, claimed = _beyond(user)
    mine = Q(pk__in=claimed) if claimed else Q()
    if not duties:
        return mine
    restricted = Q(restricted=True) if None in duties else Q(restricted=True, department__in=duties)
    return (Q(restricted=False) & DANGER) | restricted | mine


def hidden_from(who: User | AnonymousUser | Actor) -> QuerySet[Ticket]:
    """The restricted tickets that somebody may not see: what their citizens wrote is not theirs to read, either."""
    actor = who if isinstance(who, Actor) else actor_of(who)
    if actor.sees_everything:
        return Ticket.objects.none()
    seen = _beyond_roles(actor.user) if actor.user else _NONE
    return Ticket.objects.filter(~seen if seen else _ALL, restricted=True)


def names_hidden(who: User | AnonymousUser | Actor, citizen: int | None) -> Callable[[str], bool]:
    """Whether a text of somebody's conversation names one of their tickets that the reader may not see, by its number
    or, of a restricted one, its subject. Messages that belong to no ticket do so: the line lists all that one has.
    """
    actor = who if isinstance(who, Actor) else actor_of(who)
    if citizen is None or actor.sees_everything:
        return lambda _text: False
    seen = visible_to(actor).filter(citizen=citizen)
    return _names_one_of(Ticket.objects.filter(citizen=citizen).exclude(pk__in=seen.values("pk")))


def names_secret(citizens: Iterable[int]) -> Callable[[int, str], bool]:
    """Whether a text of that citizen's conversation names a restricted ticket of theirs, which no list shows."""
    keys = list(citizens)
    secret = Ticket.objects.filter(_SECRET, citizen__in=keys) if keys else Ticket.objects.none()
    of = {key: _names_one_of(secret.filter(citizen=key)) for key in secret.values_list("citizen", flat=True)}
    return lambda citizen, text: citizen in of and of[citizen](text)


def _names_one_of(tickets: QuerySet[Ticket]) -> Callable[[str], bool]:
    """Whether a text names one of these tickets. They are read for the first text that may name one."""
    restricted = {name for each in reference.categories() if each.restricted for name in _names_of(each)}

    @cache
    def hidden() -> tuple[list[str], set[str]]:
        rows = tickets.values_list("number", "category")
        found = [(number, reference.category_by_id(category)) for number, category in rows]
        subjects = {name for _, each in found if each and each.restricted for name in _names_of(each)}
        return [number for number, _ in found], subjects

    def names(text: str) -> bool:
        cited, folded = citations_in(text), fold(text)
        if not cited and not any(subject in folded for subject in restricted):
            return False
        numbers, subjects = hidden()
        return any(each.names(number) for each in cited for number in numbers) or any(
            subject in folded for subject in subjects
        )

    return names


def _names_of(category: Category) -> set[str]:
    """What a text may call the subject, folded."""
    known = (category.name, category.public_name, category.public_name_en, category.public_name_ar)
    return {fold(name) for name in known if name}


def visible_handovers(who: User | AnonymousUser | Actor) -> QuerySet[WaitingConversation]:
    """The conversations waiting for staff that somebody may see: the call centre, and of a restricted ticket's citizen
    those who may see that ticket.
    """
    actor = who if isinstance(who, Actor) else actor_of(who)
    if not actor.is_call_centre:
        return WaitingConversation.objects.none()
    if actor.sees_everything:
        return WaitingConversation.objects.all()
    hidden = hidden_from(actor).filter(citizen=OuterRef("citizen"))
    return WaitingConversation.objects.filter(Q(ticket=None) | seen_by(actor, "ticket"), ~Exists(hidden))


def visible_citizens(who: User | AnonymousUser | Actor) -> QuerySet[Citizen]:
    """The people whose page somebody may open: those with a ticket that they may see, and for the call centre those
    without any.
    """
    actor = who if isinstance(who, Actor) else actor_of(who)
    if actor.sees_everything:
        return Citizen.objects.all()
    if not actor.has(Role.OPERATOR):
        return Citizen.objects.filter(pk__in=visible_to(actor).values("citizen"))
    theirs = Ticket.objects.filter(citizen=OuterRef("pk"))
    seen = visible_to(actor).filter(citizen=OuterRef("pk"))
    return Citizen.objects.filter(~Exists(theirs) | Exists(seen))


def is_crew_alone(actor: Actor) -> bool:
    """Whether somebody works outdoors and nothing else."""
    return {role for role, _ in actor.roles} == {Role.CREW} and not actor.sees_everything


def by_role(actor: Actor) -> QuerySet[Ticket]:
    """The tickets of somebody's roles, restricted ones too, which only totals may count; none without a role.

    Restricted categories hold special categories of personal data (KVKK art. 6) and are open to supervisors, the
    personal-data officer and the head of the department alone.
    """
    return Ticket.objects.filter(_of_roles(actor))


def lost_by(actor: Actor) -> Q:
    """Of which of the TicketChange that tell of a loss the actor saw the ticket, as it was: `visible_to` for them.

    What they had claimed, and duties that ended, change `sight` instead.
    """
    rule = _of_roles(actor)
    if actor.sees_everything:
        return rule
    return Q(restricted=False) & (rule | DANGER) if is_on_duty(actor) else Q(restricted=False) & rule


def _of_roles(actor: Actor) -> Q:
    """The condition of `by_role`, on a ticket or on what is kept of how one was."""
    if actor.sees_everything or actor.has(Role.DPO):
        return _ALL
    if not actor.roles:
        return _NONE
    unrestricted = Q(category__isnull=True) | Q(category__restricted=False)
    rule = Q(department__in=actor.departments(Role.HEAD))
    rule |= unrestricted & Q(department__in=actor.departments(Role.CREW))
    if actor.has(Role.CREW) and not actor.is_program:
        rule |= Q(assignee=actor.user)
    if actor.has(Role.OPERATOR):
        rule |= unrestricted
    return rule


def not_secret() -> Q:
    """Whether the public may know that a ticket exists: no restricted one, no danger that nobody has published."""
    photos = Attachment.objects.filter(ticket=OuterRef("pk"), published=True)
    published = ~Q(published_text="") | Q(Exists(photos))
    return Q(restricted=False) & (~DANGER | published)


def public_tickets() -> QuerySet[Ticket]:
    """The tickets that the public page, the open data and Open311 tell of: our own work, in categories without special
    personal data, and no danger to life, published or not.
    """
    ours = Q(category__restricted=False, category__agency__isnull=True)
    return Ticket.objects.filter(ours, ~DANGER, restricted=False)


def masked(phone: str) -> str:
    """Masks an E.164 number: `+90 5** *** ** 67`."""
    if phone.startswith("+90") and len(phone) == 13:
        return f"+90 {phone[3]}** *** ** {phone[-2:]}"
    return f"{phone[:3]} *** *** {phone[-2:]}"
