"""Keys leave in clear no more: rows of the framework's tokens become hashes, and their table goes."""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# What an old key could do it goes on doing, for the 90 days that a new one has.
TAKE_OVER = """
UPDATE tickets_apikey AS kept SET
    digest = encode(sha256(convert_to(token.key, 'UTF8')), 'hex'), prefix = left(token.key, 8),
    created_at = token.created
FROM authtoken_token AS token WHERE token.user_id = kept.user_id;

INSERT INTO tickets_apikey
    (user_id, name, prefix, digest, reads, writes, reports, submits, per_minute, created_at, expires_at)
SELECT token.user_id, '', left(token.key, 8), encode(sha256(convert_to(token.key, 'UTF8')), 'hex'),
    true, true, true, true, 600, token.created, NULL
FROM authtoken_token AS token
WHERE NOT EXISTS (SELECT FROM tickets_apikey AS kept WHERE kept.user_id = token.user_id);

DROP TABLE authtoken_token;
DELETE FROM django_migrations WHERE app = 'authtoken';
"""
# Its permissions and its entries in the administrators' log, which name keys.
CLEAN = """
DELETE FROM django_admin_log WHERE content_type_id IN (SELECT id FROM django_content_type WHERE app_label = 'authtoken');
DELETE FROM auth_group_permissions WHERE permission_id IN (SELECT p.id FROM auth_permission p
    JOIN django_content_type c ON c.id = p.content_type_id WHERE c.app_label = 'authtoken');
DELETE FROM auth_user_user_permissions WHERE permission_id IN (SELECT p.id FROM auth_permission p
    JOIN django_content_type c ON c.id = p.content_type_id WHERE c.app_label = 'authtoken');
DELETE FROM auth_permission WHERE content_type_id IN (SELECT id FROM django_content_type WHERE app_label = 'authtoken');
DELETE FROM django_content_type WHERE app_label = 'authtoken';
"""
FINISH = """
UPDATE auth_permission SET codename = replace(codename, '_apiaccess', '_apikey') WHERE codename IN
    ('view_apiaccess', 'add_apiaccess', 'change_apiaccess', 'delete_apiaccess');
DELETE FROM tickets_apikey WHERE digest IS NULL;
UPDATE tickets_apikey SET expires_at = least(expires_at, now() + interval '90 days');
SET CONSTRAINTS ALL IMMEDIATE;
"""


def take_over(_apps: Any, editor: Any) -> None:
    with editor.connection.cursor() as cursor:
        for table, statements in (("authtoken_token", TAKE_OVER), ("django_admin_log", CLEAN), ("", FINISH)):
            cursor.execute("SELECT to_regclass(%s)", [table or "tickets_apikey"])
            if cursor.fetchone()[0]:
                for statement in statements.split(";"):
                    if statement.strip():
                        cursor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("tickets", "0040_uploads"),
    ]

    operations = [
        migrations.RenameModel("ApiAccess", "ApiKey"),
        migrations.AlterModelOptions(
            "apikey", {"verbose_name": "API anahtarı", "verbose_name_plural": "API anahtarları"}
        ),
        migrations.AlterField(
            "apikey",
            "user",
            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="api_keys", to=settings.AUTH_USER_MODEL, verbose_name="kullanıcı"),
        ),
        migrations.AddField("apikey", "name", models.CharField(blank=True, default="", max_length=80, verbose_name="ne için")),
        migrations.AddField("apikey", "prefix", models.CharField(default="", editable=False, max_length=16, verbose_name="başı"), preserve_default=False),
        migrations.AddField("apikey", "digest", models.CharField(editable=False, max_length=64, null=True, verbose_name="özet")),
        migrations.AddField("apikey", "created_at", models.DateTimeField(editable=False, null=True, verbose_name="verildi")),
        migrations.AddField("apikey", "revoked_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="iptal edildi")),
        migrations.AddField("apikey", "warned_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="süresi için uyarıldı")),
        migrations.RunPython(take_over, migrations.RunPython.noop),
        migrations.AlterField("apikey", "digest", models.CharField(editable=False, max_length=64, unique=True, verbose_name="özet")),
        migrations.AlterField("apikey", "created_at", models.DateTimeField(editable=False, verbose_name="verildi")),
        migrations.AlterField("apikey", "expires_at", models.DateTimeField(editable=False, verbose_name="geçerlilik sonu")),
        migrations.AlterField("apikey", "writes", models.BooleanField(default=False, verbose_name="başvuruları değiştirir")),
        migrations.AlterField("apikey", "reports", models.BooleanField(default=False, verbose_name="raporları okur")),
        migrations.AlterField("apikey", "submits", models.BooleanField(default=False, verbose_name="Open311 ile başvuru açar")),
    ]
