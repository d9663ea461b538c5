"""The ticket endpoints. Reading goes through `visible_to`, writing through one call of a service."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_view,
)
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.settings import api_settings
from rest_framework.views import APIView
from typing_extensions import override

from departments.spreadsheets.responses import XLSX, whole
from departments.text import ticket_number
from tickets.access_log.models import Access
from tickets.access_log.request_notes import AccessNote, note, note_ticket
from tickets.api_clients import idempotency_keys
from tickets.api_clients.models.scopes import Scope
from tickets.api_clients.shares import CHANGES, EXPORT, LIST, SEARCH
from tickets.attachments.uploads import attach_after_photo
from tickets.casework.assigning import assign
from tickets.casework.classifying import classify
from tickets.casework.notes import add_note
from tickets.casework.transitions import change_status
from tickets.citizens.phone_access import unmask
from tickets.record.models.ticket import Ticket
from tickets.record.permissions import Actor, actor_of, visible_to
from tickets.record.workflow import StaleVersion
from tickets.rest_api import change_feed, exports, idempotency
from tickets.rest_api.authentication import may_read
from tickets.rest_api.bounds import HEADER, check_parameters
from tickets.rest_api.filters import TicketFilters
from tickets.rest_api.opening import OpenInput, open_from
from tickets.rest_api.paging import CHOICES, COUNTS, TicketPages
from tickets.rest_api.problems import CONTENT_TYPE, PROBLEM, PreconditionFailed
from tickets.rest_api.serializers import (
    FeedQuery,
    FeedSerializer,
    OpenedSerializer,
    TicketDetailSerializer,
    TicketSerializer,
    UnmaskedSerializer,
)
from tickets.rest_api.shares import share_of
from tickets.rest_api.ticket_csv import export
from tickets.rest_api.update_bodies import AssignInput, AttachInput, ClassifyInput, NoteInput, TransitionInput
from tickets.undo.actions import just_opened

_SIGNATURE = re.compile(r"[?]t=[^\"]*")
_CONTENT = re.compile(r"-[0-9a-f]{16}(?=\"$)")  # of an ETag, behind the version
FORMATS = ("json", "csv", "xlsx")
# What the list of tickets may be asked beside its filters.
PARAMETERS = frozenset({*TicketFilters.base_filters, "format", "ordering", "page_size", "cursor", "count"})
NO_HEADERS: Mapping[str, str] = {}
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag that was read; 304 if nothing changed.",
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag that was read; 412 if the ticket changed since.",
)


def _writes(form: type[BaseSerializer[Any]], done: int = 200) -> Callable[..., Any]:
    problems = {(code, CONTENT_TYPE): PROBLEM for code in (400, 401, 403, 404, 409, 412, 422)}
    unread = OpenApiResponse(description="Done; the key may not read the ticket.")
    responses = {done: TicketDetailSerializer, 204: unread} | problems
    return extend_schema(request=form, parameters=[IF_MATCH, idempotency.PARAMETER], responses=responses)


@extend_schema_view(
    list=extend_schema(
        description="The tickets that you see, filtered and page by page; or all of them as a file.",
        responses={
            (200, "application/json"): TicketSerializer(many=True),
            (200, "text/csv"): OpenApiTypes.STR,
            (200, XLSX): OpenApiTypes.BINARY,
            (202, "application/json"): OpenApiResponse(
                exports.ExportSerializer,
                description="The file has many rows and is being made; get it at `link`, also in Location.",
            ),
        },
        parameters=[
            OpenApiParameter("ordering", str, enum=CHOICES),
            OpenApiParameter("count", str, enum=COUNTS, description="Say how many there are in all pages."),
            OpenApiParameter(
                "format", str, enum=FORMATS, description="A file of all of them instead of a page of JSON."
            ),
        ],
    )
)
class TicketViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Ticket]):
    scopes = {
        "list": Scope.READ,
        "retrieve": Scope.READ,
        "changes": Scope.READ,
        "unmask": Scope.READ,
        "create": Scope.WRITE,
        "transitions": Scope.WRITE,
        "notes": Scope.WRITE,
        "assign": Scope.WRITE,
        "classify": Scope.WRITE,
        "attachments": Scope.WRITE,
    }
    queryset = Ticket.objects.none()
    lookup_field = "number"
    lookup_value_regex = ticket_number.PATTERN
    pagination_class = TicketPages
    filterset_class = TicketFilters

    @cached_property
    def actor(self) -> Actor:
        return actor_of(self.request.user)

    @cached_property
    def now(self) -> datetime:
        return timezone.now()

    @override
    def get_queryset(self) -> QuerySet[Ticket]:
        due_at = Coalesce(F("resolution_due_at"), F("legal_due_at"))
        rows = visible_to(self.request.user).annotate(due_at=due_at)
        rows = rows.exclude(pk__in=just_opened(self.now))  # their numbers may yet be of nothing
        # Prefetched instead of joined: with eight joins the planner scans a million tickets for a rare word.
        return rows.prefetch_related(*TicketSerializer.Meta.related, "breaches")

    @override
    def get_serializer_class(self) -> type[BaseSerializer[Ticket]]:
        return TicketSerializer if self.action == "list" else TicketDetailSerializer

    @override
    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "actor": self.actor}

    @override
    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.detail or request.method == "POST":
            check_parameters(request.query_params, (api_settings.URL_FORMAT_OVERRIDE,))

    @override
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        check_parameters(request.query_params, PARAMETERS)
        form = request.query_params.get("format", "json")
        if form not in FORMATS:
            raise ValidationError({"format": f"Şunlardan biri olmalı: {', '.join(FORMATS)}."})
        if form == "json":
            with share_of(request, SEARCH if request.query_params.get("q") else LIST):
                return super().list(request, *args, **kwargs)
        exports.require_proof(request)
        return exports.open_answer(request, form) or self._export(request, form)

    def _export(self, request: Request, form: str) -> HttpResponseBase:
        note(request, AccessNote(Access.What.EXPORTED))
        with share_of(request, EXPORT):
            tickets = self.filter_queryset(exports.seen_in_files(request.user))
            return exports.asked_answer(request, tickets, form, self.now) or whole(export(tickets, form))

    @extend_schema(
        description="One ticket with its timeline, files and, where your role may read them, messages.",
        parameters=[IF_NONE_MATCH],
        responses={200: TicketDetailSerializer, 304: OpenApiResponse(description="As it was read.")},
    )
    @override
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        ticket = self.get_object()
        data = self.get_serializer(ticket).data
        etag = _etag_of_content(ticket, data, self.now)
        known = [
            each.strip().removeprefix("W/")
            for each in request.headers.get("If-None-Match", "")[:HEADER].split(",")
        ]
        if etag in known:
            return Response(status=304, headers={"ETag": etag})
        note_ticket(request, ticket)
        return Response(data, headers={"ETag": etag})

    @extend_schema(
        request={"application/json": OpenInput, "multipart/form-data": OpenInput},
        parameters=[idempotency.PARAMETER],
        responses={201: OpenedSerializer} | {(code, CONTENT_TYPE): PROBLEM for code in (400, 403, 422)},
    )
    def create(self, request: Request) -> Response:
        """Open a ticket for a citizen of another system, with photos where the body is multipart.

        For keys whose user is of the call centre, and as from the telephone: nobody is written to, and what is urgent
        rings. With an Idempotency-Key a repeat opens nothing more.
        """
        if others := set(request.FILES) - {"photos"}:  # whoever misspells it would lose them without a word
            said = "Böyle bir alan yok; fotoğraflar photos alanındadır."
            raise ValidationError({name: [said] for name in others})
        form = OpenInput(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        with transaction.atomic():
            claimed = idempotency.reserve_key(request, self.now)
            if claimed is not None and not claimed[1] and claimed[0].ticket is not None:
                return self._opened(claimed[0].ticket, idempotency_keys.REPLAYED)
            ticket = open_from(form.validated_data, self.actor, self.now)
            if claimed is not None:
                claimed[0].ticket = ticket
                claimed[0].save(update_fields=["ticket"])
        return self._opened(ticket)

    def _opened(self, ticket: Ticket, headers: Mapping[str, str] = NO_HEADERS) -> Response:
        url = self.request.build_absolute_uri(reverse("api:ticket-detail", kwargs={"number": ticket.number}))
        return Response(
            {"number": ticket.number, "url": url}, status=201, headers={"Location": url, **headers}
        )

    @extend_schema(
        parameters=[FeedQuery],
        responses={200: FeedSerializer} | {(code, CONTENT_TYPE): PROBLEM for code in (404, 410)},
    )
    @action(detail=False, filterset_class=None, pagination_class=None)
    def changes(self, request: Request) -> Response:
        """What changed since the cursor, for a copy that misses nothing.

        Each ticket as it is now, or only the number of one that was deleted or that you do not see any more. Without a
        cursor everything, or what changed since `updated_after`. Go on with the returned cursor: at once while `more`
        is true, else whenever you like. 410: the cursor is too old, or what you may see has changed; empty the copy and
        begin without one.
        """
        check_parameters(request.query_params, FeedQuery().fields)
        asked = FeedQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        query = asked.validated_data
        try:
            cursor = query["cursor"] and change_feed.FeedCursor.decode(query["cursor"])
        except ValueError:
            raise NotFound from None
        cursor = cursor or change_feed.start(self.actor, query.get("updated_after"), self.now)
        related = (*TicketSerializer.Meta.related, "breaches")
        with share_of(request, CHANGES):
            page = change_feed.read(self.actor, cursor, query["page_size"], self.now, related)
            return Response(FeedSerializer(page, context=self.get_serializer_context()).data)

    @_writes(TransitionInput)
    @action(detail=True, methods=["post"], filterset_class=None, pagination_class=None)
    def transitions(self, _request: Request, **_kwargs: str) -> Response:
        """Move the ticket to another status."""
        return self._write(TransitionInput, change_status)

    @_writes(NoteInput, done=201)
    @action(detail=True, methods=["post"], filterset_class=None, pagination_class=None)
    def notes(self, _request: Request, **_kwargs: str) -> Response:
        """Add a note for colleagues."""
        return self._write(NoteInput, add_note, done=201)

    @_writes(AssignInput)
    @action(detail=True, methods=["post"], filterset_class=None, pagination_class=None)
    def assign(self, _request: Request, **_kwargs: str) -> Response:
        """Send the ticket to another department or give it to somebody."""
        return self._write(AssignInput, assign)

    @_writes(ClassifyInput)
    @action(detail=True, methods=["post"], filterset_class=None, pagination_class=None)
    def classify(self, _request: Request, **_kwargs: str) -> Response:
        """Give the ticket another category, and with it the department that answers for it."""
        return self._write(ClassifyInput, classify)

    @_writes(AttachInput, done=201)
    @action(
        detail=True,
        methods=["post"],
        filterset_class=None,
        pagination_class=None,
        parser_classes=[MultiPartParser],
    )
    def attachments(self, _request: Request, **_kwargs: str) -> Response:
        """Add a photo of the work done; a worker makes it safe, and the newest goes to the citizen with the answer."""
        return self._write(AttachInput, _attach, done=201)

    @extend_schema(
        request=None,
        responses={200: UnmaskedSerializer}
        | {(code, CONTENT_TYPE): PROBLEM for code in (401, 403, 404, 409)},
    )
    @action(detail=True, methods=["post"], filterset_class=None, pagination_class=None)
    def unmask(self, _request: Request, **_kwargs: str) -> Response:
        """Open the citizen's telephone number; who did stands in the timeline and in the access log."""
        ticket = self.get_object()
        phone = unmask(ticket=ticket, actor=self.actor, now=self.now)
        note_ticket(self.request, ticket, Access.What.UNMASKED)
        return Response({"phone": phone})

    def _write(
        self, form_class: type[BaseSerializer[Any]], service: Callable[..., Ticket], done: int = 200
    ) -> Response:
        with transaction.atomic():
            ticket = self.get_object()
            if idempotency.is_repeat(self.request, self.now):
                return self._answer(self.get_object(), done, idempotency_keys.REPLAYED)
            arguments = self._arguments(ticket, form_class)
            try:
                written = service(ticket=ticket, actor=self.actor, now=self.now, **arguments)
            except StaleVersion as error:  # since it was compared here, a moment ago
                if "If-Match" in self.request.headers and "version" not in self.request.data:
                    raise PreconditionFailed from error
                raise
        return self._answer(written, done)

    def _arguments(self, ticket: Ticket, form_class: type[BaseSerializer[Any]]) -> dict[str, Any]:
        arguments: dict[str, Any] = {}
        if self._has_if_match(ticket):
            arguments["version"] = ticket.version
        form = form_class(data=self.request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        arguments |= form.validated_data
        return arguments

    def _has_if_match(self, ticket: Ticket) -> bool:
        """Whether If-Match names a version; PreconditionFailed if it is another than the ticket's."""
        header = self.request.headers.get("If-Match", "*")[:HEADER].strip()
        if header == "*":
            return False
        versions = [_CONTENT.sub("", tag.strip()) for tag in header.split(",")]
        if _etag(ticket) not in versions:
            raise PreconditionFailed
        return True

    def _answer(self, ticket: Ticket, status: int = 200, headers: Mapping[str, str] = NO_HEADERS) -> Response:
        if not may_read(self.request):
            return Response(status=204, headers={"ETag": _etag(ticket), **headers})
        note_ticket(self.request, ticket)
        data = self.get_serializer(ticket).data
        return Response(
            data, status=status, headers={"ETag": _etag_of_content(ticket, data, self.now), **headers}
        )


def _attach(ticket: Ticket, **given: Any) -> Ticket:
    attach_after_photo(ticket=ticket, **given)
    return Ticket.objects.get(pk=ticket.pk)


def _etag(ticket: Ticket) -> str:
    return f'"{ticket.version}"'


def _etag_of_content(ticket: Ticket, data: Any, now: datetime) -> str:
    """The version, and what is shown with it that has none: files, messages, names. Signed addresses differ each time;
    they are given anew every five minutes.
    """
    shown = json.dumps(data, default=str, sort_keys=True)
    if _SIGNATURE.search(shown):
        shown = _SIGNATURE.sub("", shown) + str(int(now.timestamp()) // 300)
    return f'"{ticket.version}-{sha256(shown.encode(errors="surrogatepass")).hexdigest()[:16]}"'


@extend_schema(exclude=True)
class NotFoundView(APIView):
    """Any other path below the API, so that its 404 is a problem detail too."""

    permission_classes = (IsAuthenticated,)

    @override
    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise NotFound
