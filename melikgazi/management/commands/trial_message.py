from typing import Any

from django.core.management.base import BaseCommand, CommandError
from typing_extensions import override

from melikgazi.configuration import trial_message


class Command(BaseCommand):
    help = (
        "Uydurma bir iletiyi hattın bütün yolundan geçirir: webhook’un gövdesi, başvuru, vatandaşa giden cevap. Sonunda"
        " hepsi geri alınır: hiçbir satır kalmaz, hiçbir şey gönderilmez, kimseye bildirilmez."
    )

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            trial_message.send()
        except trial_message.TrialMessageError as error:
            raise CommandError(
                f"Deneme iletisi hattan geçmedi: {error}. Hattı bu sürümle başlatmayın: önceki sürümle sürdürün ve"
                " bu satırı sürümü verene iletin (docs/kurulum.md, Güncelleme)."
            ) from error
        if options["verbosity"] >= 1:
            self.stdout.write(
                "Deneme iletisi hattan geçti: başvurusu açıldı, cevabı yazıldı; hepsi geri alındı."
            )
