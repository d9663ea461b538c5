"""Links with which somebody chooses a password of their own: an invitation, or after the old one was forgotten.

A link works once, and for a day (invitation_lifetime.py). A page only leaves a row (AccountMail); the worker that mails
it makes the link. So no page waits for a mail server, and none tells by its time whether an address is known.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.forms import PasswordResetForm
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from departments.staff.models import AccountMail

KEPT = timedelta(days=1)  # a mail that waits; afterwards the user requests another link


@dataclass(frozen=True)
class Invited:
    """`link` is None where it goes by mail; else the administrator hands it over, for the reason in `why`."""

    user: User
    link: str | None = None
    why: str = ""


def link_for(user: User) -> str:
    """The whole address of the page where this person chooses a password; a worker has none of the pages' addresses."""
    key = urlsafe_base64_encode(force_bytes(user.pk))
    return f"{settings.PUBLIC_URL}/admin/giris/parola/{key}/{default_token_generator.make_token(user)}/"


def why_no_mail(user: User) -> str:
    """Why no invitation can be mailed to somebody; empty where it can."""
    if not settings.NOTICES_BY_EMAIL:
        return "bu kurulumda e-posta kapalı"
    return "" if user.email else "e-posta adresi yok"


def invite(user: User) -> Invited:
    """Has a link to choose their password mailed to somebody; where that cannot be, the link comes back, to be handed
    over."""
    if why := why_no_mail(user):
        return Invited(user, link_for(user), why)
    AccountMail.objects.create(user=user, at=timezone.now())
    return Invited(user)


def forgotten(address: str) -> None:
    """Queue a link for the account with this address. The work is the same where no account has it."""
    AccountMail.objects.create(address=address, at=timezone.now())


def failure_of(user: User) -> str:
    """Why the last invitation has not been mailed so far; empty where it was, or nobody has tried."""
    last = AccountMail.objects.filter(user=user).order_by("-pk").first()
    return last.mail_error if last is not None and last.mailed_at is None else ""


def to_mail(now: datetime) -> QuerySet[AccountMail]:
    """The mails of the last day that have not left."""
    return AccountMail.objects.filter(mailed_at=None, at__gt=now - KEPT)


def compose(row: AccountMail) -> EmailMessage | None:
    """The mail, its link made now; None where nobody has the address, or the person may no longer sign in."""
    if row.user is not None:
        if not (row.user.is_active and row.user.email):
            return None
        return EmailMessage("Çözüm Hattı’na davet", _invitation(row.user), to=[row.user.email])
    users = list(PasswordResetForm().get_users(row.address))
    if not users:
        AccountMail.objects.filter(pk=row.pk).update(address="")
        return None
    text = "\n".join(_new_password(user) for user in users)
    return EmailMessage("Çözüm Hattı: yeni parola", text, to=[users[0].email])


def forget(now: datetime) -> None:
    """Deletes the mails that have left, and those of a day ago."""
    AccountMail.objects.filter(Q(mailed_at__isnull=False) | Q(at__lte=now - KEPT)).delete()


def _new_password(user: User) -> str:
    return (
        f"Merhaba {user.get_full_name() or user.get_username()},\n\n"
        f"Yeni parolanızı şu sayfada seçin:\n\n{link_for(user)}\n\n"
        f"Kullanıcı adınız: {user.get_username()}\n"
        "Bağlantı bir gün geçerlidir ve bir kez kullanılır. Siz istemediyseniz bir şey yapmanız gerekmez; parolanız "
        "değişmez.\n"
    )


def _invitation(user: User) -> str:
    return (
        f"Merhaba {user.get_full_name() or user.get_username()},\n\n"
        "Melikgazi Belediyesi Çözüm Hattı’nda sizin için hesap açıldı. Parolanızı şu sayfada kendiniz seçin:\n\n"
        f"{link_for(user)}\n\n"
        f"Kullanıcı adınız: {user.get_username()}\n"
        "Bağlantı bir gün geçerlidir ve bir kez kullanılır. Bu iletiyi beklemiyorduysanız yöneticinize haber verin.\n"
    )
