from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("departments", "0017_sign_in")]

    operations = [
        migrations.AddField("signin", "times", models.PositiveIntegerField("kez", db_default=1, default=1)),
    ]
