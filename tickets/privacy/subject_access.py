"""Export of all personal data about one person as a ZIP, which they may ask for (KVKK art. 11).

It holds nothing about others: no names of staff, no ticket that theirs is a duplicate of. Staff's notes on their
tickets are included, with telephone numbers, e-mail addresses and names of staff masked. The officer reads it before
handing it over, since a note may name somebody else.
"""

import contextlib
import json
import mimetypes
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from departments.text.pseudonyms import anonymised, nameless
from tickets.access_log.models import Access
from tickets.answering.models.replies import ScheduledReply
from tickets.files.storage import private_storage
from tickets.privacy.data_subjects import Subject, shown_to
from tickets.privacy.models.data_requests import PersonalDataRequest
from tickets.record import channel
from tickets.record.models.attachments import Attachment
from tickets.record.models.citizen import Citizen
from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import Actor
from tickets.record.workflow import NotAllowed

# Keys of TicketEvent.data that concern the citizen alone, and their labels in the export.
_EVENT_FIELDS = {
    "text": "metin",
    "reason": "neden",
    "score": "puan",
    "comment": "yorum",
    "planned_for": "programlanan gün",
    "address": "adres",
    "lat": "enlem",
    "lon": "boylam",
}


@dataclass(frozen=True)
class DataExport:
    """The exported values by Turkish labels; `files` are names in the ZIP → names in the private storage."""

    contents: dict[str, Any]
    files: dict[str, str]


def data_export_of(subject: Subject, *, actor: Actor, now: datetime, reason: str = "") -> DataExport:
    """Collects the data of a person and writes an entry in the access log.

    Raises NotAllowed, also where one of the tickets is restricted and not the actor's to read.
    """
    if not actor.keeps_personal_data:
        raise NotAllowed("Kişisel veriyi yalnızca KVKK görevlisi dışa aktarır.")
    if len(shown_to(subject, actor)) < len(subject.tickets):
        raise NotAllowed("Bu kişinin gizli bir bildirimi var: verisini sistem yöneticisi dışa aktarır.")
    staff = _names_of_staff()
    people = [_person(person, staff) for person in subject.people]
    tickets = [_ticket(ticket, staff) for ticket in subject.tickets]
    contents = {
        "Hazırlanma": now,
        "Kişi": [each.contents for each in people],
        "Başvurular": [each.contents for each in tickets],
    }
    names = [person.name for person in subject.people if person.name]
    Access.objects.create(
        at=now,
        what=Access.What.EXPORTED,
        by=actor.user,
        reason=nameless(reason.strip(), names)[:300],
        citizens=subject.keys,
        tickets=subject.numbers,
    )
    return DataExport(
        contents, {name: stored for each in [*people, *tickets] for name, stored in each.files.items()}
    )


def write(export: DataExport, to: IO[bytes]) -> None:
    """Writes the ZIP: `oku.html` for reading, `veriler.json` for processing, and all files that exist."""
    with ZipFile(to, "w", ZIP_DEFLATED) as archive:
        page = render_to_string("tickets/personal_data_export.html", {"shown": _shown(export.contents)})
        archive.writestr("oku.html", page)
        archive.writestr(
            "veriler.json", json.dumps(export.contents, ensure_ascii=False, indent=1, default=_plain)
        )
        for name, stored in sorted(export.files.items()):
            with (
                contextlib.suppress(FileNotFoundError),
                private_storage.open(stored) as file,
                archive.open(f"dosyalar/{name}", "w", force_zip64=True) as packed,
            ):
                shutil.copyfileobj(file, packed)


def _names_of_staff() -> set[str]:
    rows = User.objects.values_list("first_name", "last_name", "username")
    return {name for row in rows for name in row if name}


def _person(person: Citizen, staff: set[str]) -> DataExport:
    to_them = ScheduledReply.objects.filter(handover__citizen=person).order_by("id")
    sent = [each.file for each in to_them.select_related("file") if each.file]
    from_channel = channel.channel().data_store().export(person.pk)
    known = {
        "ad soyad": person.name,
        "telefon": person.phone,
        "ilk yazışma": person.created_at,
        "görevli beklediği görüşmeler": [
            {"neden": each.get_reason_display(), "başlangıç": each.since, "bitiş": each.ended_at}
            for each in person.handovers.order_by("id")
        ],
        "telefon görüşmeleri": [
            {"zaman": each.at, "sonuç": each.get_result_display(), "not": anonymised(each.note, staff)}
            for each in person.phone_calls.order_by("id")
        ],
        "geri aramalar": [
            {"ne zaman": each.due_at, "bitiş": each.ended_at} for each in person.call_backs.order_by("id")
        ],
        "hakkınızdaki notlar": [
            {"zaman": each.at, "amaç": each.get_purpose_display(), "not": anonymised(each.text, staff)}
            for each in person.notes.order_by("id")
        ],
        "engeller": [
            {
                "başlangıç": each.since,
                "bitiş": each.lifted_at or each.until,
                "neden": anonymised(each.reason, staff),
            }
            for each in person.blocks.order_by("id")
        ],
        "size yazılıp gönderilmemiş taslaklar": [
            {"zaman": each.updated_at, "metin": anonymised(each.text, staff)}
            for each in person.reply_drafts.order_by("id")
        ],
        "görüşmede ileri tarihli cevaplar": [_later(each, staff) for each in to_them.exclude(text="")],
        "görüşmede gönderilen dosyalar": [_file(each) for each in sent],
        "kişisel veri talepleri": [_request(each) for each in person.data_requests.order_by("id")],
    }
    files = {_name(each): str(each.file) for each in sent if each.file}
    return DataExport(known | from_channel.contents, from_channel.files | files)


def _request(asked: PersonalDataRequest) -> dict[str, Any]:
    contents = {
        "geliş": asked.asked_at,
        "konu": asked.get_kind_display(),
        "yazdığınız": asked.words,
        "kapanma": asked.closed_at,
        "sonuç": asked.get_outcome_display() if asked.outcome else None,
    }
    return {name: value for name, value in contents.items() if value is not None}


def _ticket(ticket: Ticket, staff: set[str]) -> DataExport:
    files = {
        _name(each): str(each.original or each.file)
        for each in ticket.attachments.order_by("id")
        if each.file
    }
    contents = {
        "başvuru no": ticket.number,
        "geliş": ticket.created_at,
        "kanal": ticket.get_channel_display(),
        "tür": ticket.get_kind_display(),
        "durum": ticket.get_status_display(),
        "sonuç": ticket.get_outcome_display() if ticket.outcome else None,
        "kapanma": ticket.closed_at,
        "konu": str(ticket.category or "") or None,
        "birim": str(ticket.department or "") or None,
        "acil": ticket.urgent,
        "özet": ticket.summary,
        "açıklama": ticket.description,
        "mahalle": str(ticket.neighbourhood or "") or None,
        "adres": ticket.address or None,
        "evrak no (EBYS)": ticket.registry_number or None,
        "CİMER no": ticket.cimer_number or None,
        "enlem": ticket.lat,
        "boylam": ticket.lon,
        "memnuniyet": ticket.satisfaction_score,
        "memnuniyet notu": ticket.satisfaction_comment or None,
        "yayımlanan metin": ticket.published_text or None,
        "zaman çizelgesi": [_event(event, staff) for event in ticket.events.order_by("id")],
        "dosyalar": [_file(each) for each in ticket.attachments.order_by("id")],
        "ileri tarihli cevaplar": [
            _later(each, staff) for each in ticket.scheduled_replies.exclude(text="").order_by("id")
        ],
    }
    return DataExport({name: value for name, value in contents.items() if value not in (None, [])}, files)


def _event(event: TicketEvent, staff: set[str]) -> dict[str, Any]:
    contents: dict[str, Any] = {
        "zaman": event.at,
        "olay": event.get_kind_display(),
        "kim": event.get_actor_kind_display(),
        "yeni durum": event.get_to_status_display(),
        "size yazılan": event.public_text,
        "not": anonymised(event.note, staff),
    }
    contents |= {shown: event.data.get(name) for name, shown in _EVENT_FIELDS.items()}
    return {name: value for name, value in contents.items() if value not in (None, "")}


def _later(reply: ScheduledReply, staff: set[str]) -> dict[str, Any]:
    return {
        "zaman": reply.due_at,
        "hâli": reply.get_state_display(),
        "metin": anonymised(reply.text, staff),
    }


def _file(attachment: Attachment) -> dict[str, Any]:
    contents = {
        "dosya": _name(attachment) if attachment.file else None,
        "tür": attachment.get_kind_display(),
        "hâli": attachment.get_state_display(),
        "geliş": attachment.created_at,
        "altyazı": attachment.caption or None,
    }
    return {name: value for name, value in contents.items() if value is not None}


def _name(attachment: Attachment) -> str:
    ending = mimetypes.guess_extension(attachment.mime_type.partition(";")[0]) or ""
    of = attachment.ticket.number if attachment.ticket else "gonderilen"
    return f"{of}-{attachment.pk}{ending}"


def _plain(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _shown(value: Any) -> SafeString:
    """Renders values as HTML: mappings as definition lists, lists as ordered lists."""
    if isinstance(value, Mapping):
        rows = format_html_join(
            "", "<dt>{}</dt><dd>{}</dd>", ((name, _shown(each)) for name, each in value.items())
        )
        return format_html("<dl>{}</dl>", rows)
    if isinstance(value, list):
        return format_html(
            "<ol>{}</ol>", format_html_join("", "<li>{}</li>", ((_shown(each),) for each in value))
        )
    return format_html("{}", _read(value))


def _read(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{localtime(value):%d.%m.%Y %H.%M}"
    if isinstance(value, bool):
        return "evet" if value else "hayır"
    return "–" if value is None else str(value)
