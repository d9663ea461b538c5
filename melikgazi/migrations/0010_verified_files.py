from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("melikgazi", "0009_point_in_time_runs")]
    operations = [
        migrations.AlterField(
            model_name="backuprun",
            name="kind",
            field=models.CharField(
                choices=[
                    ("backup", "yedek"),
                    ("verification", "yedeğin denenmesi"),
                    ("file", "bir dosyanın denenmesi"),
                    ("point_in_time", "saniyesine dönülebilen yedeğin denenmesi"),
                ],
                max_length=20,
                verbose_name="iş",
            ),
        ),
    ]
