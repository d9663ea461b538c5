from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("whatsapp", "0031_unfinished_files")]

    operations = [
        migrations.CreateModel(
            "ErasedUpdate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64, unique=True, verbose_name="özet")),
            ],
            options={"verbose_name": "silinmiş bildirim", "verbose_name_plural": "silinmiş bildirimler"},
        ),
    ]
