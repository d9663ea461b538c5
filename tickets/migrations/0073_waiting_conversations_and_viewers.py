"""Rename two models; their tables keep the names, so no SQL runs but for the content types."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("tickets", "0072_exports")]

    accepted: ClassVar = {"renamed": "the tables keep their names, by which the last release asks"}

    operations: ClassVar = [
        migrations.AlterModelTable("handover", "tickets_handover"),
        migrations.RenameModel("Handover", "WaitingConversation"),
        migrations.AlterModelTable("talkpresence", "tickets_talkpresence"),
        migrations.RenameModel("TalkPresence", "ConversationViewer"),
    ]
