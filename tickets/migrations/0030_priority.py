"""A ticket's priority is set: high for what is urgent and still open, and an entry of its own on the timeline."""

from django.db import migrations, models

# By the index of open urgent tickets.
URGENT_ARE_HIGH = "UPDATE tickets_ticket SET priority = 'high' WHERE urgent AND outcome IS NULL AND priority = 'normal'"


class Migration(migrations.Migration):
    dependencies = [("tickets", "0029_claims_of_mail")]

    operations = [
        migrations.AlterField(
            "TicketEvent",
            "kind",
            models.CharField("olay", max_length=10, choices=[
            ("created", "Başvuru alındı"),
            ("moved", "Durum değişti"),
            ("assigned", "Sorumlu değişti"),
            ("classified", "Konu değişti"),
            ("priority", "Öncelik değişti"),
            ("note", "Not"),
            ("described", "Bilgi eklendi"),
            ("located", "Konum belirlendi"),
            ("attached", "Dosya eklendi"),
            ("rated", "Değerlendirildi"),
            ("followed", "Asıl başvurudan haber"),
            ("published", "Yayın onayı"),
            ("replied", "Vatandaşa yazıldı"),
            ("withdrawn", "Cevap geri çekildi"),
            ("handed", "Söz değişti"),
            ("split", "İkiye ayrıldı"),
            ("blurred", "Fotoğraf bulanıklaştırıldı"),
            ("disclosed", "Özgün fotoğraf açıldı"),
            ("unmasked", "Telefon numarası açıldı"),
            ("forgotten", "Anonimleştirildi"),
        ]),
        ),
        migrations.RunSQL(URGENT_ARE_HIGH, migrations.RunSQL.noop),
    ]
