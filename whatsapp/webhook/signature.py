"""Whether a webhook's body comes from Meta (docs/whatsapp-cloud-api.md, section 1)."""

import hashlib
import hmac

from django.conf import settings


def is_signed(body: bytes, signature: str) -> bool:
    """Whether one of our app secrets made this X-Hub-Signature-256 of the raw bytes (several while one is rotated).

    The header must be `sha256=` and 64 small hexadecimal digits, as Meta writes it.
    """
    given = signature.encode()
    return any(
        hmac.compare_digest(
            f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}".encode(), given
        )
        for secret in settings.WHATSAPP_APP_SECRETS
    )
