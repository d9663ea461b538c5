"""The versions of the privacy notice: another text is another version, and everybody is shown it once."""

import json
from datetime import datetime
from hashlib import sha256

from django.conf import settings
from django.db import connection

from tickets.record.personal_data_store import ShownText
from whatsapp.conversations.models.conversations import Conversation
from whatsapp.texts import catalog
from whatsapp.texts.catalog import TABLES
from whatsapp.texts.models.privacy_notices import NoticeVersion, ShownNotice

# Of the shipped texts; raised whenever one of them changes (tests/whatsapp/texts/test_notices.py holds it to them).
SHIPPED_VERSION = "2"
_RECORD = """
WITH known AS (
    INSERT INTO whatsapp_noticeversion (version, texts, url, first_shown_at)
    VALUES (%(version)s, %(texts)s::jsonb, %(url)s, %(now)s) ON CONFLICT DO NOTHING
)
INSERT INTO whatsapp_shownnotice (conversation_id, version, language, url, at)
VALUES (%(conversation)s, %(version)s, %(language)s, %(url)s, %(now)s)
"""


def texts() -> dict[str, str]:
    """The notice in each language as it is shown now."""
    return {language: catalog.of(language).notice for language in TABLES}


def version() -> str:
    """The version of the texts in use: the shipped one, or one of its own for texts that staff rewrote."""
    used = texts()
    if used == {language: table.notice for language, table in TABLES.items()}:
        return SHIPPED_VERSION
    return f"{SHIPPED_VERSION}-{digest_of(used)}"


def digest_of(used: dict[str, str]) -> str:
    """Eight hexadecimal digits by which these texts are known."""
    return sha256(json.dumps(used, sort_keys=True).encode()).hexdigest()[:8]


def record(row: Conversation, shown: str, now: datetime) -> None:
    """Keeps that the citizen is shown that version, in the turn's transaction: one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            _RECORD,
            {
                "version": shown,
                "texts": json.dumps(texts()),
                "url": settings.KVKK_NOTICE_URL,
                "conversation": row.pk,
                "language": row.language or "tr",
                "now": now,
            },
        )


def shown_to(citizen: int) -> list[ShownText]:
    """The notices that the citizen was shown, oldest first."""
    rows = list(ShownNotice.objects.filter(conversation__citizen=citizen).order_by("at", "pk"))
    known = NoticeVersion.objects.in_bulk([row.version for row in rows])
    return [
        ShownText(row.at, row.version, row.language, _text_of(known.get(row.version), row)) for row in rows
    ]


def _text_of(known: NoticeVersion | None, shown: ShownNotice) -> str:
    """The page of the notice may have moved since others were shown the same text."""
    if known is None:
        return ""
    return str(known.texts.get(shown.language, "")).replace("{url}", shown.url or known.url)
