"""Notifications as they are read: one group for each thing they are about, each with what to do, dangers first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from tickets.admin.danger_claims import NAME_OF_RESTRICTED
from tickets.admin.queue.rows import display_name
from tickets.dangers import is_open_danger, name_of
from tickets.models import Notification, Stage, Ticket

LISTED = 50
Kind = Notification.Kind
_OVERDUE = "Süre doldu: sonuçlandırın ya da gecikme nedenini not edin."
_WHAT_TO_DO = {
    Kind.WORK: "İşe başlayın; sizin değilse gerekçesiyle iade edin.",
    Kind.WAITING: "Vatandaşa cevap yazın ya da birine verin.",
    Kind.DATA: "Süresi içinde cevaplayıp kapatın.",
    Kind.UNSENT: "Başvuruyu okuyun; gerekiyorsa şimdi yazın.",
    Kind.FILELESS: "Dosyayı yeniden gönderin.",
}


@dataclass(frozen=True)
class NoticeGroup:
    """All that was told of one thing. `pressing` is a danger that nobody has claimed; `claim` the address to do so."""

    title: str
    subject: str
    page: str
    todo: str
    lines: list[str]
    at: datetime
    new: bool
    pressing: bool
    claim: str
    troubles: list[str]


def groups(notices: Iterable[Notification]) -> list[NoticeGroup]:
    """Of notifications, the newest first: dangers that nobody has claimed, then what is new, then the rest."""
    about: dict[tuple[str, int | None], list[Notification]] = {}
    for notice in notices:
        about.setdefault(_subject(notice), []).append(notice)
    found = [_group(each) for each in about.values()]
    found.sort(key=lambda group: group.at, reverse=True)
    return sorted(found, key=lambda group: (not group.pressing, not group.new))[:LISTED]


def _subject(notice: Notification) -> tuple[str, int | None]:
    for name in ("ticket_id", "handover_id", "drill_id", "data_request_id", "snooze_id"):
        if (key := getattr(notice, name)) is not None:
            return name, key
    return "", notice.pk


def _group(notices: list[Notification]) -> NoticeGroup:
    newest, ticket = notices[0], notices[0].ticket
    dangers = [each for each in notices if each.kind == Kind.DANGER]
    pressing = bool(dangers) and _is_unclaimed(dangers[0])
    return NoticeGroup(
        title=_title(newest, dangers),
        subject=ticket.category.name if ticket and ticket.category and not ticket.restricted else "",
        page=_page(newest),
        todo=_todo(newest, dangers, pressing=pressing),
        lines=_lines(notices),
        at=newest.at,
        new=any(each.seen_at is None for each in notices),
        pressing=pressing,
        claim=_claim(dangers[0]) if pressing else "",
        troubles=_troubles(notices),
    )


def _title(newest: Notification, dangers: list[Notification]) -> str:
    ticket = newest.ticket
    if ticket is None:
        return str(newest)
    if ticket.restricted:
        return f"{NAME_OF_RESTRICTED} {ticket.number}"
    if dangers:
        what = name_of(ticket.danger) if ticket.is_danger else "acil iş"
        return f"{ticket.number}: {what}"
    return ticket.number


def _is_unclaimed(danger: Notification) -> bool:
    if danger.acknowledged_at is not None:
        return False
    if danger.drill is not None:
        return danger.drill.claimed_by_id is None
    return danger.ticket is not None and danger.ticket.claimed_by_id is None


def _claim(danger: Notification) -> str:
    if danger.drill_id:
        return reverse("tatbikat_ustlen", args=[danger.drill_id])
    return reverse("bildirimler_ustlen", args=[danger.ticket_id])


def _todo(newest: Notification, dangers: list[Notification], *, pressing: bool) -> str:
    if pressing:
        return "Kimse üstlenmedi: hemen üstlenin."
    if dangers:
        return _whose(newest.ticket)
    if newest.snooze_id:
        return "Ertelemeniz doldu: bekleyenlerden devam edin."
    if newest.breach is not None:
        over = newest.breach.stage == Stage.BREACH
        return (
            "Süre doldu: sonuçlandırın ya da gecikme nedenini not edin."
            if over
            else "Süre doluyor: bugün ilerletin."
        )
    return _WHAT_TO_DO.get(Kind(newest.kind), "")


def _whose(ticket: Ticket | None) -> str:
    """Who has a danger that was claimed."""
    if ticket is None or ticket.claimed_by is None:
        return ""
    who = display_name(ticket.claimed_by)
    return f"{who} üstlendi." if is_open_danger(ticket) else f"{who} üstlenmişti, bitti."


def _page(notice: Notification) -> str:
    if notice.ticket_id:
        return reverse("admin:tickets_ticket_change", args=[notice.ticket_id])
    if notice.handover_id:
        return reverse("bekleyen", args=[notice.handover_id])
    if notice.snooze_id:
        return reverse("bekleyenler")
    return reverse("kvkk_talepleri") if notice.data_request_id else ""


def _lines(notices: list[Notification]) -> list[str]:
    """What was told, oldest first: a danger once with how often it rang, of a clock only what holds now."""
    rung = [each for each in notices if each.kind == Kind.DANGER]
    lines = [f"{len(rung)} kez çaldı"] if len(rung) > 1 else []
    breaches = {each.breach.clock: each.breach for each in reversed(notices) if each.breach is not None}
    due = sorted(breaches.values(), key=lambda breach: breach.due_at)
    lines += [f"{breach.get_clock_display()} {breach.get_stage_display()}" for breach in due]
    if any(each.kind == Kind.WORK for each in notices):
        lines.append("yeni iş")
    return lines


def _troubles(notices: list[Notification]) -> list[str]:
    unheard = any(each.unheard for each in notices)
    unsent = any(each.mail_error for each in notices)
    return ["kimseye ulaşmadı"] * unheard + ["e-posta gönderilemedi"] * unsent
