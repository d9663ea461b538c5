"""Keys of telephones stand in clear no more."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

import departments.staff.models
from departments.common.encryption import encrypt


def seal(apps: Any, _editor: Any) -> None:
    telephones, devices = apps.get_model("departments", "Telephone"), apps.get_model("otp_totp", "TOTPDevice").objects
    for device in devices.all():
        telephones(totpdevice_ptr_id=device.pk, sealed_key=encrypt(device.key)).save_base(raw=True)
    devices.update(key="")


class Migration(migrations.Migration):
    dependencies = [
        ("departments", "0018_sign_ins_counted"),
        ("otp_totp", "0003_add_timestamps"),
    ]

    operations = [
        migrations.CreateModel(
            "Telephone",
            [
                ("totpdevice_ptr", models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to="otp_totp.totpdevice")),
                ("sealed_key", models.TextField(default=departments.staff.models.new_sealed_key, editable=False, verbose_name="anahtar, şifreli")),
            ],
            {"verbose_name": "telefon", "verbose_name_plural": "telefonlar"},
            bases=("otp_totp.totpdevice",),
        ),
        migrations.RunPython(seal, migrations.RunPython.noop),
    ]
