"""The ticket endpoints. Reading goes through `visible_to`, writing through one call of a service."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
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
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView
from typing_extensions import override

from departments.sign_in import reauthentication
from departments.text import ticket_number
from tickets import services
from tickets.access_notes import AccessNote, note, note_ticket
from tickets.api import idempotency
from tickets.api.authentication import may_read
from tickets.api.filters import TicketFilters
from tickets.api.paging import CHOICES, TicketPages
from tickets.api.problems import CONTENT_TYPE, PROBLEM, PreconditionFailed
from tickets.api.request_bodies import AssignInput, ClassifyInput, NoteInput, TransitionInput
from tickets.api.serializers import (
    TicketDetailSerializer,
    TicketSerializer,
    UnmaskedSerializer,
)
from tickets.api.spreadsheets import XLSX
from tickets.api.ticket_csv import export
from tickets.models import Access, Ticket
from tickets.models.api_clients import Scope
from tickets.permissions import Actor, actor_of, visible_to
from tickets.workflow import NotAllowed

FORMATS = ("json", "csv", "xlsx")
PROVE_FIRST = (
    "Dosyadan önce kim olduğunuz yeniden sorulur: /admin/giris/onay/ sayfasında onaylayıp yeniden isteyin."
)
NO_HEADERS: Mapping[str, str] = {}
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
        responses={
            (200, "application/json"): TicketSerializer(many=True),
            (200, "text/csv"): OpenApiTypes.STR,
            (200, XLSX): OpenApiTypes.BINARY,
        },
        parameters=[
            OpenApiParameter("ordering", str, enum=CHOICES),
            OpenApiParameter(
                "format", str, enum=FORMATS, description="A file of all of them instead of a page of JSON."
            ),
        ],
    )
)
class TicketViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Ticket]):
    scope: Scope | None = None  # by the method, where an action has none of its own
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
        rows = rows.exclude(pk__in=services.just_opened(self.now))  # their numbers may yet be of nothing
        # Prefetched instead of joined: with eight joins the planner scans a million tickets for a rare word.
        return rows.prefetch_related(*TicketSerializer.Meta.related, "breaches")

    @override
    def get_serializer_class(self) -> type[BaseSerializer[Ticket]]:
        return TicketSerializer if self.action == "list" else TicketDetailSerializer

    @override
    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "actor": self.actor}

    @override
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        form = request.query_params.get("format", "json")
        if form not in FORMATS:
            raise ValidationError({"format": f"Şunlardan biri olmalı: {', '.join(FORMATS)}."})
        if form == "json":
            return super().list(request, *args, **kwargs)
        if request.auth is None and not reauthentication.is_recent(request._request):
            raise NotAllowed(PROVE_FIRST)
        note(request, AccessNote(Access.What.EXPORTED))
        # A file has no log of who reads it.
        return export(self.filter_queryset(visible_to(request.user).filter(restricted=False)), form)

    @override
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self._answer(self.get_object())

    @_writes(TransitionInput)
    @action(detail=True, methods=["post"], filterset_class=None, pagination_class=None)
    def transitions(self, _request: Request, **_kwargs: str) -> Response:
        """Move the ticket to another status."""
        return self._write(TransitionInput, services.change_status)

    @_writes(NoteInput, done=201)
    @action(detail=True, methods=["post"], filterset_class=None, pagination_class=None)
    def notes(self, _request: Request, **_kwargs: str) -> Response:
        """Add a note for colleagues."""
        return self._write(NoteInput, services.add_note, done=201)

    @_writes(AssignInput)
    @action(detail=True, methods=["post"], filterset_class=None, pagination_class=None)
    def assign(self, _request: Request, **_kwargs: str) -> Response:
        """Send the ticket to another department or give it to somebody."""
        return self._write(AssignInput, services.assign)

    @_writes(ClassifyInput)
    @action(detail=True, methods=["post"], filterset_class=None, pagination_class=None)
    def classify(self, _request: Request, **_kwargs: str) -> Response:
        """Give the ticket another category, and with it the department that answers for it."""
        return self._write(ClassifyInput, services.classify)

    @extend_schema(
        request=None,
        responses={200: UnmaskedSerializer}
        | {(code, CONTENT_TYPE): PROBLEM for code in (401, 403, 404, 409)},
    )
    @action(detail=True, methods=["post"], filterset_class=None, pagination_class=None, scope=Scope.READ)
    def unmask(self, _request: Request, **_kwargs: str) -> Response:
        """Open the citizen's telephone number; who did stands in the timeline and in the access log."""
        ticket = self.get_object()
        phone = services.unmask(ticket=ticket, actor=self.actor, now=self.now)
        note_ticket(self.request, ticket, Access.What.UNMASKED)
        return Response({"phone": phone})

    def _write(
        self, form_class: type[BaseSerializer[Any]], service: Callable[..., Ticket], done: int = 200
    ) -> Response:
        with transaction.atomic():
            ticket = self.get_object()
            if idempotency.is_repeat(self.request, self.now):
                return self._answer(self.get_object(), done, idempotency.REPLAYED)
            arguments = self._arguments(ticket, form_class)
            written = service(ticket=ticket, actor=self.actor, now=self.now, **arguments)
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
        header = self.request.headers.get("If-Match", "*").strip()
        if header == "*":
            return False
        if _etag(ticket) not in [tag.strip() for tag in header.split(",")]:
            raise PreconditionFailed
        return True

    def _answer(self, ticket: Ticket, status: int = 200, headers: Mapping[str, str] = NO_HEADERS) -> Response:
        kept = {"ETag": _etag(ticket), **headers}
        if not may_read(self.request):
            return Response(status=204, headers=kept)
        note_ticket(self.request, ticket)
        return Response(self.get_serializer(ticket).data, status=status, headers=kept)


def _etag(ticket: Ticket) -> str:
    return f'"{ticket.version}"'


@extend_schema(exclude=True)
class NotFoundView(APIView):
    """Any other path below the API, so that its 404 is a problem detail too."""

    @override
    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise NotFound
