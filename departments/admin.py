"""Django admin pages of the base data. Who sees them is in staff/role_permissions.py; only superusers change them."""

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.timezone import localdate, localtime
from typing_extensions import override
from unfold.admin import TabularInline

from departments.base_data.resources import (
    AgencyResource,
    CategoryResource,
    DepartmentResource,
    DutyResource,
    SpecialDayResource,
    WorkingHoursResource,
)
from departments.common.model_admin import ModelAdmin
from departments.danger_reader.kinds import kinds
from departments.danger_reader.models import DangerCorrection
from departments.organisation.models.categories import Category, CategoryQuestion, TargetVersion
from departments.organisation.models.departments import Agency, Department, DutyShift
from departments.places.models import Artery, Neighbourhood
from departments.routing.active_model import active_model
from departments.routing.models import Correction, GreyZone, RouterModel
from departments.routing.threshold_tuning_text import what_is_followed
from departments.spreadsheets.import_export import ImportExportAdmin
from departments.staff import audit_logs  # noqa: F401 - registers its pages
from departments.staff.admin import is_administrator, roles_of
from departments.working_time.duty import hours_without_duty, may_not_hear
from departments.working_time.duty_calendar import duty_weeks
from departments.working_time.entered_hours import calendar_of, in_words
from departments.working_time.models import SpecialDay, WorkingHours

NEXT_DAYS = timedelta(days=7)


class BaseDataAdmin(ModelAdmin):
    """Codes are read-only, since tickets and other systems refer to them; rows are deactivated, never deleted."""

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("code",) if obj else ()

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ListNoteAdmin(ModelAdmin):
    """A list with a sentence above it."""

    list_before_template = "departments/note.html"

    def note(self) -> str:
        raise NotImplementedError

    @override
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response: HttpResponse = super().changelist_view(
            request, {"note": self.note()} | (extra_context or {})
        )
        return response


@admin.register(Department)
class DepartmentAdmin(BaseDataAdmin, ImportExportAdmin):
    resource_classes = (DepartmentResource,)
    list_display = ("name", "code", "answers_directly", "active")
    list_filter = ("active", "answers_directly")
    search_fields = ("name", "code")
    ordering = ("code",)


class TargetVersionInline(TabularInline):  # type: ignore[misc]  # the same
    """The versions of a category's targets, read-only; changing the category's targets adds one."""

    model = TargetVersion
    fields = readonly_fields = ("valid_from", "first_action_hours", "resolution_days")
    ordering = ("-valid_from", "-id")
    can_delete = False

    @override
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class QuestionInline(TabularInline):  # type: ignore[misc]  # the same
    """The questions that applications ask with a category; which of them may change goes with the category."""

    model = CategoryQuestion
    extra = 0
    ordering = ("order",)


class GreyZoneInline(TabularInline):  # type: ignore[misc]  # the same
    model = GreyZone
    extra = 0


@admin.register(Category)
class CategoryAdmin(BaseDataAdmin, ImportExportAdmin):
    resource_classes = (CategoryResource,)
    list_display = ("name", "public_name", "department", "agency", "hours", "days", "sure_from", "active")
    list_filter = ("parent", "department", "agency", "place", "restricted", "active")
    list_select_related = ("parent", "department", "agency")
    search_fields = ("name", "code")
    ordering = ("parent__code", "code")
    inlines = (GreyZoneInline, QuestionInline, TargetVersionInline)

    @admin.display(description="İlk işlem (saat)", ordering="first_action_hours")
    def hours(self, category: Category) -> int | None:
        return category.first_action_hours if category.parent else None

    @admin.display(description="Çözüm (gün)", ordering="resolution_days")
    def days(self, category: Category) -> int | None:
        return category.resolution_days if category.parent else None


@admin.register(Agency)
class AgencyAdmin(BaseDataAdmin, ImportExportAdmin):
    resource_classes = (AgencyResource,)
    list_display = ("name", "code", "phone", "whatsapp", "numbers_confirmed_on")
    search_fields = ("name", "code")
    ordering = ("code",)


@admin.register(Neighbourhood)
class NeighbourhoodAdmin(BaseDataAdmin):
    list_display = ("name", "kind", "area_km2", "has_boundary")
    list_filter = ("kind",)
    search_fields = ("name", "code", "full_name")
    ordering = ("sort_key",)

    @admin.display(description="sınır var", boolean=True)
    def has_boundary(self, neighbourhood: Neighbourhood) -> bool:
        return bool(neighbourhood.boundary)


@admin.register(Artery)
class ArteryAdmin(ListNoteAdmin, BaseDataAdmin):
    """Arteries come from `import_arteries`; their width and agency can be corrected here."""

    @override
    def note(self) -> str:
        return (
            "Ana arterler coğrafi bilgi sisteminden alınan GeoJSON çizgileridir: bin/manage import_arteries DOSYA. "
            "Konumu bir arterin üzerinde olan yol başvuruları sorumlu kuruma önerilir."
        )

    list_display = ("name", "agency", "width_m")
    list_filter = ("agency",)
    list_select_related = ("agency",)
    search_fields = ("name",)
    ordering = ("name",)
    fields = ("name", "agency", "width_m")

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("name",)

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_administrator(request)


class CalendarAdmin(ModelAdmin):
    """Changed hours and days apply from the moment they are saved; due times computed before stay as they are."""

    list_filter = ("department",)
    list_select_related = ("department",)


@admin.register(WorkingHours)
class WorkingHoursAdmin(ListNoteAdmin, CalendarAdmin, ImportExportAdmin):
    @override
    def note(self) -> str:
        """The hours that hold where nothing is entered: an empty table is not a municipality without hours."""
        own = [
            row.name
            for row in Department.objects.filter(working_hours__isnull=False).distinct().order_by("name")
        ]
        entered = WorkingHours.objects.filter(department=None).exists()
        source = "" if entered else " (burada satırı olmadığı için bilinen mesai)"
        others = f" Kendi saatleri olanlar: {', '.join(own)}." if own else " Şimdi hepsi bunlarla çalışıyor."
        return (
            f"Kendi satırı olmayan müdürlükler için geçerli saatler{source}: {in_words(calendar_of(None))}."
            f"{others} Bir müdürlüğe bir satır yazılınca yazılmayan günleri kapalı sayılır."
        )

    resource_classes = (WorkingHoursResource,)
    list_display = ("department", "weekday", "opens", "closes")
    list_display_links = ("weekday",)
    ordering = ("department__code", "weekday", "opens")


@admin.register(SpecialDay)
class SpecialDayAdmin(CalendarAdmin, ImportExportAdmin):
    resource_classes = (SpecialDayResource,)
    list_display = ("day", "name", "department", "opens", "closes")
    search_fields = ("name",)
    date_hierarchy = "day"
    ordering = ("-day", "department__code")


class NoAddAdmin(ModelAdmin):
    """Rows that the router writes: people may deactivate or delete them, not add any."""

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(RouterModel)
class RouterModelAdmin(ListNoteAdmin, NoAddAdmin):
    @override
    def note(self) -> str:
        facts = active_model().metadata
        share = f"{100 * facts.scores.get('department', 0):.1f}".replace(".", ",")
        return (
            f"Çalışan model: {facts.version}, ayrılmış iletilerde müdürlük isabeti %{share}. "
            "Düzeltmelerden öğrenmek için: bin/manage train_router. Yeni model yalnız düzeltmeler tutarlıysa ve "
            "eskiden bulunanlar yine bulunuyorsa kullanılır; bir modelin “kullanımda” işareti kaldırılınca öncekine "
            f"dönülür. {' '.join(what_is_followed())}"
        )

    list_display = ("version", "created_at", "corrections", "department_score", "category_score", "active")
    fields = ("version", "created_at", "corrections", "lessons", "scores", "active")
    readonly_fields = fields[:-1]
    ordering = ("-id",)

    @admin.display(description="müdürlük isabeti")
    def department_score(self, row: RouterModel) -> str:
        return f"%{100 * row.scores['department']:.1f}"

    @admin.display(description="kategori isabeti")
    def category_score(self, row: RouterModel) -> str:
        return f"%{100 * row.scores['category']:.1f}"


@admin.register(Correction)
class CorrectionAdmin(NoAddAdmin):
    list_display = ("at", "said", "category", "text", "model_version")
    fields = readonly_fields = ("at", "said", "category", "text", "kind", "urgent", "model_version")
    list_filter = ("category", "model_version")
    list_select_related = ("category",)
    search_fields = ("text",)
    ordering = ("-id",)


@admin.register(DangerCorrection)
class DangerCorrectionAdmin(NoAddAdmin):
    list_display = ("at", "said", "right", "text")
    fields = readonly_fields = ("at", "said", "right", "text", "user")
    list_filter = ("said_level", "level", "kind")
    search_fields = ("text",)
    ordering = ("-id",)

    @admin.display(description="okunan")
    def said(self, row: DangerCorrection) -> str:
        return _named(row.get_said_level_display(), row.said_kind)

    @admin.display(description="doğrusu")
    def right(self, row: DangerCorrection) -> str:
        return _named(row.get_level_display(), row.kind)


@admin.register(DutyShift)
class DutyShiftAdmin(ListNoteAdmin, ImportExportAdmin):
    """Who is notified of danger and when. A night or a weekend is one row from its first to its last minute."""

    list_before_template = "departments/duty_weeks.html"

    @override
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        weeks = {"weeks": duty_weeks(localdate())}
        response: HttpResponse = super().changelist_view(request, weeks | (extra_context or {}))
        return response

    @override
    def note(self) -> str:
        now = timezone.now()
        people = may_not_hear(now, now + NEXT_DAYS)
        named = ", ".join(f"{user.get_full_name() or user.username} ({why})" for user, why in people)
        warning = f" Nöbeti olup da haberi duymayabilecekler: {named}." if named else ""
        gaps = hours_without_duty(now, now + NEXT_DAYS)
        if not gaps:
            return f"Önümüzdeki 7 günün her saatinde bütün birimler için bir nöbetçi yazılı.{warning}"
        hours = "; ".join(
            f"{localtime(starts):%d.%m.%Y %H.%M} – {localtime(ends):%d.%m.%Y %H.%M}" for starts, ends in gaps
        )
        return f"Önümüzdeki 7 günde bütün birimler için nöbetçisi olmayan saatler: {hours}.{warning}"

    resource_classes = (DutyResource,)

    list_display = ("user", "full_name", "roles", "starts_at", "ends_at", "department")
    list_filter = ("department", "user")
    list_select_related = ("user", "department")
    date_hierarchy = "starts_at"
    ordering = ("-starts_at", "user__username")
    actions = ("repeat_next_week",)

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[DutyShift]:
        shifts: QuerySet[DutyShift] = super().get_queryset(request)
        return shifts.prefetch_related("user__memberships__department")

    @admin.display(description="ad soyad")
    def full_name(self, shift: DutyShift) -> str:
        return shift.user.get_full_name()

    @admin.display(description="görevler")
    def roles(self, shift: DutyShift) -> str:
        return roles_of(shift.user)

    @override
    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "user":
            kwargs["queryset"] = User.objects.filter(is_active=True, is_staff=True).order_by("username")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.action(description="Bir hafta sonrası için yinele", permissions=["add"])
    def repeat_next_week(self, request: HttpRequest, queryset: QuerySet[DutyShift]) -> None:
        week = timedelta(days=7)
        shifts = [
            DutyShift(
                user_id=shift.user_id,
                department_id=shift.department_id,
                starts_at=shift.starts_at + week,
                ends_at=shift.ends_at + week,
            )
            for shift in queryset
        ]
        before = DutyShift.objects.count()
        DutyShift.objects.bulk_create(shifts, ignore_conflicts=True)
        added = DutyShift.objects.count() - before
        messages.success(request, f"{added} nöbet bir hafta sonrası için eklendi.")


def _named(level: str, key: str) -> str:
    """The level, and the kind of danger where there is one."""
    kind = kinds().get(key)
    return f"{level}: {kind.name}" if kind else level
