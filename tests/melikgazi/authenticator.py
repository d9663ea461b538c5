"""The application on a telephone that shows the codes."""

import time
from base64 import b32decode

from django_otp.oath import TOTP


def code_for(key: str, steps_ahead: int = 0) -> str:
    """What it shows for the key as a page tells it; half a minute ahead after the one shown was used."""
    letters = key.replace(" ", "")
    totp = TOTP(b32decode(letters + "=" * (-len(letters) % 8)), t0=-30 * steps_ahead)
    totp.time = time.time()
    return f"{totp.token():06d}"
