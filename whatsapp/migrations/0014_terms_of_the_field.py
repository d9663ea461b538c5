"""Models take the field's own terms; no data moves."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("whatsapp", "0013_words_for_staff"), ("tickets", "0026_terms_of_the_field")]

    operations = [
        migrations.RenameModel("Delivery", "InboundDelivery"),
        migrations.RenameModel("Notice", "UnhandledUpdate"),
        migrations.RenameModel("Question", "FaqEntry"),
        migrations.RenameModel("Wording", "TextOverride"),
    ]
