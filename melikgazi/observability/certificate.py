"""The certificate that citizens' browsers and Meta see at PUBLIC_URL."""

import socket
import ssl
import time
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from urllib.parse import urlsplit

from cryptography import x509
from django.conf import settings

WARNED_DAYS = 14  # before its end the doctor complains
TIMEOUT = 3.0  # seconds, to connect and for each answer
KEPT_SECONDS = 600.0  # an answer: a certificate changes every other month


@dataclass(frozen=True)
class CertificateFinding:
    """When it ends, as far as it was seen; `fault` says in Turkish what is wrong with it, empty where nothing is."""

    ends_at: datetime | None = None
    fault: str = ""


_asking = Lock()
_kept: tuple[float, str, CertificateFinding] | None = None


def of_the_line() -> CertificateFinding:
    """Of PUBLIC_URL, looked at every ten minutes; without https there is none, and nothing wrong with it."""
    global _kept  # noqa: PLW0603 - what this process saw last
    url = settings.PUBLIC_URL
    with _asking:
        if _kept is None or _kept[0] < time.monotonic() - KEPT_SECONDS or _kept[1] != url:
            _kept = (time.monotonic(), url, look(url))
        return _kept[2]


def look(url: str) -> CertificateFinding:
    """Connects and says what it saw."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        return CertificateFinding()
    host, port, fault = parts.hostname, parts.port or 443, ""
    try:
        return CertificateFinding(_end_of(host, port, ssl.create_default_context()))
    except ssl.SSLCertVerificationError as error:
        fault = f"{host} adresinin sertifikası geçerli değil: {error.verify_message}"
    except OSError as error:
        return CertificateFinding(fault=f"{host}:{port} adresine bağlanılamadı: {type(error).__name__}")
    unverified = ssl.create_default_context()
    unverified.check_hostname, unverified.verify_mode = False, ssl.CERT_NONE
    try:
        return CertificateFinding(_end_of(host, port, unverified), fault)
    except OSError:
        return CertificateFinding(fault=fault)


def _end_of(host: str, port: int, context: ssl.SSLContext) -> datetime | None:
    with (
        socket.create_connection((host, port), timeout=TIMEOUT) as plain,
        context.wrap_socket(plain, server_hostname=host) as connection,
    ):
        shown = connection.getpeercert(binary_form=True)
    return x509.load_der_x509_certificate(shown).not_valid_after_utc if shown else None
