from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("melikgazi", "0007_release_and_backups")]

    operations = [
        migrations.CreateModel(
            "Heartbeat",
            fields=[
                ("name", models.CharField("ad", max_length=80, primary_key=True, serialize=False)),
                ("at", models.DateTimeField("son yaşam belirtisi")),
                ("failed_at", models.DateTimeField("son hata", null=True, blank=True)),
            ],
            options={"verbose_name": "yaşam belirtisi", "verbose_name_plural": "yaşam belirtileri"},
        ),
    ]
