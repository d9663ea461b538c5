"""A draft's messages keep what each of them brought: those that are open now are turned into pieces."""

from django.db import migrations
from django.db.models import Q


def pieces_of(draft):
    pieces = [
        {"message": message, "text": text, "place": None, "address": "", "spoken": ""}
        for message, text in zip(draft.pop("messages"), draft.pop("texts"), strict=True)
    ]
    # Which of them brought it was not kept.
    last = {key: draft.pop(key) for key in ("place", "address", "spoken")}
    if pieces:
        pieces[-1] |= last
    return pieces


def gather(apps, schema_editor):
    talks = apps.get_model("whatsapp", "Conversation").objects.filter(Q(state__draft__messages__isnull=False))
    for talk in talks.iterator():
        draft = talk.state["draft"]
        draft["pieces"] = pieces_of(draft)
        talk.save(update_fields=["state"])


class Migration(migrations.Migration):
    dependencies = [("whatsapp", "0008_written_messages")]
    operations = [migrations.RunPython(gather, migrations.RunPython.noop)]
