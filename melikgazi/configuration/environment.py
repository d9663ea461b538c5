"""Environment variables for the settings: a missing or invalid one ends the program with one sentence."""

from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from typing_extensions import override

ON, OFF = ("on", "true", "yes", "1"), ("off", "false", "no", "0")


class SettingError(SystemExit):
    """A missing or invalid required variable. Python prints the message without a traceback and exits with 1."""


class Environment(environ.Env):  # type: ignore[misc]  # django-environ is not typed
    """Variables by name; a blank one counts as unset. Messages never show a value, which may be a secret."""

    @override
    def get_value(self, var: str, cast: Any = None, default: Any = environ.Env.NOTSET, **options: Any) -> Any:
        text = self._text(var)
        if not text and default is self.NOTSET:
            raise SettingError(
                f"Ayar eksik: {var}. Değerini ortam değişkeni olarak verin (.env.example anlatır)."
            )
        if not text:
            return default
        if cast is bool and text.lower() not in ON + OFF:
            raise SettingError(f"Ayar anlaşılmadı: {var}. Şunlardan biri olmalı: {', '.join(ON + OFF)}.")
        try:
            return self.parse_value(text, cast) if cast else text
        except (ImproperlyConfigured, ValueError):
            raise SettingError(f"Ayar anlaşılmadı: {var}. Sayı bekleniyordu.") from None

    def _text(self, var: str) -> str:
        """What the variable holds, or the file that VAR_FILE names; empty for neither."""
        text: str = self.ENVIRON.get(var, "").strip()
        name: str = self.ENVIRON.get(f"{var}_FILE", "").strip()
        if text and name:
            raise SettingError(f"{var} ile {var}_FILE birlikte verilmiş; birini silin.")
        if not name:
            return text
        try:
            return Path(name).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise SettingError(f"Ayar okunamadı: {var}_FILE, {name} dosyası.") from None

    @override
    def db_url(self, var: str, *args: Any, **options: Any) -> dict[str, Any]:
        """A database URL; PostgreSQL alone, for SKIP LOCKED, partial indexes and trigrams."""
        form = f"Ayar anlaşılmadı: {var}. Biçimi: postgres://kullanıcı:parola@sunucu:5432/veritabanı"
        if not self.str(var).startswith(("postgres://", "postgresql://")):
            raise SettingError(form)
        try:
            return dict(super().db_url(var, *args, **options))
        except (ImproperlyConfigured, ValueError):
            raise SettingError(form) from None

    def one_of(self, var: str, *choices: str) -> str:
        """One of the choices; the first one where the variable is unset."""
        found: str = self.get_value(var, default=choices[0])
        if found not in choices:
            raise SettingError(f"Ayar anlaşılmadı: {var}. Şunlardan biri olmalı: {', '.join(choices)}.")
        return found

    def words(self, var: str, default: list[str] | None = None) -> list[str]:
        """A comma separated list; spaces around its parts are removed."""
        text = self.get_value(var, default=self.NOTSET if default is None else ",".join(default))
        return [word.strip() for word in text.split(",") if word.strip()]

    def roles(self, var: str, default: list[str]) -> dict[str, tuple[str, str]]:
        """Pairs `group=role` or `group=role:DEPARTMENT`, comma separated: each group with its role and department."""
        found = {}
        for pair in self.words(var, default=default):
            group, equals, role = pair.rpartition("=")
            if not (equals and group.strip() and role.strip()):
                raise SettingError(f"Ayar anlaşılmadı: {var}. Biçimi: grup=operator, öbür grup=head:FEN")
            name, _, department = role.partition(":")
            found[group.strip()] = (name.strip(), department.strip())
        return found
