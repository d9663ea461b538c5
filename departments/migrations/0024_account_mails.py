import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("departments", "0023_row_failures"),
    ]

    operations = [
        migrations.CreateModel(
            name="AccountMail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address", models.EmailField(blank=True, default="", max_length=254, verbose_name="yazılan adres")),
                ("at", models.DateTimeField(verbose_name="zaman")),
                ("mailed_at", models.DateTimeField(blank=True, null=True, verbose_name="e-posta gönderildi")),
                ("mail_attempts", models.PositiveSmallIntegerField(default=0, verbose_name="e-posta denemesi")),
                ("mail_next_at", models.DateTimeField(blank=True, null=True, verbose_name="sıradaki e-posta denemesi")),
                ("mail_error", models.CharField(blank=True, default="", max_length=80, verbose_name="e-posta hatası")),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="account_mails",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="kullanıcı",
                    ),
                ),
            ],
            options={
                "verbose_name": "parola e-postası",
                "verbose_name_plural": "parola e-postaları",
                "indexes": [
                    models.Index(
                        models.F("at"),
                        condition=models.Q(("mailed_at__isnull", True)),
                        name="account_mail_to_mail",
                    )
                ],
            },
        ),
    ]
