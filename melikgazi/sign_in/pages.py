"""The pages of signing in and of one's own account."""

import logging
from typing import Any
from urllib.parse import urlencode

import segno
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import HASH_SESSION_KEY, authenticate
from django.contrib.auth.models import User
from django.contrib.auth.views import PasswordChangeView, PasswordResetConfirmView
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from typing_extensions import override

from departments.common.encryption import UnreadableSecretError
from departments.models import RecoveryCode, SignIn
from departments.staff import (
    invitations,
    known_devices,
    password_rules,
    reauthentication,
    second_factor,
    sessions,
    throttle,
)
from departments.staff.sessions import MissingStep
from melikgazi.sign_in import single_sign_on
from melikgazi.sign_in.forms import CodeForm, ForgottenForm, NewPasswordForm, ProofForm, TelephoneCodeForm
from melikgazi.sign_in.gate import arriving
from melikgazi.sign_in.passwords import locked_sentence, whence
from melikgazi.sign_in.steps import go_on, next_of
from tickets.api_clients.callers import count_call

log = logging.getLogger(__name__)

SHOWN = "sign_in_telephone"  # in the session: the device whose key it was shown
EITHER = require_http_methods(["GET", "HEAD", "POST"])


def _elsewhere(request: HttpRequest, to: str) -> HttpResponse:
    """Whoever opens the page of a step that is not theirs now."""
    user = arriving(request)
    if user is None or sessions.is_over(request):
        return redirect(f"{settings.LOGIN_URL}?{urlencode({'next': to})}")
    return go_on(request, user, to)


def _step(request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
    frame = admin.site.each_context(request) | {"title": title, "next": next_of(request)}
    return render(request, f"melikgazi/sign_in/{template}.html", frame | context)


@never_cache
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """User name and password; whoever has given them goes on with what is missing."""
    to, user = next_of(request), arriving(request)
    if request.method == "GET" and user and user.is_staff and not sessions.is_over(request):
        return go_on(request, user, to)
    offered = {"provider": settings.OIDC_NAME if settings.OIDC_ISSUER else "", "next": to}
    response = admin.site.login(request, offered)
    if request.method == "POST" and response.status_code == HttpResponseRedirect.status_code:
        signed_in: Any = request.user
        answer = go_on(request, signed_in, to)
        answer.cookies.update(response.cookies)  # among them the new secret of forms
        return answer
    return response


@require_POST
def sign_out(request: HttpRequest) -> HttpResponseBase:
    """Ends the session; at the provider of single sign-on, too, if it began there."""
    elsewhere = single_sign_on.sign_out_address(request)
    response = admin.site.logout(request)
    return HttpResponseRedirect(elsewhere) if elsewhere else response


@never_cache
@EITHER
def code(request: HttpRequest) -> HttpResponse:
    """Asks for the second factor."""
    user, to = arriving(request), next_of(request)
    if user is None or sessions.missing_step(request, user) is not MissingStep.CODE:
        return _elsewhere(request, to)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        refusal = _give_code(request, user, form.cleaned_data["code"])
        if refusal is None:
            return go_on(request, user, to)
        form.add_error("code", refusal)
    return _step(request, "code", "Doğrulama kodu", form=form)


def _give_code(request: HttpRequest, user: User, given: str) -> str | None:
    """Why the code does not count; None if it does, and then it has been given in this session."""
    entry = throttle.record_code(now=timezone.now(), **whence(request, user.get_username()))
    if entry.result == SignIn.Result.LOCKED:
        return locked_sentence()
    left = RecoveryCode.objects.filter(user=user).count()
    try:
        is_right = second_factor.verify(user, given)
    except UnreadableSecretError:
        log.exception("the key of a telephone cannot be read", extra={"user": user.pk})
        return "Telefonunuzun kaydı okunamıyor. Kurtarma kodu yazın ya da yöneticinizden onu sıfırlamasını isteyin."
    if not is_right:
        return "Kod yanlış ya da süresi geçti. Telefonunuzdaki yeni kodu yazın; her kod bir kez kullanılır."
    throttle.mark_successful(entry)
    sessions.give_second_factor(request)
    if (now_left := RecoveryCode.objects.filter(user=user).count()) < left:
        messages.warning(
            request, f"Kurtarma kodu kullanıldı, geriye {now_left} kod kaldı. Hesabım sayfasından yenileyin."
        )
    return None


@never_cache
@EITHER
def connect_telephone(request: HttpRequest) -> HttpResponse:
    """Enrolment: shows the key as a QR code, takes the first code, and shows the recovery codes once."""
    if settings.SECOND_FACTOR == second_factor.OFF:
        raise Http404
    user, to = arriving(request), next_of(request)
    step = sessions.missing_step(request, user) if user else MissingStep.SIGN_IN_AGAIN
    if user is None or step not in (None, MissingStep.ENROL):
        return _elsewhere(request, to)
    if request.method == "POST" and second_factor.is_connected(user, request.session.get(SHOWN)):
        return redirect("hesabim")  # the page of the recovery codes, loaded anew
    if step is None and not reauthentication.is_recent(request):
        return reauthentication.ask(request)
    form = TelephoneCodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if recovery := second_factor.confirm(user, form.cleaned_data["code"], request.session.get(SHOWN)):
            sessions.give_second_factor(request)
            response = _step(request, "recovery_codes", "Kurtarma kodlarınız", codes=recovery)
            known_devices.remember(request, response, user)
            return response
        form.add_error("code", "Kod tutmadı. Telefonun saati doğru mu? Uygulamadaki yeni kodu yazın.")
    device = second_factor.offered(user, request.session.get(SHOWN))
    request.session[SHOWN] = device.pk
    shown = {
        "form": form,
        "picture": segno.make(device.config_url, error="m").svg_data_uri(scale=5, light="#fff", border=3),
        "key": second_factor.key_in_groups(device),
        "is_obliged": step is MissingStep.ENROL,
    }
    return _step(request, "telephone", "Telefonunuzu bağlayın", **shown)


@never_cache
@require_POST
def new_recovery_codes(request: HttpRequest) -> HttpResponse:
    """Shows ten new recovery codes, once; the old ones count no more."""
    user = _signed_in(request)
    if user is None or not second_factor.is_asked_of(user):
        return _elsewhere(request, reverse("hesabim"))
    if not reauthentication.is_recent(request):
        return reauthentication.ask(request)
    codes = second_factor.new_recovery_codes(user)
    return _step(request, "recovery_codes", "Yeni kurtarma kodlarınız", codes=codes, next=reverse("hesabim"))


@never_cache
@EITHER
def first_password(request: HttpRequest) -> HttpResponse:
    """Whoever signed in with a password that somebody else chose chooses their own."""
    user, to = arriving(request), next_of(request)
    if user is None or sessions.missing_step(request, user) is not MissingStep.PASSWORD:
        return _elsewhere(request, to)
    form = NewPasswordForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        _password_chosen(request, form.save())
        messages.success(request, "Parolanız değişti.")
        return go_on(request, user, to)
    return _step(request, "new_password", "Kendi parolanızı seçin", form=form, is_first=True)


def _password_chosen(request: HttpRequest, user: User) -> None:
    """This session goes on, all others of the user end."""
    password_rules.chosen_by_themselves(user)
    request.session[sessions.FIRST] = False
    request.session.cycle_key()
    request.session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    sessions.keep(request, user)
    sessions.end_all(user, but=request.session.session_key)


class ChangePassword(PasswordChangeView):
    """One's own password, by the old one."""

    @override
    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    @override
    def form_valid(self, form: Any) -> HttpResponse:
        _password_chosen(self.request, form.save())
        messages.success(self.request, "Parolanız değişti; başka cihazlardaki oturumlarınız kapandı.")
        return HttpResponseRedirect(reverse("hesabim"))


def change_password(request: HttpRequest) -> HttpResponseBase:
    from melikgazi.sign_in.own_password import OwnPasswordForm

    frame = admin.site.each_context(request)
    return ChangePassword.as_view(form_class=OwnPasswordForm, extra_context=frame)(request)


@never_cache
@EITHER
def forgotten(request: HttpRequest) -> HttpResponse:
    """Has a link to choose a new password mailed; where no mail is sent, says who can help."""
    form = ForgottenForm(request.POST or None)
    sent = False
    if request.method == "POST" and settings.NOTICES_BY_EMAIL and form.is_valid():
        if count_call(request, "forgotten", throttle.FORGOTTEN_PER_MINUTE, timezone.now()).exceeded:
            form.add_error("email", "Çok sık denendi. Bir dakika sonra yeniden deneyin.")
        else:
            invitations.forgotten(form.cleaned_data["email"])
            sent = True
    shown = {"form": form, "sent": sent, "mails": settings.NOTICES_BY_EMAIL, "helper": settings.SIGN_IN_HELP}
    return _step(request, "forgotten", "Parolamı unuttum", **shown)


class ChoosePassword(PasswordResetConfirmView):
    """Where a link of `invitations` leads: one chooses a password, and the browser is known from then on."""

    template_name = "melikgazi/sign_in/new_password.html"
    form_class = NewPasswordForm
    success_url = reverse_lazy("admin:login")

    @override
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        frame = admin.site.each_context(self.request) | super().get_context_data(**kwargs)
        return frame | {"title": "Yeni parola", "helper": settings.SIGN_IN_HELP}

    @override
    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        user: Any = self.user
        password_rules.chosen_by_themselves(user)
        sessions.end_all(user)
        known_devices.remember(self.request, response, user)
        messages.success(self.request, f"Parolanız hazır. Kullanıcı adınız: {user.get_username()}")
        return response


@never_cache
@EITHER
def confirm(request: HttpRequest) -> HttpResponse:
    """Asks once more for the password or the second factor (departments.staff.reauthentication)."""
    user, to = _signed_in(request), next_of(request)
    if user is None:
        return _elsewhere(request, to)
    takes_code = second_factor.is_asked_of(user)
    form = ProofForm(request.POST or None, takes_code=takes_code)
    if request.method == "POST" and form.is_valid():
        refusal = _prove(request, user, form.cleaned_data["secret"], takes_code=takes_code)
        if refusal is None:
            reauthentication.confirm(request)
            return HttpResponseRedirect(to)
        form.add_error("secret", refusal)
    at_provider = single_sign_on.knows(user)
    return _step(
        request,
        "confirm",
        "Siz olduğunuzu doğrulayın",
        form=form if takes_code or user.has_usable_password() else None,
        provider=settings.OIDC_NAME if at_provider else "",
    )


def _prove(request: HttpRequest, user: User, secret: str, *, takes_code: bool) -> str | None:
    """Why the proof does not count; None if it does."""
    if takes_code and secret.replace(" ", "").isdigit() and len(secret.replace(" ", "")) == 6:
        return _give_code(request, user, secret)
    if authenticate(request, username=user.get_username(), password=secret) == user:
        return None
    locked = throttle.is_locked(now=timezone.now(), **whence(request, user.get_username()))
    return locked_sentence() if locked else "Doğru değil. Yeniden deneyin."


def _signed_in(request: HttpRequest) -> User | None:
    """Whoever is signed in altogether, as the person themselves."""
    return arriving(request) if request.user.is_authenticated else None


@never_cache
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """One's own account: password, second factor, sessions."""
    user = _signed_in(request)
    if user is None:
        return _elsewhere(request, reverse("hesabim"))
    context = {
        "title": "Hesabım",
        "person": user,
        "factor": settings.SECOND_FACTOR != second_factor.OFF,
        "enrolled_since": second_factor.enrolled_since(user),
        "codes_left": RecoveryCode.objects.filter(user=user).count(),
        "sessions": sessions.of(user),
        "here": request.session.session_key,
        "end": reverse("oturum_kapat"),
        "idle_minutes": settings.SESSION_IDLE_MINUTES,
        "max_hours": settings.SESSION_MAX_HOURS,
    }
    return render(request, "melikgazi/sign_in/account.html", admin.site.each_context(request) | context)


@require_POST
def end_session(request: HttpRequest) -> HttpResponse:
    """Ends one of one's own sessions, or all but this one."""
    user = _signed_in(request)
    if user is None:
        return _elsewhere(request, reverse("hesabim"))
    messages.success(request, sessions.end_chosen(user, request.POST, here=request.session.session_key))
    return redirect("hesabim")


@never_cache
@require_POST
def still_here(request: HttpRequest) -> HttpResponse:
    """Somebody types or clicks on a page that asks nothing: their session goes on. 403 if it has ended."""
    return HttpResponse(status=204 if request.user.is_authenticated else 403)
