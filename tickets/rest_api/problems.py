"""Errors as RFC 9457 problem details: a Turkish title and a sentence that says what to do."""

import re
from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import inline_serializer
from rest_framework import exceptions, serializers, status
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler as default_handler

from tickets.record.workflow import MissingFields, NoSuchTransition, NotAllowed, StaleVersion, TransitionError
from tickets.rest_api.authentication import KeyExpired, OutOfScope

CONTENT_TYPE = "application/problem+json"
TYPE = "tag:melikgazi.bel.tr,2026:problem/{}"

_MOVES: dict[type[TransitionError], tuple[int, str, str]] = {
    StaleVersion: (409, "stale-version", "Başvuru bu arada değişti"),
    NoSuchTransition: (409, "no-such-move", "Bu işlem yapılamaz"),
    NotAllowed: (403, "not-allowed", "Yetkiniz yok"),
    MissingFields: (400, "invalid", "Eksik ya da hatalı bilgi"),
}
_STATUSES: dict[int, tuple[str, str, str]] = {
    400: ("invalid", "Eksik ya da hatalı bilgi", "Belirtilen alanları düzeltip yeniden gönderin."),
    401: ("unauthenticated", "Oturum açılmadı", "Oturum açın ya da geçerli bir Authorization: Token başlığı gönderin."),
    403: ("not-allowed", "Yetkiniz yok", "Bu işlem için yetkiniz yok. Çağrı merkezi sorumlusuna başvurun."),
    404: ("not-found", "Bulunamadı", "Böyle bir kayıt yok ya da size açık değil. Adresi denetleyin."),
    405: ("method-not-allowed", "Bu yöntem desteklenmiyor", "Allow başlığındaki yöntemlerden birini kullanın."),
    406: ("not-acceptable", "İstenen biçim sunulmuyor", "Accept başlığında application/json isteyin."),
    410: ("cursor-gone", "İmleç artık geçmiyor", "Kopyayı boşaltıp imleçsiz (cursor olmadan) baştan başlayın."),
    412: ("version-differs", "Başvuru bu arada değişti", "Başvuruyu yeniden okuyup güncel ETag ile deneyin."),
    414: ("address-too-long", "Adres çok uzun", "Listeyi bölüp ayrı çağrılarla isteyin."),
    415: ("unsupported-media-type", "Gönderilen biçim desteklenmiyor", "Gövdeyi application/json olarak gönderin."),
    422: ("key-reused", "Idempotency-Key başka bir istekte kullanıldı", "Her yeni istek için yeni bir anahtar üretin."),
    429: ("throttled", "Çok sık istek gönderildi", "Retry-After başlığındaki süre kadar bekleyip yeniden deneyin."),
    503: ("too-costly", "Bu sorgu çok uzun sürdü", "Sorguyu tarih, birim ya da durumla daraltıp yeniden deneyin."),
}  # fmt: skip
_BUSY = (
    "busy",
    "Bu türden bir istek sürüyor",
    "Önceki istek bitince yeniden deneyin: bu türden istekler aynı anda az sayıda görülür.",
)


EVERYWHERE = (400, 401, 403, 405, 406, 414, 429, 503)


class Busy(exceptions.Throttled):
    """As many calls of this costly kind are being answered as may be at once."""


class TooCostly(exceptions.APIException):
    """The database took longer over the call than such a call may take."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "too_costly"


class ExportGone(exceptions.APIException):
    """There is no file of this export, and will be none; the detail says why."""

    status_code = status.HTTP_410_GONE
    default_code = "export_gone"


class PreconditionFailed(exceptions.APIException):
    """The If-Match header names another version than the ticket has."""

    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_code = "precondition_failed"


PROBLEM = inline_serializer(
    "Problem",
    {
        "type": serializers.CharField(),
        "title": serializers.CharField(),
        "status": serializers.IntegerField(),
        "detail": serializers.CharField(),
        "errors": serializers.DictField(
            child=serializers.ListField(child=serializers.CharField()), required=False
        ),
    },
)


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's EXCEPTION_HANDLER: every error of the API as problem details; None (a plain 500) for unexpected ones."""
    if isinstance(exc, TransitionError):
        return _refusal(exc)
    response = default_handler(exc, context)
    if response is None:
        return None
    slug, title, detail = _BUSY if isinstance(exc, Busy) else _STATUSES[response.status_code]
    if isinstance(exc, ExportGone):
        slug, title = "export-gone", "Dosya yok"
    if isinstance(exc, KeyExpired | OutOfScope | ExportGone):
        detail = str(exc.detail)
    if isinstance(exc, exceptions.ParseError):
        detail = "Gövde geçerli JSON değil. Düzeltip yeniden gönderin."
    errors = _by_field(exc.detail) if isinstance(exc, exceptions.ValidationError) else {}
    problem = _problem(response.status_code, slug, title, detail, errors)
    for name in ("WWW-Authenticate", "Allow", "Retry-After"):
        if name in response.headers:
            problem.headers[name] = response.headers[name]
    return problem


def _refusal(exc: TransitionError) -> Response:
    status_code, slug, title = _MOVES[type(exc)]
    fields = exc.fields if isinstance(exc, MissingFields) else {}
    return _problem(status_code, slug, title, str(exc), {name: [text] for name, text in fields.items()})


def body_of(status_code: int) -> dict[str, Any]:
    """The problem of that status, where there is no more to say of it."""
    return _body(status_code, *_STATUSES[status_code])


def _body(status_code: int, slug: str, title: str, detail: str) -> dict[str, Any]:
    return {"type": TYPE.format(slug), "title": title, "status": status_code, "detail": detail}


def _problem(
    status_code: int, slug: str, title: str, detail: str, errors: Mapping[str, list[str]]
) -> Response:
    body = _body(status_code, slug, title, detail)
    if errors:
        body["errors"] = errors
    return Response(body, status=status_code, content_type=CONTENT_TYPE)


def _by_field(detail: Any) -> dict[str, list[str]]:
    """DRF's nested error details as field → sentences; errors of no field are under NON_FIELD_ERRORS_KEY."""
    if isinstance(detail, Mapping):
        return {name: [_encodable(text) for text in _flat(texts)] for name, texts in detail.items()}
    return {api_settings.NON_FIELD_ERRORS_KEY: [_encodable(text) for text in _flat(detail)]}


def _encodable(text: object) -> str:
    """The sentence with characters replaced that UTF-8 cannot encode: it may quote input with lone surrogates."""
    return str(text).encode(errors="replace").decode()


def _flat(detail: Any) -> list[Any]:
    if isinstance(detail, Mapping):
        return [text for texts in detail.values() for text in _flat(texts)]
    if isinstance(detail, list):
        return [text for texts in detail for text in _flat(texts)]
    return [detail]


def document(result: dict[str, Any], **_options: Any) -> dict[str, Any]:
    """drf-spectacular's postprocessing hook: adds the problems that every call may return, and short names."""
    body = {"content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    for path, methods in result["paths"].items():
        for operation in methods.values():
            described = operation.get("description", "")
            operation.setdefault("summary", re.split(r"\n\n|[:;.]\s|\.$", described)[0].replace("\n", " "))
            met = (*EVERYWHERE, 404) if "{" in path or _paged(operation) else EVERYWHERE
            for code in met:
                operation["responses"].setdefault(str(code), {"description": _STATUSES[code][1]} | body)
    return result


def _paged(operation: dict[str, Any]) -> bool:
    """Whether the operation takes a cursor; a forged one is answered with 404."""
    return any(parameter["name"] == "cursor" for parameter in operation.get("parameters", ()))
