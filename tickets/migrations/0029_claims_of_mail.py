"""Mail is claimed before it is handed over: attempts, the moment of the next, and what went wrong."""

from django.db import migrations, models


def _claims(model: str) -> list[migrations.AddField]:
    fields = {
        "mail_attempts": models.PositiveSmallIntegerField("e-posta denemesi", default=0),
        "mail_next_at": models.DateTimeField("sıradaki e-posta denemesi", null=True, blank=True),
        "mail_error": models.CharField("e-posta hatası", max_length=80, blank=True, default=""),
    }
    return [migrations.AddField(model, name, field) for name, field in fields.items()]


class Migration(migrations.Migration):
    dependencies = [("tickets", "0027_unmessaged_notices")]

    operations = [*_claims("Notification"), *_claims("MonthlyReport")]
