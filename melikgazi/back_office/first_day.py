"""The administrator's first day (ilk_gun): what has to be set up. A step is ticked by what was seen, never by hand."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localtime
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from departments.models import Department, Membership, Neighbourhood, Role, WorkingHours
from departments.staff.admin import is_administrator
from departments.working_time.duty import hours_without_duty, may_not_hear
from melikgazi.database.models import BackupRun
from melikgazi.observability import alarms
from tickets.files import virus_scan
from tickets.models import Drill, TicketEvent
from whatsapp.line_status import health
from whatsapp.models import Message, Outbox
from whatsapp.number import pace

ROSTER_AHEAD = timedelta(days=7)
ARRIVED = (Outbox.State.DELIVERED, Outbox.State.READ)
NAMED = 5  # of what is missing


@dataclass(frozen=True)
class SetupStep:
    """One thing to set up, whether it was seen to work, and by what, or what is missing."""

    title: str
    done: bool
    seen: str
    address: str = ""


def may_open(request: HttpRequest) -> bool:
    """Whether the user may open the page: administrators."""
    return is_administrator(request)


@never_cache
@require_safe
def first_day(request: HttpRequest) -> HttpResponse:
    if not may_open(request):
        raise PermissionDenied
    found = list(steps(timezone.now()))
    context = {
        "title": "İlk gün",
        "steps": found,
        "done": sum(step.done for step in found),
    }
    return render(request, "melikgazi/first_day.html", admin.site.each_context(request) | context)


def steps(now: datetime) -> Iterator[SetupStep]:
    """The steps in the order in which they are best done."""
    yield _number(now)
    yield _templates()
    yield _people()
    yield _hours()
    yield _roster(now)
    yield _boundaries()
    yield _drill()
    yield _answer()
    yield _alarms(now)
    yield _scanner()
    yield _backup()


def _number(now: datetime) -> SetupStep:
    came, left = Message.objects.exists(), Outbox.objects.filter(state__in=ARRIVED).exists()
    missing = [name for name, seen in (("gelen mesaj", came), ("vatandaşa ulaşan cevap", left)) if not seen]
    unsigned = health.unsigned_at(pace.current(), now)
    refused = f"G{health.UNSIGNED[1:]}. {health.UNSIGNED_REMEDY}" if unsigned else ""
    return SetupStep(
        "Numara bağlı",
        not missing and not refused,
        refused or f"Henüz yok: {', '.join(missing)}. Hatta bir mesaj yazın."
        if missing
        else "Mesaj geldi, cevabı ulaştı.",
        reverse("admin:whatsapp_channelstate_changelist"),
    )


def _templates() -> SetupStep:
    approved = Outbox.objects.filter(as_template=True, state__in=ARRIVED).exists()
    return SetupStep(
        "Şablonlar çalışıyor",
        approved,
        "Onaylı bir şablon vatandaşa ulaştı."
        if approved
        else "Henüz hiçbir şablon vatandaşa ulaşmadı. Meta’nın onayladıklarına bakın.",
        reverse("admin:whatsapp_textoverride_templates"),
    )


def _hours() -> SetupStep:
    own = WorkingHours.objects.filter(department=None).exists()
    return SetupStep(
        "Çalışma saatleri yazıldı",
        own,
        "Belediyenin saatleri tabloda." if own else "Tablo boş: bilinen mesai geçerli. Doğru olsa da yazın.",
        reverse("admin:departments_workinghours_changelist"),
    )


def _boundaries() -> SetupStep:
    unknown = Neighbourhood.objects.filter(boundary__isnull=True).count()
    return SetupStep(
        "Mahalle sınırları alındı",
        not unknown and Neighbourhood.objects.exists(),
        f"{unknown} mahallenin sınırı yok." if unknown else "Her mahallenin sınırı var.",
        reverse("admin:departments_neighbourhood_changelist"),
    )


def _drill() -> SetupStep:
    claimed = Drill.objects.filter(claimed_at__isnull=False).order_by("-id").first()
    return SetupStep(
        "Deneme tehlikesi üstlenildi",
        claimed is not None,
        f"{claimed.claimed_by} {claimed.claimed_after} saniyede üstlendi."
        if claimed
        else "Henüz üstlenilen bir tatbikat yok.",
        reverse("tatbikat"),
    )


def _answer() -> SetupStep:
    answered = Outbox.objects.filter(event__kind=TicketEvent.Kind.REPLIED, state__in=ARRIVED).exists()
    return SetupStep(
        "Bir vatandaşa cevap yazıldı",
        answered,
        "Bir görevlinin yazdığı, vatandaşa ulaştı." if answered else "Henüz bir görevlinin yazdığı ulaşmadı.",
        reverse("bekleyenler"),
    )


def _alarms(now: datetime) -> SetupStep:
    trouble = alarms.trouble(now)
    return SetupStep(
        "Alarmlar birine ulaşıyor",
        not trouble,
        trouble
        or "Prometheus ölçüleri okuyor, Alertmanager’ın alıcısı var. Bir kez deneyin: Valkey’i iki dakika durdurun.",
    )


def _scanner() -> SetupStep:
    unscanned = "" if settings.CLAMD_URL else virus_scan.NOT_SET
    unscanned = unscanned or virus_scan.trouble()
    return SetupStep(
        "Gelen dosyalar virüse karşı taranıyor", not unscanned, unscanned or "ClamAV yanıt veriyor."
    )


def _backup() -> SetupStep:
    tried = BackupRun.newest(BackupRun.Kind.VERIFICATION, succeeded=True)
    return SetupStep(
        "Yedek geri yüklendi",
        tried is not None,
        f"{localtime(tried.ended_at):%d.%m.%Y %H.%M}: {tried.detail}"
        if tried
        else "Henüz hiçbir yedek geri yüklenip denenmedi. Sunucuda: melikgazi-manage verify_backup DOSYA",
    )


def _people() -> SetupStep:
    """Somebody of each kind has signed in, and of each department that works a head."""
    known = User.objects.filter(is_active=True, last_login__isnull=False)
    missing = [
        str(role.label)
        for role in (Role.OPERATOR, Role.SUPERVISOR, Role.DPO)
        if not known.filter(memberships__role=role).exists()
    ]
    heads = Membership.objects.filter(role=Role.HEAD, user__in=known).values("department")
    unled = Department.objects.filter(active=True).exclude(pk__in=heads).order_by("name")
    missing += [f"{name} sorumlusu" for name in unled.values_list("name", flat=True)]
    more = f" ve {len(missing) - NAMED} kişi daha" if len(missing) > NAMED else ""
    return SetupStep(
        "Kişiler giriş yaptı",
        not missing,
        f"Giriş yapmadı: {', '.join(missing[:NAMED])}{more}."
        if missing
        else "Her görevden ve her birimden giren var.",
        reverse("admin:auth_user_changelist"),
    )


def _roster(now: datetime) -> SetupStep:
    gaps, deaf = hours_without_duty(now, now + ROSTER_AHEAD), may_not_hear(now, now + ROSTER_AHEAD)
    faults = [
        *(["önümüzdeki yedi günde nöbetçisiz saatler var"] if gaps else []),
        *[f"{user.get_full_name() or user.username}: {why}" for user, why in deaf[:NAMED]],
    ]
    return SetupStep(
        "Nöbet çizelgesi dolu",
        not faults,
        f"Eksik: {'; '.join(faults)}."
        if faults
        else "Yedi gün boyunca her saatin haberi duyan bir nöbetçisi var.",
        reverse("admin:departments_dutyshift_changelist"),
    )
