"""Settings of the emulator: the business number, its secrets, and timings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

COUNTRY_CODE = "90"
"""The business number's country code, which Meta prepends to recipients written without a plus sign."""


@dataclass(frozen=True, kw_only=True)
class Config:
    """`retry_scale` multiplies the pauses between webhook tries, `status_seconds` is the pause between statuses.

    `authorities` is a file of certificates: whom to believe about an https webhook, instead of the public ones.
    """

    webhook_url: str
    secret: str
    verify_token: str
    access_token: str
    phone_number_id: str
    waba_id: str
    display_phone_number: str = "903520000000"
    verified_name: str = "Melikgazi Belediyesi"
    retry_scale: float = 1.0
    status_seconds: float = 0.15
    paced: bool = True
    authorities: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], **options: Any) -> "Config":
        """Reads the WHATSAPP_ variables that the application reads too.

        Raises:
            ValueError: a variable is missing or empty; the message names it.
        """
        names = {
            "secret": "WHATSAPP_APP_SECRET",
            "verify_token": "WHATSAPP_VERIFY_TOKEN",
            "access_token": "WHATSAPP_ACCESS_TOKEN",
            "phone_number_id": "WHATSAPP_PHONE_NUMBER_ID",
            "waba_id": "WHATSAPP_WABA_ID",
        }
        missing = [name for name in names.values() if not environment.get(name)]
        if missing:
            raise ValueError("Missing in the environment: " + ", ".join(missing))
        values: dict[str, Any] = {field: environment[name] for field, name in names.items()}
        # During rotation the variable holds two secrets; the first one signs.
        values["secret"] = values["secret"].split(",")[0].strip()
        return cls(**values, **options)
