import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("departments", "0015_lessons"),
    ]

    operations = [
        migrations.CreateModel(
            "ImportJob",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("table", models.CharField(max_length=100, verbose_name="tablo")),
                ("name", models.CharField(max_length=200, verbose_name="dosya")),
                ("form", models.CharField(max_length=4, verbose_name="biçim")),
                ("content", models.BinaryField(verbose_name="içerik")),
                ("state", models.CharField(choices=[("waiting", "Sırada"), ("checking", "Denetleniyor"), ("checked", "Onayınızı bekliyor"), ("confirmed", "Sırada"), ("applying", "Alınıyor"), ("done", "Alındı"), ("refused", "Alınmadı"), ("cancelled", "İptal edildi")], default="waiting", max_length=9, verbose_name="durum")),
                ("rows", models.PositiveIntegerField(null=True, verbose_name="satır")),
                ("done", models.PositiveIntegerField(default=0, verbose_name="işlenen")),
                ("totals", models.JSONField(default=dict, verbose_name="sayılar")),
                ("changes", models.JSONField(default=list, verbose_name="değişecekler")),
                ("errors", models.JSONField(default=list, verbose_name="hatalar")),
                ("created_at", models.DateTimeField(verbose_name="yüklenme")),
                ("beat_at", models.DateTimeField(null=True, verbose_name="son hareket")),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="kim")),
            ],
            options={
                "verbose_name": "dosyadan alma",
                "verbose_name_plural": "dosyadan almalar",
                "indexes": [models.Index(models.F("id"), condition=models.Q(("state__in", ("waiting", "confirmed"))), name="import_job_due")],
            },
        ),
    ]
