"""The only way out: Meta's Cloud API over HTTP (docs/whatsapp-cloud-api.md). What its errors mean is in errors.py."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache
from ipaddress import ip_address
from typing import IO, Any
from urllib.parse import quote, urlsplit

import requests
from django.conf import settings

from departments.common.http_deadline import CutAdapter, deadline, read_at_most
from whatsapp.graph.errors import CloudApiError, ErrorAction, error_of
from whatsapp.graph.webhook_payloads import ID_LENGTH

TIMEOUT = (5, 15)  # seconds to connect, and between two bytes of the answer
ANSWER_BYTES = 4 << 20  # of an answer that is no file: many times the longest list of templates
CALL_SECONDS = (
    20  # for a call as a whole; what its sender had in hand when it died leaves within half a minute
)
SPARE_CONNECTIONS = 2  # kept open beside those that messages are sent by
USER_AGENT = "melikgazi-cozum-hatti/1"


class MediaGoneError(Exception):
    """404: the url has expired (ask for a new one) or the id has (after 7 days)."""


class MediaRefusedError(Exception):
    """The file may not be fetched: its host is not on the list, it redirects elsewhere, or it is too large."""


def send(recipient: dict[str, str], body: dict[str, Any], callback: str) -> str:
    """Sends one message and returns its wamid. `callback` comes back in every status of it.

    Raises `CloudApiError`; as OUTCOME_UNKNOWN where the request left and no answer came, since the API has
    no idempotency key.
    """
    if not recipient:
        raise CloudApiError(ErrorAction.FAIL, "Bu kişinin artık bir WhatsApp kimliği yok")
    common = {"messaging_product": "whatsapp", "recipient_type": "individual"}
    message = common | recipient | body | {"biz_opaque_callback_data": callback}
    answer = _call("POST", _graph(settings.WHATSAPP_PHONE_NUMBER_ID, "messages"), json=message)
    match answer:
        case {"messages": [{"id": str(wamid)}, *_]} if 0 < len(wamid) <= ID_LENGTH:
            return wamid
    raise CloudApiError(ErrorAction.OUTCOME_UNKNOWN, "Yanıtta mesaj kimliği yok")


def mark_read(wamid: str, *, typing: bool, seconds: float) -> None:
    """Shows the sender that a message was read, and those before it; with `typing` also that an answer is being
    written, until it comes or 25 s are over. Raises `CloudApiError`, after `seconds` at the latest.
    """
    receipt = {"messaging_product": "whatsapp", "status": "read", "message_id": wamid}
    indicator = {"typing_indicator": {"type": "text"}} if typing else {}
    with deadline(seconds):
        _call("POST", _graph(settings.WHATSAPP_PHONE_NUMBER_ID, "messages"), json=receipt | indicator)


def upload(content: IO[bytes], mime_type: str) -> str:
    """Hands a file to Meta to be sent, and returns its id, which lives 30 days (Meta's contract, section 5).

    Raises `CloudApiError`, never as OUTCOME_UNKNOWN: a file that arrived unheard of is sent to nobody.
    """
    try:
        answer = _call(
            "POST",
            _graph(settings.WHATSAPP_PHONE_NUMBER_ID, "media"),
            data={"messaging_product": "whatsapp", "type": mime_type},
            files={"file": (mime_type.rpartition("/")[2], content, mime_type)},
        )
    except CloudApiError as error:
        if error.action == ErrorAction.OUTCOME_UNKNOWN:
            raise CloudApiError(ErrorAction.RETRY, str(error), error.code, error.http) from error
        raise
    match answer:
        case {"id": str(media_id)} if 0 < len(media_id) <= ID_LENGTH:
            return media_id
    raise CloudApiError(ErrorAction.RETRY, "Yanıtta dosya kimliği yok")


def media_url(media_id: str) -> str:
    """Where a file lies for the next five minutes. Raises `CloudApiError`, `MediaGoneError`."""
    try:
        answer = _call("GET", _graph(quote(media_id, safe="")))
    except CloudApiError as error:
        if error.http == 404:
            raise MediaGoneError from error
        raise
    return str(answer.get("url") or "")


def templates() -> list[dict[str, Any]]:
    """The message templates of our account, approved or not (at most 200). Raises `CloudApiError`."""
    answer = _call("GET", _graph(settings.WHATSAPP_WABA_ID, "message_templates"), params={"limit": 200})
    return [template for template in answer.get("data") or [] if isinstance(template, dict)]


def submit_template(definition: dict[str, Any]) -> None:
    """Hands a template to Meta for approval. Raises `CloudApiError`."""
    _call("POST", _graph(settings.WHATSAPP_WABA_ID, "message_templates"), json=definition)


def number() -> dict[str, Any]:
    """Our number as Meta knows it: its name, its quality and whether it is verified. Raises `CloudApiError`."""
    fields = (
        "verified_name,display_phone_number,code_verification_status,quality_rating,platform_type,name_status"
    )
    return _call("GET", _graph(settings.WHATSAPP_PHONE_NUMBER_ID), params={"fields": fields})


def server_time() -> datetime:
    """What time it is at Meta, to the second. Raises `CloudApiError`."""
    answer = _ask("GET", _graph(settings.WHATSAPP_PHONE_NUMBER_ID), params={"fields": "id"})
    try:
        return parsedate_to_datetime(answer.headers["Date"])
    except (KeyError, ValueError) as error:
        raise CloudApiError(ErrorAction.RETRY, "Yanıtta saat yok") from error


def subscribed_apps() -> list[str]:
    """The names of the apps that our account's webhooks go to. Raises `CloudApiError`."""
    answer = _call("GET", _graph(settings.WHATSAPP_WABA_ID, "subscribed_apps"))
    return [str(app.get("whatsapp_business_api_data", {}).get("name")) for app in answer.get("data") or []]


def subscribe() -> None:
    """Has our account's webhooks sent to the app that the token belongs to. Raises `CloudApiError`."""
    _call("POST", _graph(settings.WHATSAPP_WABA_ID, "subscribed_apps"))


def visit(url: str, **query: str) -> tuple[int, str]:
    """Status and text of any address, asked as a stranger would: without our token. Raises `CloudApiError`."""
    try:
        with requests.Session() as stranger, deadline(CALL_SECONDS):
            stranger.trust_env = False
            for scheme in ("http://", "https://"):
                stranger.mount(scheme, CutAdapter())
            answer = stranger.get(url, params=query, timeout=TIMEOUT, allow_redirects=False, stream=True)
            read_at_most(answer, ANSWER_BYTES)
    except requests.RequestException as error:
        raise CloudApiError(ErrorAction.RETRY, f"Bağlantı hatası: {type(error).__name__}") from error
    return answer.status_code, answer.text


@contextmanager
def media_stream(url: str, limit: int) -> Iterator[Iterator[bytes]]:
    """The bytes of a file, at most `limit` of them. The token goes to listed hosts only and follows no redirect.

    Raises `MediaRefusedError`, `MediaGoneError`, `CloudApiError`.
    """
    _check_host(url)
    try:
        with _session().get(url, stream=True, timeout=TIMEOUT, allow_redirects=False) as answer:
            if answer.status_code == 404:
                raise MediaGoneError
            if answer.is_redirect:
                raise MediaRefusedError("Dosya adresi başka yere yönlendiriyor")
            if answer.status_code != 200:
                raise error_of(answer.status_code, read_at_most(answer, ANSWER_BYTES).content)
            length = answer.headers.get("Content-Length")
            if length is None and answer.headers.get("Transfer-Encoding") != "chunked":
                # Where its end is cannot be told from where the connection broke: half a file would pass for a whole.
                raise CloudApiError(ErrorAction.RETRY, "Dosyanın boyu söylenmedi")
            if int(length or 0) > limit:
                raise MediaRefusedError(f"Dosya {limit} bayttan büyük")
            yield _bounded(answer, limit)
    except requests.RequestException as error:
        raise CloudApiError(ErrorAction.RETRY, f"Bağlantı hatası: {type(error).__name__}") from error


def _bounded(answer: requests.Response, limit: int) -> Iterator[bytes]:
    size = 0
    for chunk in answer.iter_content(64 * 1024):
        size += len(chunk)
        if size > limit:
            raise MediaRefusedError(f"Dosya {limit} bayttan büyük")
        yield chunk


def _check_host(url: str) -> None:
    """https to a listed host; plain http only to one that is listed and loopback (Meta's contract, section 5)."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise MediaRefusedError("Dosyanın adresi okunamıyor") from error
    listed = {parts.hostname, parts.netloc} & set(settings.WHATSAPP_MEDIA_HOSTS)
    secure = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    if not listed or not secure or "@" in parts.netloc:
        raise MediaRefusedError(f"Dosyanın sunucusu izinli değil: {parts.hostname}")


def is_loopback(host: str) -> bool:
    """Whether a host name or address, without a port, is this machine itself."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _call(method: str, url: str, **options: Any) -> dict[str, Any]:
    try:
        content = _ask(method, url, **options).json()
    except (requests.JSONDecodeError, RecursionError) as error:
        raise CloudApiError(ErrorAction.OUTCOME_UNKNOWN, "Yanıt JSON değil") from error
    return content if isinstance(content, dict) else {}


def _ask(method: str, url: str, **options: Any) -> requests.Response:
    try:
        with deadline(CALL_SECONDS):
            answer = _session().request(
                method, url, timeout=TIMEOUT, allow_redirects=False, stream=True, **options
            )
            read_at_most(answer, ANSWER_BYTES)
    except requests.ConnectTimeout as error:
        raise CloudApiError(ErrorAction.RETRY, "Sunucuya bağlanılamadı") from error
    except requests.RequestException as error:
        raise CloudApiError(_after(error), f"Bağlantı hatası: {type(error).__name__}") from error
    if answer.status_code != 200:
        raise error_of(answer.status_code, answer.content)
    return answer


def _after(error: requests.RequestException) -> ErrorAction:
    """A refused connection carried nothing; one that broke later may have carried the message."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return ErrorAction.RETRY if type(reason).__name__ in _NEVER_LEFT else ErrorAction.OUTCOME_UNKNOWN


_NEVER_LEFT = frozenset({"NewConnectionError", "NameResolutionError", "ConnectTimeoutError"})


def _graph(*parts: str) -> str:
    return "/".join((settings.WHATSAPP_GRAPH_URL, settings.WHATSAPP_GRAPH_VERSION, *parts))


@cache
def _session() -> requests.Session:
    """One a process: connections are kept open between messages."""
    session = requests.Session()
    session.trust_env = False  # neither a proxy nor a .netrc of the machine sees the token
    for scheme in ("http://", "https://"):
        session.mount(scheme, CutAdapter(pool_maxsize=settings.WHATSAPP_SEND_CONNECTIONS + SPARE_CONNECTIONS))
    session.headers.update(
        {"Authorization": f"Bearer {settings.WHATSAPP_ACCESS_TOKEN}", "User-Agent": USER_AGENT}
    )
    return session
