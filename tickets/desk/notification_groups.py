"""Notifications as they are read: one group for each thing they are about, each with what to do, dangers first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from tickets.back_office.names import display_name
from tickets.danger.bar import NAME_OF_RESTRICTED
from tickets.danger.open_dangers import name_of
from tickets.notifications import texts
from tickets.notifications.models import Notification
from tickets.record.models.breaches import Stage
from tickets.record.models.ticket import Ticket

LISTED = 50
Kind = Notification.Kind
_DUE = {
    Stage.BREACH: "Süre doldu: sonuçlandırın ya da gecikme nedenini not edin.",
    Stage.WARNING: "Süre doluyor: bugün ilerletin.",
}
# What to do about each kind, the most pressing first: of several it is said of that one.
_TODO = {
    Kind.UNSENT: "Cevap gitmedi: yazışmayı okuyun, gerekiyorsa yeniden gönderin.",
    Kind.FILELESS: "Dosyayı yeniden gönderin.",
    Kind.WAITING: "Vatandaşa cevap yazın ya da birine verin.",
    Kind.MENTION: "Notu okuyun, gerekiyorsa notla cevaplayın.",
    Kind.DATA: "Süresi içinde cevaplayıp kapatın.",
    Kind.ADDED: "Vatandaşın eklediğini okuyun.",
    Kind.WORK: "İşe başlayın; sizin değilse gerekçesiyle iade edin.",
}
_PUT_OFF = "Ertelemeniz doldu: bekleyenlerden devam edin."


@dataclass(frozen=True)
class NotificationGroup:
    """All that was told of one thing. `pressing` is a danger that nobody has claimed; `claim` the address to do so;
    `unseen` are the keys of the notices that may be marked as seen.
    """

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
    unseen: list[int]


def groups(notices: Iterable[Notification], *, outdoors: bool = False) -> list[NotificationGroup]:
    """Of notifications, the newest first: dangers that nobody has claimed, then what is new, then the rest. Who works
    `outdoors` finds the crew's pages.
    """
    about: dict[tuple[str, int | None], list[Notification]] = {}
    for notice in notices:
        about.setdefault(_subject(notice), []).append(notice)
    found = [_group(each, outdoors=outdoors) for each in about.values()]
    found.sort(key=lambda group: group.at, reverse=True)
    return sorted(found, key=lambda group: (not group.pressing, not group.new))[:LISTED]


def _subject(notice: Notification) -> tuple[str, int | None]:
    """What it is about; what was put off is what it was about before."""
    for name in ("ticket_id", "handover_id"):
        for of in (notice, notice.snooze):
            if (key := getattr(of, name, None)) is not None:
                return name, key
    for name in ("drill_id", "data_request_id"):
        if (key := getattr(notice, name)) is not None:
            return name, key
    return "", notice.pk


def _ticket(notice: Notification) -> Ticket | None:
    return notice.snooze.ticket if notice.snooze else notice.ticket


def _group(notices: list[Notification], *, outdoors: bool) -> NotificationGroup:
    newest, ticket = notices[0], _ticket(notices[0])
    dangers = [each for each in notices if each.kind == Kind.DANGER]
    pressing = bool(dangers) and _is_unclaimed(dangers[0])
    unseen = [each for each in notices if each.seen_at is None]
    return NotificationGroup(
        title=_title(newest, dangers),
        subject=ticket.category.name if ticket and ticket.category and not ticket.restricted else "",
        page=_page(newest, outdoors=outdoors),
        todo=_todo(unseen or notices, dangers, pressing=pressing),
        lines=_lines(notices),
        at=newest.at,
        new=bool(unseen),
        pressing=pressing,
        claim=_claim(dangers[0]) if pressing else "",
        troubles=_troubles(notices),
        unseen=[] if pressing else [each.pk for each in unseen],
    )


def _title(newest: Notification, dangers: list[Notification]) -> str:
    ticket = _ticket(newest)
    if ticket is None:
        return "Ertelediğiniz görüşme" if newest.snooze else str(newest)
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


def _todo(notices: list[Notification], dangers: list[Notification], *, pressing: bool) -> str:
    """Who has the danger, if it is one, and what to do about the most pressing of them."""
    if pressing:
        return "Kimse üstlenmedi: hemen üstlenin."
    whose = _whose(_ticket(notices[0])) if dangers else ""
    return " ".join(filter(None, (whose, _advice(notices))))


def _advice(notices: list[Notification]) -> str:
    due = {each.breach.stage for each in notices if each.breach and _is_open(each)}
    for stage, todo in _DUE.items():
        if stage in due:
            return todo
    if any(each.snooze_id for each in notices):
        return _PUT_OFF
    # Who was given a talk is to answer, as in one that waits.
    told = {Kind.WAITING if each.handover_id and each.kind == Kind.WORK else each.kind for each in notices}
    return next((todo for kind, todo in _TODO.items() if kind in told), "")


def _is_open(notice: Notification) -> bool:
    return notice.ticket is not None and notice.ticket.outcome is None


def _whose(ticket: Ticket | None) -> str:
    """Who has a danger, or urgent work, that was claimed."""
    if ticket is None or ticket.claimed_by is None:
        return ""
    who = display_name(ticket.claimed_by)
    return f"{who} üstlendi." if ticket.outcome is None else f"{who} üstlenmişti, bitti."


def _page(notice: Notification, *, outdoors: bool) -> str:
    ticket = _ticket(notice)
    handover = notice.snooze.handover_id if notice.snooze else notice.handover_id
    if ticket is not None and outdoors:
        return reverse("saha_is", args=[ticket.number])
    if ticket is not None:
        return reverse("admin:tickets_ticket_change", args=[ticket.pk])
    if handover is not None:
        return reverse("bekleyen", args=[handover])
    return reverse("kvkk_talepleri") if notice.data_request_id else ""


def _lines(notices: list[Notification]) -> list[str]:
    """What was told, oldest first: a danger once with how often it rang, of a clock only what holds now."""
    rung = [each for each in notices if each.kind == Kind.DANGER]
    lines = [f"{len(rung)} kez çaldı"] if len(rung) > 1 else []
    breaches = {each.breach.clock: each.breach for each in reversed(notices) if each.breach is not None}
    due = sorted(breaches.values(), key=lambda breach: breach.due_at)
    lines += [f"{breach.get_clock_display()} {breach.get_stage_display()}" for breach in due]
    if any(each.snooze_id for each in notices):
        lines.append("ertelemeniz doldu")
    # That a talk was given is the title of its notice.
    told = {each.kind for each in notices if not (each.handover_id and each.kind == Kind.WORK)}
    return lines + [said for kind, said in texts.OF_TICKET.items() if kind in told]


def _troubles(notices: list[Notification]) -> list[str]:
    unheard = any(each.unheard for each in notices)
    unsent = any(each.mail_error for each in notices)
    return ["kimseye ulaşmadı"] * unheard + ["e-posta gönderilemedi"] * unsent
