"""Access matrix: every address × role × object, and the access log of each. The addresses come from the resolver, the
tables from the admin's registry: whatever is added is walked.
"""

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin import site
from django.contrib.auth.models import AnonymousUser, User
from django.template.base import Template
from django.test import Client
from django.test.utils import override_settings
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django import DjangoDbBlocker
from typing_extensions import override
from unfold.sites import UnfoldAdminSite

from departments.common import cache
from departments.staff import reauthentication
from melikgazi.sign_in import gate
from melikgazi.web.access_log import SHOWS_NOBODY
from tests import scenarios
from tests.once import once
from tests.scenarios import Story
from tests.tickets.world import World, build_world
from tickets.files.storage import sign
from tickets.models import Access, Ticket

pytestmark = pytest.mark.slow

# For the whole world: no person and no ticket is in them, or a secret of their own guards them.
PUBLIC = re.compile(
    r"^(|healthz|metrics|readyz|\.well-known/security\.txt|admin/log(in|out)/|admin/giris/(parolami-unuttum|parola/1/1)/|admin/jsi18n/|api/v1/(schema|docs)/|open311/.*|kod/.*|durum/.*|acik-veri/.*|duvar/.*|sayilarla/|arma)$"
)
# For whoever may sign in at all: the frame, one's own password, base data, and lists that show the rows of one's roles.
SIGNED_IN = re.compile(
    r"^(admin/|admin/logout/|admin/password_change/(done/)?|admin/hesabim/.*|admin/giris/onay/|admin/search/|admin/kilavuz/.*|admin/harita/.*|admin/bildirimler/.*|admin/geri-al/.*|admin/tek-harf/"
    r"|api/v1/(schema|docs|tickets|departments|categories|neighbourhoods|agencies|keys)/.*"
    r"|api/v1/reports/.*|api/v1/open-data/.*)$"
)
# Pages beside those of the tables. One that is not named here is shut to all but those who may do everything.
ALL_ROLES = frozenset({"operator", "supervisor", "head_fen", "crew_fen", "dpo", "admin"})
CALL_CENTRE = frozenset({"operator", "supervisor", "admin"})
PAGES = {
    "kisisel_veri": frozenset({"dpo", "admin"}),
    "veri_ihlali": frozenset({"dpo", "admin"}),
    "kvkk_talepleri": frozenset({"dpo", "admin"}),
    "admin:tickets_queue_bulk_fields": ALL_ROLES,
    "admin:tickets_queue_export": ALL_ROLES,
    "yeni": CALL_CENTRE,
    "yeni_arayan": CALL_CENTRE,
    "yeni_oneri": CALL_CENTRE,
    "yeni_yer": CALL_CENTRE,
    "api:ticket-detail": ALL_ROLES,
    "durumum": ALL_ROLES,
    "pano": frozenset({"supervisor", "head_fen", "admin"}),
    "birimim": frozenset({"supervisor", "head_fen", "admin"}),
    "duvarlar": frozenset({"supervisor", "admin"}),
    "tatbikat": frozenset({"supervisor", "admin"}),
    "yonlendirici": frozenset({"supervisor", "admin"}),
}
WITH_A_QUESTION = {"yeni_arayan", "yeni_oneri"}  # asked without one they have nothing to show
# The pages are stricter than the permissions: administrators alone.
NARROWER = {"view_apikey", "view_webhook", "view_webhookcall"}
ACTIONS = {"changelist": "view", "add": "add", "change": "view", "delete": "delete", "history": "view"}
SHUT = {401, 403, 404, 405}

# Who sees what. `closed` is of a restricted category, `restricted` a restricted danger.
SEES: Mapping[str, frozenset[str]] = {
    "admin": frozenset({"own", "foreign", "closed", "restricted"}),
    "supervisor": frozenset({"own", "foreign", "closed", "restricted"}),
    "dpo": frozenset({"own", "foreign", "closed"}),
    "operator": frozenset({"own", "foreign"}),
    "head_fen": frozenset({"own", "closed"}),
    "crew_fen": frozenset({"own"}),
    "head_park": frozenset({"foreign"}),
    "roleless": frozenset(),
    "": frozenset(),  # a stranger
}
# In the same order wherever it is asked of each: what one of them was shown is asked for once.
WITH_A_ROLE = [who for who in SEES if who in ALL_ROLES]
# What citizens ask the officer, and why data of theirs is held: the officer's to read, whatever their tickets are.
OFFICERS = re.compile(r"kvkk_tale|admin:tickets_legalhold_")


@dataclass(frozen=True)
class Address:
    name: str
    path: str

    @property
    def table(self) -> tuple[str, str] | None:
        """The permission's app and codename where it is one of the pages of a table."""
        match = re.fullmatch(r"admin:([a-z]+)_([a-z0-9]+)_(changelist|add|change|delete|history)", self.name)
        return (match[1], f"{ACTIONS[match[3]]}_{match[2]}") if match else None


@dataclass(frozen=True)
class Pattern:
    """A pattern of the resolver: its name, and what is filled in to make an address of it."""

    name: str
    pattern: str

    @property
    def is_of_an_object(self) -> bool:
        table = re.fullmatch(r"admin:([a-z]+_[a-z0-9]+)_(change|delete|history)", self.name)
        if table:
            return table[1].replace("_", ".", 1) in scenarios.tables()
        lists = "bekleyenler|basvuru|arama|talepler|bildirimler"
        named = rf"<str:number>|P<number>|tickets/(ticket|citizen)/<int|attachments/|(?:{lists})/<"
        return bool(re.search(named, self.pattern))


def patterns(resolver: URLResolver | Any, prefix: str = "", space: str = "") -> Iterator[Pattern]:
    for part in resolver.url_patterns:
        pattern = prefix + str(part.pattern)
        if isinstance(part, URLPattern):
            yield Pattern(space + (part.name or "?"), pattern)
        else:
            yield from patterns(part, pattern, space + (f"{part.namespace}:" if part.namespace else ""))


def walk(resolver: URLResolver | Any, ticket: Ticket) -> Iterator[Address]:
    """An address of each pattern, about the ticket, or about the first of whatever it is."""
    for each in patterns(resolver):
        key = ticket.pk if "tickets/ticket/" in each.pattern else 1
        yield Address(each.name, filled(each.pattern, ticket.number, key))


def filled(pattern: str, number: str, key: int, attachment: int = 1, user: int = 0) -> str:
    """An address of that pattern."""
    path = re.sub(r"\(\?P<number>[^)]*\)", number, pattern)
    path = re.sub(r"\(\?P<form>[^)]*\)", "json", path)
    path = re.sub(r"\(\?P<app_label>[^)]*\)", "tickets", path)
    path = re.sub(r"\(\?P<url>[^)]*\)|\(\?P<path>[^)]*\)", "nowhere", path)
    if "attachments/" in path:
        path = re.sub(r"\(\?P<part>[^)]*\)", f"file/?t={sign(attachment, 'file', user)}", path).replace(
            "/$", ""
        )
        path = re.sub(r"\(\?P<pk>[^)]*\)", str(attachment), path)
    path = re.sub(r"\(\?P<part>[^)]*\)", "file", path)
    path = re.sub(r"\(\?P<\w+>[^)]*\)", "1", path)
    path = re.sub(r"<str:number>", number, path)
    path = re.sub(r"<str:part>", "file", path)
    path = re.sub(r"<int:attachment>", str(attachment), path)
    path = re.sub(r"<(?:int|path):(?:object_id|pk|key)>", str(key), path)
    path = re.sub(r"<[^>]*>", "1", path)
    return path.replace("^", "").replace("$", "").replace(r"\.", ".").replace(".*", "nowhere")


def about(each: Pattern, story: Story, user: int) -> Address:
    """The address of the pattern about whatever it is of that story."""
    table = re.match(r"admin:([a-z]+_[a-z0-9]+)_(change|delete|history)", each.name)
    key = story.ticket.pk
    if table and "tickets/ticket/" not in each.pattern:
        key = story.rows.get(table[1].replace("_", ".", 1), 1)
    elif "tickets/citizen/<int" in each.pattern:
        key = story.rows["tickets.citizen"]
    elif "bekleyenler/arama/" in each.pattern:
        key = story.rows["tickets.callback"]
    elif "bekleyenler/<" in each.pattern:
        key = story.rows["tickets.waitingconversation"]
    elif "talepler/" in each.pattern:
        key = story.rows["tickets.personaldatarequest"]
    attachment = story.rows["tickets.attachment"]
    return Address(each.name, filled(each.pattern, story.ticket.number, key, attachment, user))


@dataclass(frozen=True)
class Visit:
    """What somebody got at an address: whether it opened, and whose words it showed. `story` is what it is about."""

    address: Address
    story: str
    opened: bool
    shows: frozenset[str]


class RememberingClient(Client):
    def __init__(self, user: User | AnonymousUser) -> None:
        super().__init__()
        self.user = user

    @override
    def request(self, **request: Any) -> Any:
        _signed_in[:] = [self.user]
        return super().request(**request)


_signed_in: list[User | AnonymousUser] = []


Question = Callable[[Story], dict[str, str]]
# Pages that show somebody only when asked: how, for what, and whether their entry names whose it is.
LOOK_UPS: tuple[tuple[str, str, Question, bool], ...] = (
    ("admin:tickets_ticket_numbered", "get", lambda story: {"q": story.ticket.number[-6:]}, True),
    ("yeni_arayan", "post", lambda story: {"known": str(story.ticket.citizen_id)}, True),
    ("yeni_arayan", "post", lambda story: {"phone": story.phone}, True),
    ("admin:tickets_ticket_changelist", "get", lambda _story: {"q": "Yılmaz"}, False),
    ("admin:tickets_citizen_changelist", "get", lambda _story: {"q": "Yılmaz"}, False),
    ("api:ticket-list", "get", lambda _story: {"q": "Yılmaz"}, False),
)


def relations() -> Iterator[dict[str, str]]:
    """What an autocomplete field of each relation of each table would ask for."""
    for model in apps.get_models():
        for column in model._meta.get_fields():
            if column.concrete and column.is_relation:
                yield {
                    "app_label": model._meta.app_label,
                    "model_name": model._meta.model_name or "",
                    "field_name": column.name,
                    "term": "",
                }


@dataclass
class Matrix:
    world: World
    stories: dict[str, Story]
    visits: dict[str, list[Visit]] = field(default_factory=dict)
    log: dict[str, set[tuple[str, str]]] = field(default_factory=dict)

    def of(self, who: str) -> list[Visit]:
        """Every address, about each object, asked for by that user; walked once."""
        if who not in self.visits:
            self.visits[who] = list(self._walk(who))
            self.log[who] = set(self._entries(who))
        return self.visits[who]

    def _entries(self, who: str) -> Iterator[tuple[str, str]]:
        """Page and story of each entry of the access log; of a list no story."""
        rows = Access.objects.filter(by__username=who)
        for page, numbers, citizens in rows.values_list("page", "tickets", "citizens"):
            yield page, ""
            for name, story in self.stories.items():
                if story.ticket.number in numbers or story.ticket.citizen_id in citizens:
                    yield page, name

    def _walk(self, who: str) -> Iterator[Visit]:
        client = self.client(who)
        user = self.world.user(who).pk if who else 0
        for each in patterns(get_resolver()):
            for story in self._objects(who) if each.is_of_an_object else [None]:
                one = story or self.stories["own"]
                address = about(each, one, user)
                if (
                    "nowhere" in address.path
                    or "logout" in address.path
                    or not self._is_given(address, one, who)
                ):
                    continue
                yield self._visit(client, address, story.name if story else "")
        yield from self._looked_up(client, who)

    def _looked_up(self, client: Client, who: str) -> Iterator[Visit]:
        """Each look-up of each story, from a page that is theirs to see."""
        page = self.stories[min(SEES[who] or {"own"}, key=list(self.stories).index)]
        by_name = {each.name: about(each, page, 0) for each in patterns(get_resolver())}
        for name, method, question, names in LOOK_UPS:
            for story in self.stories.values():
                asked = method, question(story)
                yield self._visit(client, by_name[name], story.name if names else "", *asked)
        for relation in relations():
            yield self._visit(client, by_name["secenekler"], "", "get", relation)

    def _objects(self, who: str) -> list[Story]:
        """All that are not theirs to see, where a hole would be; and one that is, the most closed."""
        seen = [story for story in self.stories.values() if story.name in SEES[who]]
        return [*seen[-1:], *(story for story in self.stories.values() if story.name not in SEES[who])]

    def _is_given(self, address: Address, story: Story, who: str) -> bool:
        """A signed address is given only to those who see the ticket."""
        return address.name != "api:attachment" or story.name in SEES[who]

    def _visit(
        self,
        client: Client,
        address: Address,
        story: str,
        method: str = "get",
        question: Mapping[str, str] | None = None,
    ) -> Visit:
        response = getattr(client, method)(f"/{address.path}", question)
        content = text_of(response)
        shows = frozenset(name for name, each in self.stories.items() if each.shown_in(content))
        return Visit(address, story, has_something(client, address, response), shows)

    def client(self, who: str) -> Client:
        """Signed in as that user; whom a session is of, and what they may do, is read once and not at each address."""
        user = self.world.user(who) if who else AnonymousUser()
        return RememberingClient(user)


def text_of(response: Any) -> str:
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return bytes(body).decode(errors="replace")


def is_open(client: Client, address: Address, method: str = "get") -> bool:
    """Whether somebody gets something there: a page, or the end of a form, but not the way to the sign-in, nor to the
    first page, which is where the back office sends those who ask for what is not there.
    """
    response = getattr(client, method)(f"/{address.path}")
    if response.streaming:
        text_of(response)  # to its end, where its file is closed
    return has_something(client, address, response)


def has_something(client: Client, address: Address, response: Any) -> bool:
    if 300 <= response.status_code < 400:
        to = response.headers["Location"]
        return (
            "/login/" not in to and to != "/admin/" and is_open(client, Address(address.name, to.lstrip("/")))
        )
    return response.status_code not in SHUT | {400, 415, 429}


def _build() -> Matrix:
    cache.refresh()
    world = build_world()
    told = [
        scenarios.tell(world, "own", "Mavikelam", "+905321110001", department=world.fen),
        scenarios.tell(world, "foreign", "Yesilkelam", "+905321110002", department=world.park),
        scenarios.tell(world, "closed", "Sarikelam", "+905321110003", department=world.fen, category=world.misconduct),
        scenarios.tell(
            world, "restricted", "Morkelam", "+905321110004", department=world.fen,
            restricted=True, danger="violence", urgent=True,
        ),
    ]  # fmt: skip
    for story in told:
        scenarios.notify(story, world, ("head_fen", "crew_fen", "head_park", "operator", "roleless", "admin"))
    return Matrix(world, {story.name: story for story in told})


@pytest.fixture(scope="module")
def _matrix(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Matrix]:
    """Built once. What is the same on every page is left out: the menu, the test client's notes about templates, and
    the log of refusals.
    """
    patch = pytest.MonkeyPatch()
    patch.setattr(UnfoldAdminSite, "get_sidebar_list", lambda *_arguments: [])
    patch.setattr(Template, "_render", lambda self, context: self.nodelist.render(context))
    patch.setattr(gate, "_admitted", lambda _request: _signed_in[0])
    patch.setattr(reauthentication, "is_recent", lambda _request: True)
    patch.setattr(logging.getLogger("django.request"), "disabled", True)
    with override_settings(MEDIA_ROOT=str(tmp_path_factory.mktemp("media"))):
        yield from once(django_db_blocker, _build)
    patch.undo()


@pytest.fixture
def matrix(_matrix: Matrix, db: None) -> Matrix:
    cache.refresh()
    return _matrix


@pytest.fixture
def world(matrix: Matrix) -> World:
    return matrix.world


@pytest.fixture
def addresses(matrix: Matrix) -> list[Address]:
    found = walk(get_resolver(), matrix.stories["own"].ticket)
    return [each for each in found if "nowhere" not in each.path]


def test_a_story_has_a_row_in_every_table_that_leads_to_a_citizen(matrix: Matrix) -> None:
    for story in matrix.stories.values():
        assert scenarios.tables() - set(story.rows) == {"tickets.webhookcall"}  # codes alone, no words


@pytest.mark.parametrize("who", list(SEES), scope="module")
def test_nobody_is_shown_a_word_of_what_they_may_not_see(matrix: Matrix, who: str) -> None:
    holes = {
        (visit.address.path, name)
        for visit in matrix.of(who)
        for name in visit.shows - SEES[who]
        if not (who == "dpo" and OFFICERS.match(visit.address.name))
    }
    assert holes == set()


@pytest.mark.parametrize("who", WITH_A_ROLE, scope="module")
def test_each_role_is_shown_what_it_may_see(matrix: Matrix, who: str) -> None:
    """Without this the test above would hold for pages that show nothing at all."""
    visits = matrix.of(who)
    listed = {name for visit in visits if visit.address.name == "api:ticket-list" for name in visit.shows}
    assert listed == SEES[who]
    opened = {visit.address.name for visit in visits if visit.story in visit.shows & SEES[who]}
    assert {"admin:tickets_ticket_change", "admin:tickets_citizen_change", "api:ticket-detail"} <= opened


@pytest.mark.parametrize("who", [who for who in SEES if who], scope="module")
def test_whatever_shows_somebody_leaves_an_entry_in_the_access_log(matrix: Matrix, who: str) -> None:
    silent = {
        visit.address.path
        for visit in matrix.of(who)
        for name in visit.shows
        if (visit.address.name, name if visit.story == name else "") not in matrix.log[who]
    }
    assert silent == set()


def test_each_look_up_finds_somebody(matrix: Matrix) -> None:
    found = {visit.address.name for visit in matrix.of("admin") if visit.shows}
    assert {name for name, *_ in LOOK_UPS} - found == set()


def test_what_is_excused_from_the_access_log_shows_nobody(matrix: Matrix) -> None:
    excused = [
        visit
        for visit in matrix.of("admin")
        if any(re.fullmatch(name, visit.address.name) for name in SHOWS_NOBODY)
    ]
    assert len(excused) > 50
    assert [visit.address.path for visit in excused if visit.shows] == []


def test_each_excuse_is_of_an_address_that_there_is(matrix: Matrix) -> None:
    names = {each.name for each in patterns(get_resolver())}
    unused = [each for each in SHOWS_NOBODY if not any(re.fullmatch(each, name) for name in names)]
    assert unused == []


@pytest.mark.parametrize("who", ["operator", "head_fen", "crew_fen", "dpo", "head_park", "roleless", ""])
def test_nobody_writes_on_what_they_may_not_see(matrix: Matrix, who: str) -> None:
    client = matrix.client(who)
    holes = []
    for each in patterns(get_resolver()):
        for name, story in matrix.stories.items():
            if not each.is_of_an_object or name in SEES[who] or each.pattern.startswith("open311/"):
                continue
            address = about(each, story, 0)
            if each.name == "api:attachment" or "nowhere" in address.path:
                continue
            if who == "dpo" and OFFICERS.match(each.name):
                continue
            response = client.post(f"/{address.path}")
            if has_something(client, address, response) or story.shown_in(text_of(response)):
                holes.append(address.path)
    assert holes == []


def test_a_stranger_opens_what_is_public_and_nothing_else(matrix: Matrix) -> None:
    opened = {visit.address.path for visit in matrix.of("") if visit.opened}
    assert {path for path in opened if not PUBLIC.match(path)} == set()


def test_a_stranger_sends_nothing_but_what_is_signed(matrix: Matrix, addresses: list[Address]) -> None:
    client = matrix.client("")
    kept = [each for each in addresses if not PUBLIC.match(each.path) and each.name != "api:attachment"]
    assert [each.path for each in kept if is_open(client, each, "post")] == []


def test_staff_without_a_role_open_the_frame_and_nothing_else(
    matrix: Matrix, addresses: list[Address]
) -> None:
    def beyond(path: str) -> bool:
        return not PUBLIC.match(path) and not SIGNED_IN.match(path)

    opened = {visit.address.path for visit in matrix.of("roleless") if visit.opened}
    assert {path for path in opened if beyond(path)} == set()
    client = matrix.client("roleless")
    kept = [each for each in addresses if beyond(each.path) and each.name != "api:attachment"]
    assert [each.path for each in kept if is_open(client, each, "post")] == []


@pytest.mark.parametrize("who", WITH_A_ROLE, scope="module")
def test_a_role_opens_the_tables_that_its_group_may_view_and_the_pages_named_for_it(
    matrix: Matrix, who: str
) -> None:
    user = matrix.world.user(who)
    more, less = [], []
    for visit in matrix.of(who):
        address = visit.address
        if visit.story and visit.story not in SEES[who]:
            continue
        if address.table:
            app, permission = address.table
            may = user.has_perm(f"{app}.{permission}")
            must = may and address.name.endswith("_changelist") and permission not in NARROWER
        elif address.name in PAGES:
            may = who in PAGES[address.name]
            must = may and address.name not in WITH_A_QUESTION
        else:
            continue
        more += [address.path] if visit.opened and not may else []
        less += [address.path] if must and not visit.opened else []
    assert (more, less) == ([], [])


def test_only_administrators_give_rights(world: World) -> None:
    for who in ALL_ROLES - {"admin"}:
        user = world.user(who)
        rights = {name for name in user.get_all_permissions() if name.startswith("auth.")}
        assert rights == set()
        assert not any(user.has_perm(f"departments.{act}_membership") for act in ("add", "change", "delete"))


def test_every_table_of_the_back_office_is_walked(addresses: list[Address]) -> None:
    walked = {each.table for each in addresses}
    for model in site._registry:
        assert (model._meta.app_label, f"view_{model._meta.model_name}") in walked
