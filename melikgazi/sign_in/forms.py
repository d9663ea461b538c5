"""The forms of the sign-in pages."""

from typing import Any

from django import forms
from django.contrib.auth.forms import PasswordResetForm, SetPasswordForm
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from typing_extensions import override
from unfold.widgets import BASE_INPUT_CLASSES

_LOOKS = " ".join(BASE_INPUT_CLASSES)


def _field(label: str, help_text: str = "", **attributes: str) -> forms.CharField:
    kind = forms.PasswordInput if attributes.get("type") == "password" else forms.TextInput
    return forms.CharField(
        label=label, help_text=help_text, max_length=200, widget=kind({"class": _LOOKS, **attributes})
    )


class CodeForm(forms.Form):
    """One code: the telephone's, or a recovery code."""

    code = _field("Kod", autocomplete="one-time-code", autofocus="", spellcheck="false")


class TelephoneCodeForm(forms.Form):
    """The first code that a newly connected telephone shows."""

    code = _field("Uygulamanın gösterdiği 6 rakam", autocomplete="one-time-code", inputmode="numeric")


class ProofForm(forms.Form):
    """The password, or the second factor's code, once more."""

    secret = _field("Parolanız", type="password", autocomplete="current-password", autofocus="")

    def __init__(self, *args: Any, takes_code: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if takes_code:
            self.fields["secret"].label = "Parolanız ya da telefonunuzdaki kod"


class NewPasswordForm(SetPasswordForm):  # type: ignore[type-arg]  # generic for the type checker alone
    """A new password, twice, that is not the one before."""

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        for name in ("new_password1", "new_password2"):
            self.fields[name].widget.attrs["class"] = _LOOKS

    @override
    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        chosen = cleaned.get("new_password1")
        if chosen and self.user.check_password(chosen):
            raise ValidationError("Yeni parola öncekinin aynısı olamaz.")
        return cleaned


class ForgottenForm(PasswordResetForm):
    """The e-mail address of whoever forgot their password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].widget.attrs |= {"class": _LOOKS, "autofocus": ""}
        self.fields["email"].label = "Hesabınızdaki e-posta adresi"
