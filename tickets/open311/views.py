"""GeoReport v2 by HTTP (wiki.open311.org/GeoReport_v2). Reading needs no key; writing does."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from functools import wraps
from hashlib import sha256
from typing import Any, cast

from django.contrib.auth.models import User
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.csrf import csrf_exempt

from tickets.api_clients import idempotency_keys, rate_limits
from tickets.api_clients.callers import count_call, count_wrong_key, has_guessed_keys, key_of_address
from tickets.api_clients.keys import ExpiredKeyError, check_key
from tickets.api_clients.models.scopes import Scope
from tickets.api_clients.shares import PUBLIC, RETRY_SECONDS, ShareTakenError, TooCostlyError, held
from tickets.casework.descriptions import describe
from tickets.files.serving import respond
from tickets.open311 import catalogue, finding, trials
from tickets.open311.errors import RefusedError
from tickets.open311.formats import CONTENT_TYPES, Form, Value, answer
from tickets.open311.service_requests import as_request, as_update
from tickets.open311.submitting import DESCRIPTION_LENGTH, Submission, keep_trial, open_once
from tickets.public.precision import published_places
from tickets.record.models.attachments import Attachment
from tickets.record.models.ticket import Ticket
from tickets.record.permissions import actor_of, public_tickets

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
CHANGED = "2026-11-01T00:00:00Z"  # last change of the interface, as discovery publishes it
CONTACT = "Melikgazi Belediyesi Çözüm Hattı, Kayseri"

READS_PER_MINUTE = 120  # of one address
ANYBODY = "*"  # public, and without cookies: pages of any site may ask
FROM_PAGES = "Content-Type, Idempotency-Key, If-None-Match"
TOLD_TO_PAGES = (
    "ETag, Idempotency-Replayed, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After"
)
RARELY, OFTEN = 3600, 60  # seconds for which what is read may be kept
# A body that is read to find its key, though its address has sent too many wrong ones.
UNKNOWN_BYTES = 64 * 1024
View = Callable[..., HttpResponse]


def _call(*methods: str, seconds: int = 0) -> Callable[[View], View]:
    """Decorator: limits a view to the methods (none: all) and answers, errors too, in the requested format.

    What was read may be kept for that many seconds.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, form: Form, **kwargs: Any) -> HttpResponse:
            if request.method == "OPTIONS":
                return _preflight(methods)
            response = _answered(request, form, methods, view, kwargs)
            response = _cacheable(request, response, seconds)
            response.headers["Access-Control-Allow-Origin"] = ANYBODY
            response.headers["Access-Control-Expose-Headers"] = TOLD_TO_PAGES
            return response

        return cast("View", csrf_exempt(wrapped))

    return decorate


def _answered(
    request: HttpRequest, form: Form, methods: tuple[str, ...], view: View, kwargs: dict[str, Any]
) -> HttpResponse:
    """What the view answers, or the errors for whatever stands against it."""
    try:
        _check_method(request, methods)
        if request.method != "POST":  # who writes has a key, and a limit of its own
            _count(request, count_call(request, "open311", READS_PER_MINUTE, timezone.now()))
        return view(request, form=form, **kwargs)
    except RefusedError as refusal:
        return refusal.answer(form)
    except ShareTakenError:
        response = RefusedError(429, "Bu türden bir istek sürüyor; bitince yeniden deneyin.").answer(form)
        response.headers["Retry-After"] = str(RETRY_SECONDS)
        return response
    except TooCostlyError:
        return RefusedError(503, "Sorgu çok uzun sürdü. Tarih ya da hizmetle daraltın.").answer(form)
    except (BadRequest, SuspiciousOperation, MultiPartParserError):
        return RefusedError(400, "İsteğin gövdesi okunamadı ya da çok büyük.").answer(form)


def _preflight(methods: tuple[str, ...]) -> HttpResponse:
    """What a browser asks before a page of another site calls: it may."""
    allowed = ", ".join((*(methods or ("GET", "HEAD")), "OPTIONS"))
    asked = {
        "Allow": allowed,
        "Access-Control-Allow-Methods": allowed,
        "Access-Control-Allow-Origin": ANYBODY,
    }
    asked |= {"Access-Control-Allow-Headers": FROM_PAGES, "Access-Control-Max-Age": "86400"}
    return HttpResponse(status=204, headers=asked)


def _cacheable(request: HttpRequest, response: HttpResponse, seconds: int) -> HttpResponse:
    """Says how long what was read may be kept, and answers 304 where the caller has it; nothing else is kept."""
    if request.method not in ("GET", "HEAD") or response.status_code != 200 or not seconds:
        response.headers.setdefault("Cache-Control", "no-store")
        return response
    response.headers["Cache-Control"] = f"public, max-age={seconds}"
    response.headers["ETag"] = f'"{sha256(response.content).hexdigest()[:32]}"'
    return get_conditional_response(request, etag=response.headers["ETag"], response=response) or response


def _count(request: HttpRequest, rate: rate_limits.RateLimit) -> None:
    """Raises RefusedError, 429, for a call too many."""
    rate_limits.attach(request, rate)
    if rate.exceeded:
        raise RefusedError(429, f"Çok sık istek gönderildi. {rate.reset} saniye sonra yeniden deneyin.")


def _check_method(request: HttpRequest, methods: tuple[str, ...]) -> None:
    if methods and request.method not in methods:
        raise RefusedError(400, f"Bu adres yalnızca {', '.join(methods)} kabul eder.")


@_call("GET", "HEAD", seconds=RARELY)
def discovery(request: HttpRequest, form: Form) -> HttpResponse:
    endpoints: list[Value] = [
        {
            "specification": SPECIFICATION,
            "url": request.build_absolute_uri(address).rstrip("/"),
            "changeset": CHANGED,
            "type": kind,
            "formats": list(CONTENT_TYPES.values()),
        }
        for kind, address in (("production", "/open311/v2/"), ("test", "/open311/test/v2/"))
    ]
    found: Value = {
        "changeset": CHANGED,
        "contact": CONTACT,
        "key_service": f"API anahtarı (api_key) için: {CONTACT}, {request.build_absolute_uri('/')}",
        "endpoints": endpoints,
    }
    return answer("discovery", found, form, charset=False)


@_call("GET", "HEAD", seconds=RARELY)
def services(_request: HttpRequest, form: Form) -> HttpResponse:
    return answer("services", catalogue.service_list(), form)


@_call("GET", "HEAD", seconds=RARELY)
def service(_request: HttpRequest, form: Form, code: str) -> HttpResponse:
    return answer("service_definition", catalogue.definition(catalogue.find(code)), form)


@_call("GET", "HEAD", "POST", seconds=OFTEN)
def requests(request: HttpRequest, form: Form, *, trial: bool) -> HttpResponse:
    if request.method == "POST":
        return _submit(request, form, trial=trial)
    search = _search(request)
    if trial:
        return answer("service_requests", [trials.as_request(each) for each in trials.found(search)], form)
    with _listing(request):
        return _requests_answer(request, form, finding.found(search, timezone.now()))


def _listing(request: HttpRequest) -> AbstractContextManager[None]:
    """A place among those who have lists made. Raises ShareTakenError, TooCostlyError."""
    return held(PUBLIC, key_of_address(request, "open311"))


def _search(request: HttpRequest) -> finding.Search:
    """Parses the search. Raises RefusedError: 404 for an unknown service_code, 400 for invalid values."""
    search = finding.Search.of(request.GET, timezone.now())
    catalogue.check_codes(search.codes or ())
    return search


@_call("GET", "HEAD", seconds=OFTEN)
def one_request(request: HttpRequest, form: Form, number: str, *, trial: bool) -> HttpResponse:
    if trial:
        return answer("service_requests", [trials.as_request(trials.find(number))], form)
    return _requests_answer(request, form, [finding.find(number, timezone.now())])


def _submit(request: HttpRequest, form: Form, *, trial: bool) -> HttpResponse:
    now = timezone.now()
    user = _key_holder(request, now)
    submission = Submission.of(request.POST, _files(request))
    headers = {}
    if trial:
        number, notice = keep_trial(submission, now).number, "Deneme: bu başvuru kimseye iletilmeyecek."
    else:
        key = request.headers.get(idempotency_keys.HEADER)
        number, repeated = open_once(submission, user, now, key, _content(request))
        notice = f"Başvurunuz alındı. İlgili birim: {submission.category.department}."
        headers = idempotency_keys.REPLAYED if repeated else {}
    response = answer("service_requests", [{"service_request_id": number, "service_notice": notice}], form)
    for name, value in headers.items():
        response.headers[name] = value
    return response


def _content(request: HttpRequest) -> str:
    """What tells one report from another; how the key was sent is no part of it."""
    words = sorted((name, request.POST.getlist(name)) for name in request.POST if name != "api_key")
    files = [(file.name, file.size) for file in _files(request)]
    return json.dumps(["open311", words, files])


def _key_holder(request: HttpRequest, now: datetime) -> User:
    """The user of the api_key. Raises RefusedError: 403 for an invalid key, 429 above its rate limit.

    A key in the address is looked at before the body is read. One in the body may have to be sent there as well, while
    others at the same address guess: else whoever has no key has us read their photos.
    """
    given = request.GET.get("api_key")
    length = int(request.META.get("CONTENT_LENGTH") or 0)
    if not given and length > UNKNOWN_BYTES and has_guessed_keys(request, now):
        raise RefusedError(
            429, "Bu ağdan çok fazla geçersiz api_key geldi; anahtarınızı adreste (?api_key=…) gönderin."
        )
    try:
        key = check_key(given or request.POST.get("api_key", ""), now)
    except ExpiredKeyError as error:
        raise RefusedError(403, str(error)) from error
    if key is None:
        _count(request, count_wrong_key(request, now))
        raise RefusedError(403, "api_key eksik ya da geçersiz.")
    _count(request, rate_limits.count_key(request, key.pk, key.per_minute, now))
    if not key.allows(Scope.SUBMIT):
        raise RefusedError(403, "Bu api_key Open311 ile başvuru açmak için verilmemiş.")
    user: User = key.user
    return user


def _files(request: HttpRequest) -> list["UploadedFile[bytes]"]:
    """All uploaded files, whatever their field's name: applications do not agree on one."""
    return [file for name in request.FILES for file in request.FILES.getlist(name)]


@_call("GET", "HEAD")
def token(_request: HttpRequest, form: Form, number: str, *, trial: bool) -> HttpResponse:
    """A request gets its id at once, so the id is its own token."""
    found = trials.find(number).number if trial else finding.find(number, timezone.now()).number
    return answer("service_requests", [{"service_request_id": found, "token": found}], form)


@_call("GET", "HEAD", "POST", seconds=OFTEN)
def updates(request: HttpRequest, form: Form, *, trial: bool) -> HttpResponse:
    """An extension: GET lists status changes of requests, POST adds a text to a request of the key's user."""
    if request.method == "POST":
        return _add(request, form, trial=trial)
    search = _search(request)
    with _listing(request):
        events = [] if trial else finding.moves(search, timezone.now())
    return answer("service_request_updates", [as_update(event) for event in events], form)


def _add(request: HttpRequest, form: Form, *, trial: bool) -> HttpResponse:
    now = timezone.now()
    user = _key_holder(request, now)
    number, words = (request.POST.get(name, "").strip() for name in ("service_request_id", "description"))
    if not number or not words or "\0" in words or len(words) > DESCRIPTION_LENGTH:
        raise RefusedError(
            400, f"service_request_id ve en çok {DESCRIPTION_LENGTH} karakterlik description gerekli."
        )
    if trial:
        update = str(trials.find(number).pk)
    else:
        ticket = finding.find_own(number, user)
        describe(ticket=ticket, actor=actor_of(user), now=now, text=words)
        update = str(ticket.events.latest("id").pk)
    return answer("service_request_updates", [{"update_id": update}], form)


@_call()
def not_found(_request: HttpRequest, path: str, **_options: Form) -> HttpResponse:
    raise RefusedError(404, f"Böyle bir adres yok: {path[:100]}")


def photo(_request: HttpRequest, pk: int) -> HttpResponseBase:
    """A photo that a clerk approved, of a ticket that is public."""
    published = Attachment.objects.filter(published=True, state=Attachment.State.STORED, hidden="")
    found = get_object_or_404(published.filter(ticket__in=public_tickets()), pk=pk)
    return respond(str(found.file), found.mime_type, cache="public, max-age=300")


def _requests_answer(request: HttpRequest, form: Form, tickets: list[Ticket]) -> HttpResponse:
    extended = request.GET.get("extensions", "").lower() == "true"
    places = published_places(tickets)
    found: Value = [
        as_request(ticket, places.get(ticket.pk), _photo_urls(request, ticket), extended=extended)
        for ticket in tickets
    ]
    return answer("service_requests", found, form)


def _photo_urls(request: HttpRequest, ticket: Ticket) -> list[str]:
    photos: list[Attachment] = ticket.published_photos  # type: ignore[attr-defined]  # prefetched by finding
    return [request.build_absolute_uri(reverse("open311:photo", kwargs={"pk": each.pk})) for each in photos]
