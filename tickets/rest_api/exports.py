"""Files of many tickets: the list answers 202 with a link, a process beside the workers makes the file.

How a row goes from one state to the next stands in export_jobs.py; the decision is docs/decisions/0040.
"""

from collections.abc import Callable
from datetime import datetime
from tempfile import TemporaryFile
from typing import cast

from django.contrib.auth.models import AnonymousUser, User
from django.core.files import File
from django.db.models import F, Func, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from departments.spreadsheets.responses import XLSX, as_download, write_to
from departments.staff import reauthentication
from tickets.access_log.models import Access
from tickets.access_log.request_notes import AccessNote, note
from tickets.api_clients.keys import in_use
from tickets.api_clients.models.clients import ApiKey
from tickets.api_clients.models.scopes import Scope
from tickets.api_clients.shares import EXPORT, ShareTakenError, TooCostlyError, caller_key, held
from tickets.attachments.file_deletion import delete_pending_files, schedule_deletion
from tickets.files import serving
from tickets.files.object_storage import StorageDownError
from tickets.files.storage import private_storage
from tickets.record.models.exports import Export
from tickets.record.models.ticket import Ticket
from tickets.record.permissions import act_for, visible_to
from tickets.record.workflow import NotAllowed
from tickets.rest_api import export_jobs
from tickets.rest_api.bounds import check_parameters
from tickets.rest_api.filters import TicketFilters
from tickets.rest_api.problems import CONTENT_TYPE, PROBLEM, Busy, ExportGone
from tickets.rest_api.shares import share_of
from tickets.rest_api.ticket_csv import NAMES, check_rows, export, has_more

# What a request makes in a second: PostgreSQL writes the lines of a CSV, Python each cell of a workbook.
AT_ONCE = {"csv": 50_000, "xlsx": 5_000}
RETRY_SECONDS = 5
PROVE_FIRST = (
    "Dosyadan önce kim olduğunuz yeniden sorulur: /admin/giris/onay/ sayfasında onaylayıp yeniden isteyin."
)
NARROWED = "Bu dosyadaki başvurulardan bazıları artık size açık değil. Dosyayı yeniden isteyin."
NO_RIGHTS = "Dosyayı isteyen anahtar ya da kullanıcı artık geçerli değil."
TOO_COSTLY = "Sorgu veritabanında çok uzun sürdü. Tarih, birim ya da durumla daraltıp yeniden isteyin."
_TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": XLSX}


class ExportSerializer(serializers.ModelSerializer[Export]):
    """A file that is being made; `link` gives it once it is ready, until `expires_at`."""

    status = serializers.ChoiceField([("waiting", "waiting"), ("making", "making")], source="state")
    format = serializers.ChoiceField(list(AT_ONCE), source="form")
    link = serializers.SerializerMethodField()

    class Meta:
        model = Export
        fields = ("id", "status", "format", "link", "created_at", "expires_at")

    def get_link(self, row: Export) -> str:
        link: str = self.context["request"].build_absolute_uri(reverse("api:export", args=[row.pk]))
        return link


def seen_in_files(user: User | AnonymousUser) -> QuerySet[Ticket]:
    """The tickets that this user may have in a file: none that are restricted, since a file has no access log."""
    return visible_to(user).filter(restricted=False)


def require_proof(request: Request) -> None:
    """Raises NotAllowed for a session whose user has not proved lately who they are."""
    if request.auth is None and not reauthentication.is_recent(request._request):
        raise NotAllowed(PROVE_FIRST)


def open_answer(request: Request, form: str) -> Response | None:
    """The answer for an export of the same query that is being made. Raises Busy where another query is."""
    try:
        row = export_jobs.open_export(*_caller(request), _query(request), form)
    except export_jobs.AnotherIsOpenError as error:
        raise Busy(RETRY_SECONDS) from error
    return _accepted(request, row) if row else None


def asked_answer(request: Request, tickets: QuerySet[Ticket], form: str, now: datetime) -> Response | None:
    """The answer that a worker will make the file; None where the request can. Raises Busy, ValidationError."""
    check_rows(tickets, form)
    if not has_more(tickets, AT_ONCE[form]):
        return None
    user, key = _caller(request)
    try:
        row = export_jobs.ask_export(user=user, key=key, query=_query(request), form=form, now=now)
    except export_jobs.AnotherIsOpenError as error:
        raise Busy(RETRY_SECONDS) from error
    return _accepted(request, row)


def _accepted(request: Request, row: Export) -> Response:
    body = ExportSerializer(row, context={"request": request}).data
    return Response(body, status=202, headers={"Location": body["link"], "Retry-After": str(RETRY_SECONDS)})


def _caller(request: Request) -> tuple[User, ApiKey | None]:
    """The user and, if they used one, the API key. Permissions have refused all other callers."""
    return cast("User", request.user), request.auth if isinstance(request.auth, ApiKey) else None


def _query(request: Request) -> str:
    """The filters alone, in one order."""
    kept = QueryDict(mutable=True)
    for name in sorted(set(request.query_params) & set(TicketFilters.base_filters)):
        kept.setlist(name, request.query_params.getlist(name))
    return kept.urlencode()


class ExportView(APIView):
    scopes = {"get": Scope.READ}

    @extend_schema(
        operation_id="exports_retrieve",
        responses={
            (200, "text/csv"): OpenApiTypes.STR,
            (200, XLSX): OpenApiTypes.BINARY,
            (202, "application/json"): OpenApiResponse(ExportSerializer, description="It is being made."),
        }
        | {(code, CONTENT_TYPE): PROBLEM for code in (400, 401, 403, 404, 410)},
    )
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        """The file of a large export, once it is ready; until then 202.

        For the key or user who asked for it, as long as they may see every ticket in it. 410: it could not be made, or
        was deleted (a day after it was made, or as a ticket in it was erased); the detail says why. Ask again then.
        """
        check_parameters(request.query_params, ())
        row = get_object_or_404(export_jobs.exports_of(*_caller(request)), pk=pk)
        if row.state in Export.OPEN:
            return _accepted(request, row)
        if row.state != Export.State.DONE:
            raise ExportGone(row.reason)
        if row.expires_at <= timezone.now():
            raise ExportGone(export_jobs.EXPIRED)
        require_proof(request)
        with share_of(request, EXPORT):
            if not _sees_all(request, row):
                raise NotAllowed(NARROWED)
        return self._file(request, row)

    def _file(self, request: Request, row: Export) -> HttpResponseBase:
        try:
            file = private_storage.open(row.file)
        except FileNotFoundError as error:  # erased or replaced since it was read
            raise ExportGone(export_jobs.EXPIRED) from error
        except StorageDownError:
            return serving.unreachable()
        note(request, AccessNote(Access.What.EXPORTED))
        return as_download(NAMES[row.form], FileResponse(file, content_type=_TYPES[row.form]))


def _sees_all(request: Request, row: Export) -> bool:
    """Whether every ticket of the file may still be in a file for who asks."""
    keys = Export.objects.filter(pk=row.pk).annotate(ticket=Func(F("tickets"), function="unnest"))
    return seen_in_files(request.user).filter(pk__in=keys.values("ticket")).count() == len(row.tickets)


def make(file: str, clock: Callable[[], datetime]) -> None:
    """Makes the claimed export whose file has this name, and ends its row; for a process of its own."""
    row = Export.objects.select_related("user", "key__user", "key__department").filter(file=file).first()
    if row is None or row.state != Export.State.MAKING:
        return
    try:
        _make(row, clock)
    except ShareTakenError:
        export_jobs.put_back(row, clock() + export_jobs.BUSY_PAUSE)
    except TooCostlyError:
        export_jobs.give_up(row, TOO_COSTLY, clock())
    except _NoRightsError:
        export_jobs.give_up(row, NO_RIGHTS, clock())
    except Exception as error:  # noqa: BLE001 - a full disk, a bucket that is away: told, counted, tried again
        export_jobs.try_again(row, error, clock())


class _NoRightsError(Exception):
    """The key or the user is not accepted any more."""


def _make(row: Export, clock: Callable[[], datetime]) -> None:
    user = _asker(row, clock())
    caller = caller_key(row.key, row.user)
    with held(EXPORT, caller):
        keys = export_jobs.note_tickets(row, _asked_for(row, user))
    if keys is None:
        return
    with TemporaryFile() as content:
        with held(EXPORT, caller):
            write_to(content, export(seen_in_files(user), row.form, keys))
        content.seek(0)
        private_storage.save(row.file, File(content))
    if not export_jobs.finish(row, clock()):
        # Noted, not deleted at once: the note outlasts a storage that does not answer.
        schedule_deletion([row.file], clock())
        delete_pending_files()


def _asker(row: Export, now: datetime) -> User:
    """Who asked, with what they may see now. Raises _NoRightsError."""
    if row.key is None:
        if not row.user.is_active:
            raise _NoRightsError
        return row.user
    if not (row.key.allows(Scope.READ) and in_use(now).filter(pk=row.key.pk).exists()):
        raise _NoRightsError
    if row.key.department:
        act_for(row.key.user, row.key.department)
    return row.key.user


def _asked_for(row: Export, user: User) -> QuerySet[Ticket]:
    request = HttpRequest()
    request.user = user
    found = TicketFilters(QueryDict(row.query), queryset=seen_in_files(user), request=request)
    if not found.is_valid():  # a code in it was deleted since
        raise ValueError("filters")
    tickets: QuerySet[Ticket] = found.qs
    return tickets
