from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("departments", "0022_sure_from_by_department"),
    ]

    operations = [
        migrations.CreateModel(
            name="RowFailure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("work", models.CharField(max_length=20, verbose_name="iş")),
                ("key", models.CharField(max_length=80, verbose_name="kayıt")),
                ("since", models.DateTimeField(verbose_name="ilk hata")),
                ("failed_at", models.DateTimeField(verbose_name="son hata")),
                ("attempts", models.PositiveIntegerField(default=1, verbose_name="deneme")),
                ("error", models.CharField(max_length=80, verbose_name="hata")),
            ],
            options={
                "verbose_name": "işlenemeyen kayıt",
                "verbose_name_plural": "işlenemeyen kayıtlar",
                "constraints": [models.UniqueConstraint(fields=("work", "key"), name="row_failure_once")],
            },
        ),
    ]
