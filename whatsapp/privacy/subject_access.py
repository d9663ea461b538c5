"""Subject access: exports the personal data of one person in WhatsApp's rows (KVKK art. 11)."""

import mimetypes
from typing import Any

from tickets.record.personal_data_store import PersonalDataExport
from whatsapp.conversation import state
from whatsapp.conversations.models.conversations import Conversation
from whatsapp.conversations.models.identities import Identity
from whatsapp.conversations.models.messages import Media, Message
from whatsapp.graph import webhook_payloads
from whatsapp.outbox.models.outbox import Outbox
from whatsapp.texts import privacy_notices


def export_of(citizen: int) -> PersonalDataExport:
    """All rows about the citizen, oldest first. Files of tickets are exported with the tickets."""
    names = Identity.objects.filter(citizen=citizen).order_by("id")
    contents: dict[str, Any] = {
        "WhatsApp kimlikleri": [
            {
                "tür": row.get_kind_display(),
                "değer": row.value,
                "ilk görülme": row.created_at,
                "bırakılma": row.retired_at,
            }
            for row in names
        ]
    }
    talk = Conversation.objects.filter(citizen=citizen).first()
    if talk is None:
        return PersonalDataExport(contents, {})
    files = Media.objects.filter(message__conversation=talk, attachment=None).exclude(name="")
    kept = {row.message_id: (_name(row), row.name) for row in files.order_by("id")}
    contents["Konuşma"] = _conversation(talk)
    contents["Yazdıklarınız"] = [
        _inbound(row, kept.get(row.pk, ("", ""))[0])
        for row in talk.messages.select_related("ticket").order_by("sent_at", "id")
    ]
    contents["Size yazılanlar"] = [
        _outbound(row) for row in talk.outbox.select_related("ticket").order_by("created_at", "id")
    ]
    return PersonalDataExport(contents, dict(kept.values()))


def _conversation(talk: Conversation) -> dict[str, Any]:
    draft = state.load(talk.state).draft
    return {
        "dil": talk.language or "tr",
        "bildirim istemiyor": talk.muted,
        "engellenmiş": talk.blocked,
        "son mesaj": talk.last_inbound_at,
        "gösterilen aydınlatma metinleri": [
            {"zaman": each.at, "sürüm": each.version, "dil": each.language, "metin": each.text or None}
            for each in privacy_notices.shown_to(talk.citizen_id)
        ],
        "henüz başvuru olmayan yazı": [piece.text for piece in draft.pieces if piece.text] if draft else [],
    }


def _inbound(row: Message, file: str) -> dict[str, Any]:
    place = webhook_payloads.place_of(row.payload)
    contents = {
        "zaman": row.sent_at,
        "tür": row.kind,
        "metin": row.text,
        "konum": list(place) if place else None,
        "başvuru": row.ticket.number if row.ticket else None,
        "dosya": file or None,
        "ham kayıt": row.payload or None,
    }
    return {name: value for name, value in contents.items() if value not in (None, "")}


def _outbound(row: Outbox) -> dict[str, Any]:
    statuses = sorted(row.statuses.all(), key=lambda each: each.at)
    contents = {
        "zaman": row.sent_at or row.created_at,
        "metin": row.text,
        "hâli": row.get_state_display(),
        "başvuru": row.ticket.number if row.ticket else None,
        "iletim": [{"durum": each.status, "zaman": each.at} for each in statuses] or None,
    }
    return {name: value for name, value in contents.items() if value not in (None, "")}


def _name(row: Media) -> str:
    ending = mimetypes.guess_extension(row.stored_type.partition(";")[0]) or ""
    return f"mesaj-{row.message_id}{ending}"
