"""Admin pages of staff accounts and their roles, for administrators; the logs of what they did: audit_logs.py."""

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.views.decorators.cache import never_cache
from django_otp.plugins.otp_totp.models import TOTPDevice
from typing_extensions import override
from unfold.admin import TabularInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from departments.common.model_admin import ModelAdmin
from departments.organisation.models.departments import Membership
from departments.spreadsheets.import_export import ImportExportAdmin
from departments.staff import invitations, password_rules, reauthentication, second_factor, sessions
from departments.staff.import_export import PersonResource, require_own_access
from departments.staff.models import RecoveryCode
from departments.staff.reauthentication import ReauthenticationMixin, recently_authenticated
from departments.staff.role_permissions import match_groups

EXPLAINED = {
    "email": ("E-posta", "Bildirimler bu adrese gider."),
    "is_active": ("Çalışıyor", "Ayrılan kişide kaldırın; silmeyin, yaptıkları adıyla kalır."),
    "is_staff": ("Yönetim sayfalarına girer", ""),
    "is_superuser": ("Yönetici", "Her sayfayı ve her başvuruyu görür ve değiştirir, kişilere görev verir."),
}

LEFT_EMPTY = (
    "Boş bırakın: kişiye, parolasını kendisinin seçeceği bir bağlantı gider. "
    "Yazarsanız ilk girişte kendisi değiştirir."
)

admin.site.unregister(User)
admin.site.unregister(TOTPDevice)  # django-otp's own page would show every key at any time
admin.site.unregister(
    Group
)  # the groups are those of the roles (role_permissions.py); nobody edits them by hand


def is_administrator(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)


def roles_of(user: User) -> str:
    """Somebody's roles in words, with the departments of those that have one."""
    held = [
        f"{each.get_role_display()}" + (f" ({each.department.code})" if each.department else "")
        for each in user.memberships.all()
    ]
    return ", ".join(["yönetici", *held] if user.is_superuser else held)


class AdministratorsOnly:
    """Admin mixin: administrators alone may see and write, whatever permissions somebody holds."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_administrator(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django passes it
        return is_administrator(request)

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission


class NewPersonForm(UserCreationForm):  # type: ignore[misc]  # unfold has no type hints
    """A new person, invited to choose a password; or with a first one that they have to change."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("usable_password", None)
        for name in ("password1", "password2"):
            self.fields[name].required = False
        self.fields["password1"].label = "İlk parola (gerekmez)"
        self.fields["password1"].help_text = LEFT_EMPTY

    @override
    def validate_passwords(self, *args: Any, **kwargs: Any) -> None:
        if self.cleaned_data.get("password1") or self.cleaned_data.get("password2"):
            super().validate_passwords(*args, **kwargs)
        else:
            self.cleaned_data["set_usable_password"] = False


class PersonForm(UserChangeForm):  # type: ignore[misc]  # the same
    """Somebody's account; `by` is the administrator who has it open."""

    by: User

    @override
    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        kept = all(cleaned.get(name, True) for name in ("is_active", "is_staff", "is_superuser"))
        require_own_access(self.instance, by=self.by, kept=kept)
        return cleaned


class MembershipInline(AdministratorsOnly, TabularInline):  # type: ignore[misc]  # unfold has no type hints
    model = Membership
    extra = 0

    @override
    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The heads of the columns are no labels, so each field has its name by itself."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            inner = getattr(field.widget, "widget", field.widget)
            inner.attrs["aria-label"] = db_field.verbose_name
        return field


@admin.register(User)
class PersonAdmin(
    AdministratorsOnly,
    ReauthenticationMixin,
    DjangoUserAdmin,  # type: ignore[type-arg]  # none at run time
    ModelAdmin,
    ImportExportAdmin,
):
    """A person and their roles on one page. Pages and tickets follow from the roles, so no permission is given here."""

    resource_classes = (PersonResource,)
    form = PersonForm
    add_form = NewPersonForm
    change_password_form = AdminPasswordChangeForm
    inlines = (MembershipInline,)
    list_display = ("username", "full_name", "email", "roles", "last_login", "is_active")
    list_filter = ("is_active", "memberships__role", "memberships__department", "is_superuser")
    search_fields = ("username", "first_name", "last_name", "email")
    ordering = ("username",)
    filter_horizontal = ()
    readonly_fields = ("summary", "sign_in")
    actions = ("invite",)
    fieldsets = (
        ("Özet", {"fields": ("summary", "sign_in")}),
        ("Kişi", {"fields": ("username", "first_name", "last_name", "email")}),
        (
            "Dikkat isteyenler",
            {
                "description": "Bunlar kişinin ne görüp ne yapabildiğini hemen değiştirir.",
                "fields": ("password", "is_active", "is_staff", "is_superuser"),
            },
        ),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("username",)}),
        ("Kişi", {"fields": ("first_name", "last_name", "email")}),
        ("Parola", {"fields": ("password1", "password2")}),
    )

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("memberships__department")

    @admin.display(description="kısaca")
    def summary(self, row: User) -> str:
        """What one wants to know first: roles, whether they work here, sign-ins, the second factor, open sessions."""
        facts = [
            roles_of(row) or "görevi yok",
            "çalışıyor" if row.is_active else "ayrıldı",
            f"son giriş {localtime(row.last_login):%d.%m.%Y %H.%M}" if row.last_login else "hiç girmedi",
            "ikinci adımı bağlı" if second_factor.enrolled_since(row) else "ikinci adımı bağlı değil",
            f"{len(sessions.of(row))} açık oturum",
            f"{localtime(row.date_joined):%d.%m.%Y} tarihinde eklendi",
        ]
        return " · ".join(facts)

    @override
    def get_inlines(self, request: HttpRequest, obj: User | None = None) -> Any:
        return self.inlines

    @override
    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.by = request.user  # type: ignore[attr-defined]  # the class is made for this request
        for name, (label, text) in EXPLAINED.items():
            if name in form.base_fields:
                form.base_fields[name].label, form.base_fields[name].help_text = label, text
        return form

    @override
    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        obj.is_staff = obj.is_staff or not change  # whoever is added here is to sign in here
        super().save_model(request, obj, form, change)

    @override
    def response_add(self, request: HttpRequest, obj: User, post_url_continue: Any = None) -> HttpResponse:
        """Whoever is added without a password is invited; a first password is to be changed."""
        if obj.has_usable_password():
            password_rules.chosen_by_another([obj])
        else:
            self._invite(request, obj)
        response: HttpResponse = super().response_add(request, obj, post_url_continue)
        return response

    @override
    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """A password that an administrator sets is a first one: changed at the next sign-in, all sessions ended."""
        if not reauthentication.is_recent(request):
            return reauthentication.ask(request)
        person = self.get_object(request, id)
        before = person.password if person else ""
        response: HttpResponse = super().user_change_password(request, id, form_url)
        person = self.get_object(request, id)
        if person and person.password != before:
            if person != request.user and person.has_usable_password():
                password_rules.chosen_by_another([person])
            sessions.keep(request, cast("User", request.user))  # the key of this session has changed
            sessions.end_all(person, but=request.session.session_key)
        return response

    @override
    def get_urls(self) -> list[Any]:
        page = self.admin_site.admin_view(never_cache(self.sign_in_page))
        return [path("<int:key>/giris/", page, name="auth_user_sign_in"), *super().get_urls()]

    def sign_in_page(self, request: HttpRequest, key: int) -> HttpResponse:
        """Somebody's invitation, second factor and sessions; each act of an administrator is logged."""
        person = get_object_or_404(User, pk=key)
        if not self.has_change_permission(request, person):
            raise PermissionDenied
        if request.method == "POST" and not reauthentication.is_recent(request):
            return reauthentication.ask(request)
        invited = self._act(request, person) if request.method == "POST" else None
        if request.method == "POST" and invited is None:
            return redirect("admin:auth_user_sign_in", key)
        context = {
            "title": f"{person.get_full_name() or person.get_username()}: giriş",
            "person": person,
            "must_change": password_rules.must_change(person),
            "enrolled_since": second_factor.enrolled_since(person),
            "codes_left": RecoveryCode.objects.filter(user=person).count(),
            "sessions": sessions.of(person),
            "by_mail": not invitations.why_no_mail(person),
            "not_mailed": invitations.failure_of(person),
            "end": request.path,
            "invited": invited,
        }
        return render(
            request, "departments/person_sign_in.html", self.admin_site.each_context(request) | context
        )

    def _act(self, request: HttpRequest, person: User) -> invitations.Invited | None:
        """Does what the page's form asks for; an invitation comes back where its link has to be shown."""
        act = request.POST.get("act", "")
        if act == "invite":
            return self._invite(request, person, shows_link=True)
        if act == "link":
            self.log_change(request, person, "Davet bağlantısı gösterildi.")
            return invitations.Invited(person, invitations.link_for(person), invitations.failure_of(person))
        if act == "reset":
            second_factor.reset(person)
            sessions.end_all(person)
            done = "İkinci adım sıfırlandı; oturumları kapatıldı."
        else:
            done = sessions.end_chosen(person, request.POST, here=request.session.session_key)
        self.log_change(request, person, done)
        messages.success(request, done)
        return None

    def _invite(
        self, request: HttpRequest, person: User, *, shows_link: bool = False
    ) -> invitations.Invited | None:
        invited = invitations.invite(person)
        if invited.link is None:
            self.log_change(request, person, "Davet e-postası sıraya kondu.")
            messages.success(request, f"Davet birazdan {person.email} adresine gider.")
        elif shows_link:
            self.log_change(request, person, "Davet bağlantısı gösterildi.")
            return invited
        else:
            self.log_change(request, person, f"Davet gönderilemedi: {invited.why}.")
            messages.warning(
                request,
                format_html(
                    "{} davet edilemedi: {}. Bağlantıyı {} sayfasından alıp kendiniz iletin.",
                    person.get_username(),
                    invited.why,
                    self.sign_in(person),
                ),
            )
        return None

    @admin.action(description="Seçilenleri davet et (parolalarını kendileri seçer)")
    def invite(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for person in queryset.filter(is_active=True):
            self._invite(request, person)

    @override
    def export_action(self, request: HttpRequest) -> HttpResponse:
        """A file of people is personal data."""
        response: HttpResponse = recently_authenticated(super().export_action)(request)  # type: ignore[assignment]
        return response

    @admin.display(description="giriş ve oturumlar")
    def sign_in(self, user: User) -> str:
        if not user.pk:
            return ""
        address = reverse("admin:auth_user_sign_in", args=[user.pk])
        return format_html('<a class="underline" href="{}">Davet, ikinci adım, açık oturumlar</a>', address)

    @override
    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        match_groups(form.instance)

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="ad soyad")
    def full_name(self, user: User) -> str:
        return user.get_full_name()

    @admin.display(description="görevler")
    def roles(self, user: User) -> str:
        return roles_of(user)


@admin.register(Membership)
class MembershipAdmin(ReauthenticationMixin, ModelAdmin):
    """The roles of staff: readable by all, written by administrators alone, since a role grants access to tickets."""

    list_display = ("user", "role", "department")
    list_filter = ("role", "department")
    list_select_related = ("user", "department")
    search_fields = ("user__username", "user__first_name", "user__last_name")
    ordering = ("user__username",)

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("user",) if obj else ()

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_administrator(request)

    @override
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_administrator(request)

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_administrator(request)

    @override
    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        match_groups(obj.user)

    @override
    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        super().delete_model(request, obj)
        match_groups(obj.user)

    @override
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        users = list(User.objects.filter(memberships__in=queryset).distinct())
        super().delete_queryset(request, queryset)
        for user in users:
            match_groups(user)
