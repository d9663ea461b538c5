"""Admin of webhooks and their calls, for superusers alone. A signing key is shown once, on the answer to its making."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from typing_extensions import override
from unfold.widgets import UnfoldAdminTextInputWidget

from departments.common.model_admin import ModelAdmin, ReadOnlyAdmin
from departments.staff.reauthentication import ReauthenticationMixin
from tickets.api_clients import webhooks
from tickets.api_clients.models.clients import Webhook, WebhookCall, new_secret
from tickets.back_office.shown_once import show_once


class WebhookForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's own form takes no type at run time
    secret = forms.CharField(
        label="İmza anahtarı",
        required=False,
        max_length=80,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text="Karşı sistemle paylaşılır. Boş bırakılırsa yeni webhook için üretilir, var olanınki değişmez.",
    )

    class Meta:
        model = Webhook
        fields = ("name", "department", "url", "active")

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        try:
            webhooks.check_address(url)
        except webhooks.AddressRefusedError as error:
            raise forms.ValidationError(str(error)) from error
        return url

    def clean_secret(self) -> str:
        secret: str = self.cleaned_data["secret"]
        try:
            usable = secret.startswith("whsec_") and len(webhooks.signing_key(secret)) >= 24
        except ValueError:
            usable = False
        if secret and not usable:
            raise forms.ValidationError(
                "whsec_ ile başlayan, base64 yazılmış en az 24 baytlık bir anahtar verin."
            )
        return secret


class _Superusers(ModelAdmin):
    @override
    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only superusers, although the roles may view every other table of tickets."""
        return bool(request.user.is_superuser)


@admin.register(Webhook)
class WebhookAdmin(ReauthenticationMixin, _Superusers):
    form = WebhookForm
    list_display = ("name", "department", "url", "active", "failures", "given_up_at")
    list_select_related = ("department",)
    ordering = ("name",)
    actions = ("send_trial", "renew_secret")

    @override
    def save_model(self, request: HttpRequest, obj: Webhook, form: Any, change: Any) -> None:
        """Saving resets failures and pauses, so that the webhook is called again, with all that it has missed."""
        was_given_up = obj.given_up_at is not None
        obj.failures, obj.next_at = 0, None
        if secret := form.cleaned_data["secret"]:
            obj.secret = secret
        super().save_model(request, obj, form, change)
        if was_given_up:
            count = webhooks.resume(obj, timezone.now())
            self.message_user(request, f"Vazgeçilmiş adres yeniden aranıyor: {count} bildirim sırada.")

    @override
    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        return _shown(request, obj)

    @admin.action(description="Deneme bildirimi gönder", permissions=["change"])
    def send_trial(self, request: HttpRequest, queryset: Any) -> None:
        for hook in queryset:
            self.message_user(request, f"{hook}: {webhooks.send_trial(hook, timezone.now())}")

    @admin.action(description="Yeni imza anahtarı üret (eskisi geçmez olur)", permissions=["change"])
    def renew_secret(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        if queryset.count() != 1:
            self.message_user(request, "Anahtarı yenilemek için bir tek webhook seçin.", messages.ERROR)
            return None
        hook = queryset.get()
        hook.secret = new_secret()
        hook.save(update_fields=["sealed_secret"])
        self.log_change(request, hook, "İmza anahtarı yenilendi.")
        return _shown(request, hook)


def _shown(request: HttpRequest, hook: Webhook) -> HttpResponse:
    return show_once(
        request,
        title=f"{hook}: imza anahtarı",
        secret=hook.secret,
        text="Karşı sistem, bildirimlerin bizden geldiğini bununla denetler.",
        back="admin:tickets_webhook_changelist",
    )


@admin.register(WebhookCall)
class WebhookCallAdmin(_Superusers, ReadOnlyAdmin):
    list_display = ("entry", "webhook", "state", "attempts", "due_at", "error")
    list_filter = ("state", "webhook")
    list_select_related = ("webhook",)
    ordering = ("-id",)
    actions = ("try_again", "replay")

    @admin.display(description="Kayıt no", ordering="event_id")
    def entry(self, call: WebhookCall) -> int:
        return call.event_id

    @admin.action(description="Ulaşmayanları yeniden dene")
    def try_again(self, request: HttpRequest, queryset: Any) -> None:
        count = webhooks.try_again(queryset, timezone.now())
        self.message_user(request, f"{count} bildirim yeniden denenecek.")

    @admin.action(description="Seçilenden sonra olan her şeyi yeniden bildir")
    def replay(self, request: HttpRequest, queryset: Any) -> None:
        if queryset.count() != 1:
            self.message_user(
                request, "Nereden başlanacağını gösteren bir tek bildirim seçin.", messages.ERROR
            )
            return
        call = queryset.select_related("webhook", "event").get()
        count = webhooks.replay(call.webhook, call.event.at, timezone.now())
        self.message_user(request, f"{count} bildirim yeniden gönderilecek.")
