"""Reports sent by other applications: parsed, validated, and opened as tickets.

Personal data beyond a name and a telephone number (e-mail, device_id, account_id) is not stored: the application asks
for the status itself. Photos are uploaded as files; a media_url is passed on to the clerk as text and never fetched,
since it could name any machine of our network (SSRF).
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import QueryDict
from django.utils.dateparse import parse_date, parse_datetime

from departments.models import Category, CategoryQuestion, Neighbourhood
from departments.places import points
from departments.places.points import Point
from departments.routing import route
from tickets.api_clients import idempotency_keys
from tickets.api_clients.models.clients import TrialRequest
from tickets.attachments.uploads import attach_uploads, photo_type, raw_photo
from tickets.casework.opening import Report, open_ticket
from tickets.open311 import catalogue
from tickets.open311.errors import RefusedError, unknown
from tickets.record.models.citizen import Citizen
from tickets.record.models.ticket import Ticket
from tickets.record.models.ticket_choices import Kind, LocationSource, Source
from tickets.record.permissions import actor_of
from tickets.record.phone_numbers import e164

DESCRIPTION_LENGTH = 4000
ADDRESS_LENGTH = NAME_LENGTH = 200
URL_LENGTH = 2000
ANSWER_LENGTH = 500
FILES = 5
FILE_BYTES = 5 << 20
_ATTRIBUTE = re.compile(r"attribute\[([\w-]+)\](?:\[\])?")
Datatype = CategoryQuestion.Datatype


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A validated report."""

    category: Category
    point: Point | None
    neighbourhood: Neighbourhood | None
    address: str
    description: str
    name: str
    phone: str | None
    photos: "tuple[UploadedFile[bytes], ...]"

    @classmethod
    def of(cls, form: QueryDict, files: Iterable["UploadedFile[bytes]"]) -> "Submission":
        """Validates a form. Raises RefusedError: 404 for an unknown service_code or address_id, 400 for the rest."""
        code = _text(form, "service_code", 40)
        if not code:
            raise RefusedError(400, "service_code verilmedi.")
        category = catalogue.find(code)
        point, neighbourhood = _point(form), _neighbourhood(form)
        address = _text(form, "address_string", ADDRESS_LENGTH)
        if point is None and neighbourhood is None and not address:
            raise RefusedError(400, "Yer verilmedi: lat ile long, address_string ya da address_id gönderin.")
        if point is not None:
            neighbourhood = _found_at(point, neighbourhood)
        return cls(
            category=category,
            point=point,
            neighbourhood=neighbourhood,
            address=address,
            description=_described(form, category),
            name=" ".join(filter(None, (_text(form, "first_name", 100), _text(form, "last_name", 99)))),
            phone=e164(re.sub(r"[^\d+]", "", _text(form, "phone", 40))),
            photos=_photos(files),
        )


def open_request(submission: Submission, user: User, now: datetime) -> Ticket:
    """Opens the ticket with the key's user as actor. Urgent ones wait for a person, as on the line.

    Its photos are kept as they came, and listed as being worked on: a worker decodes them.
    """
    photos = [raw_photo(photo, now) for photo in submission.photos]
    actor, found = actor_of(user), route.route(submission.description, submission.point)
    with transaction.atomic():
        report = Report(
            channel=Source.WEB,
            kind=Kind(found.kind) if found.kind in Kind.values else Kind.TALEP,
            description=submission.description,
            description_missing=not submission.description,
            citizen=_citizen(submission),
            category=submission.category,
            department=submission.category.department,
            neighbourhood=submission.neighbourhood,
            point=submission.point,
            location_source=LocationSource.PIN if submission.point else LocationSource.WORDS,
            address=submission.address,
            urgent=found.urgent,
            urgent_reason=found.urgent_reason,
        )
        ticket = open_ticket(report=report, actor=actor, now=now)
        attach_uploads(ticket=ticket, actor=actor, now=now, photos=photos)
    return ticket


def open_once(
    submission: Submission, user: User, now: datetime, key: str | None, content: str
) -> tuple[str, bool]:
    """The number of the ticket, and whether it was opened before by the same key. Without a key one is opened."""
    if key is None:
        return open_request(submission, user, now).number, False
    with transaction.atomic():
        try:
            kept, new = idempotency_keys.reserve_key(user, key, content, now)
        except idempotency_keys.UnusableKeyError as error:
            raise RefusedError(400, f"{idempotency_keys.HEADER}: {error}") from None
        except idempotency_keys.KeyOfAnotherError:
            raise RefusedError(400, f"{idempotency_keys.HEADER} başka bir istekte kullanıldı.") from None
        if not new and kept.ticket is not None:
            return kept.ticket.number, True
        kept.ticket = open_request(submission, user, now)
        kept.save(update_fields=["ticket"])
    return kept.ticket.number, False


def keep_trial(submission: Submission, now: datetime) -> TrialRequest:
    """Stores the category and place of a report to the test endpoint."""
    point = submission.point
    return TrialRequest.objects.create(
        category=submission.category,
        neighbourhood=submission.neighbourhood,
        lat=point.lat if point else None,
        lon=point.lon if point else None,
        created_at=now,
    )


def _citizen(submission: Submission) -> Citizen | None:
    """A new citizen each time: the number is unverified and must not give access to somebody's earlier requests."""
    if not submission.name and not submission.phone:
        return None
    return Citizen.objects.create(name=submission.name or None, phone=submission.phone)


def _text(form: Mapping[str, str], name: str, length: int) -> str:
    text = form.get(name, "").strip()
    if "\0" in text:
        raise RefusedError(400, f"{name} içinde geçersiz karakter var.")
    if len(text) > length:
        raise RefusedError(400, f"{name} en çok {length} karakter olabilir.")
    return text


def _point(form: QueryDict) -> Point | None:
    lat, long = _text(form, "lat", 40), _text(form, "long", 40)
    if not lat and not long:
        return None
    if not lat or not long:
        raise RefusedError(400, "lat ile long birlikte gönderilmeli.")
    try:
        return Point(float(lat), float(long))
    except ValueError:
        raise RefusedError(
            400, "lat ve long derece olarak birer sayı olmalı: lat=38.7205, long=35.4853"
        ) from None


def _found_at(point: Point, named: Neighbourhood | None) -> Neighbourhood | None:
    """The named neighbourhood, else the one of the point. Raises RefusedError outside of the district."""
    found = points.locate(point)
    if found.inside is False and found.neighbourhood is None:
        raise RefusedError(400, "Bu yer (lat, long) Melikgazi sınırları dışında.")
    return named or found.neighbourhood


def _neighbourhood(form: QueryDict) -> Neighbourhood | None:
    code = _text(form, "address_id", 40)
    found = Neighbourhood.objects.filter(code=code).first() if code else None
    if code and found is None:
        raise unknown("Adres (address_id)", code)
    return found


def _described(form: QueryDict, category: Category) -> str:
    """The description, followed by the answers to the category's questions and the media_url."""
    lines = [_text(form, "description", DESCRIPTION_LENGTH), *_answers(form, category)]
    if url := _text(form, "media_url", URL_LENGTH):
        if urlsplit(url).scheme not in ("http", "https"):
            raise RefusedError(400, "media_url http ya da https ile başlamalı.")
        lines.append(f"Gönderilen bağlantı: {url}")
    return "\n".join(filter(None, lines))


def _answers(form: QueryDict, category: Category) -> list[str]:
    given = {match[1]: form.getlist(name) for name in form if (match := _ATTRIBUTE.fullmatch(name))}
    questions = list(category.questions.order_by("order"))
    for code in set(given) - {question.code for question in questions}:
        raise RefusedError(400, f"Bu hizmetin böyle bir sorusu yok: attribute[{code}]")
    lines = []
    for question in questions:
        values = [value.strip() for value in given.get(question.code, []) if value.strip()]
        if len(values) > 1 and question.datatype != Datatype.SOME_OF:
            raise RefusedError(400, f"attribute[{question.code}] tek bir değer alır.")
        if values:
            lines.append(f"{question.text} {', '.join(_answer(question, value) for value in values)}")
        elif question.required:
            raise RefusedError(400, f"attribute[{question.code}] gerekli: {question.text}")
    return lines


def _answer(question: CategoryQuestion, value: str) -> str:
    """The answer as text, choices by their names. Raises RefusedError for an invalid one."""
    match question.datatype:
        case Datatype.ONE_OF | Datatype.SOME_OF:
            names = {choice["key"]: choice["name"] for choice in question.choices}
            fits, value = value in names, names.get(value, value)
        case Datatype.NUMBER:
            fits = _is_number(value)
        case Datatype.DATETIME:
            fits = _is_moment(value)
        case _:
            fits = len(value) <= ANSWER_LENGTH and "\0" not in value
    if not fits:
        raise RefusedError(400, f"attribute[{question.code}] için geçersiz değer: {value[:50]}")
    return value


def _is_number(value: str) -> bool:
    try:
        return math.isfinite(float(value)) and len(value) <= 40
    except ValueError:
        return False


def _is_moment(value: str) -> bool:
    try:
        return (parse_datetime(value) or parse_date(value)) is not None
    except ValueError:
        return False


def _photos(files: Iterable["UploadedFile[bytes]"]) -> "tuple[UploadedFile[bytes], ...]":
    files = tuple(files)
    if len(files) > FILES:
        raise RefusedError(400, f"Bir başvuruya en çok {FILES} fotoğraf eklenebilir.")
    for file in files:
        if (file.size or 0) > FILE_BYTES:
            raise RefusedError(400, f"Fotoğraf en çok {FILE_BYTES >> 20} MB olabilir.")
        if not photo_type(file):
            raise RefusedError(400, "Fotoğraf açılamadı; JPEG, PNG ya da WebP gönderin.")
    return files
