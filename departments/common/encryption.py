"""Secrets that have to be read again, encrypted at rest: those by which we sign what others check.

The keys are in the environment (ENCRYPTION_KEYS, any random text); the first encrypts, all of them decrypt, SECRET_KEY
last. So an installation that names none is protected by SECRET_KEY, and one that names its first goes on reading.
"""

from base64 import urlsafe_b64encode
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class UnreadableSecretError(Exception):
    """None of the keys decrypts it; `str()` says in Turkish what to do."""

    def __init__(self) -> None:
        super().__init__(
            "Saklanan anahtar çözülemedi: ENCRYPTION_KEYS (yoksa SECRET_KEY) değişmiş. Eskisini listeye ekleyin."
        )


def encrypt(text: str) -> str:
    """The text as it may be stored."""
    return _cipher().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """The text that was encrypted. Raises UnreadableSecretError."""
    try:
        return _cipher().decrypt(token).decode()
    except InvalidToken:
        raise UnreadableSecretError from None


def reencrypt(token: str) -> str:
    """The same text under the first key. Raises UnreadableSecretError."""
    try:
        return _cipher().rotate(token).decode()
    except InvalidToken:
        raise UnreadableSecretError from None


def _cipher() -> MultiFernet:
    return _made((*settings.ENCRYPTION_KEYS, settings.SECRET_KEY))


@cache
def _made(secrets: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_derived(secret)) for secret in secrets])


def _derived(secret: str) -> bytes:
    """A Fernet key of this secret, of use for nothing else that the secret protects."""
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"melikgazi: secrets at rest")
    return urlsafe_b64encode(key.derive(secret.encode()))
