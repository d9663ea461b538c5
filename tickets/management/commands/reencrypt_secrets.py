from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import Model
from typing_extensions import override

from departments.common.encryption import UnreadableSecretError, reencrypt
from departments.models import Telephone
from tickets.api_clients.models.clients import Webhook


class Command(BaseCommand):
    help = (
        "Saklanan imza ve telefon anahtarlarını ENCRYPTION_KEYS listesinin ilk anahtarıyla yeniden şifreler."
    )

    @override
    @transaction.atomic
    def handle(self, *_args: Any, **_options: Any) -> None:
        done = _seal_anew(Webhook, "sealed_secret") + _seal_anew(Telephone, "sealed_key")
        self.stdout.write(
            f"{done} anahtar yeniden şifrelendi; listedeki ilk anahtardan sonrakiler silinebilir."
        )


def _seal_anew(table: type[Model], column: str) -> int:
    rows = list(table._default_manager.select_for_update(of=("self",)).order_by("pk"))
    for row in rows:
        try:
            setattr(row, column, reencrypt(getattr(row, column)))
        except UnreadableSecretError as error:
            raise CommandError(f"{row}: {error}") from None
        row.save(update_fields=[column])
    return len(rows)
