"""One citizen's story with a row in every table that holds something of them, each with a word of their own in it."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.contrib.admin import site
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.db.models import Model
from django.utils import timezone

from tests.pictures import photo
from tests.tickets.world import World
from tests.whatsapp import wire
from tickets.files.storage import private_storage
from tickets.models import (
    Attachment,
    Breach,
    CallBack,
    Citizen,
    CitizenBlock,
    CitizenNote,
    LegalHold,
    Notification,
    PersonalDataRequest,
    PhoneCall,
    ReplyDraft,
    ScheduledReply,
    Ticket,
    TicketEvent,
    WaitingConversation,
)
from whatsapp.models import (
    AnnouncementFailure,
    Conversation,
    Identity,
    InboundDelivery,
    Media,
    Message,
    Outbox,
    StatusUpdate,
)

PEOPLE = (Citizen, Ticket)


@dataclass
class Story:
    """What there is of one citizen: by the name of a table (`whatsapp.message`) the key of their row.

    `word` stands in every text of theirs, `phone` is their number.
    """

    name: str
    word: str
    phone: str
    ticket: Ticket
    rows: dict[str, Any] = field(default_factory=dict)

    def add(self, row: Model) -> None:
        self.rows[row._meta.label_lower] = row.pk

    def shown_in(self, content: str) -> bool:
        """Whether a page shows anything that only this citizen said, or their number in full."""
        return self.word in content or self.phone.removeprefix("+90") in content


def tables() -> set[str]:
    """The tables of the back office whose rows are somebody's: those that lead to a citizen or a ticket."""

    def leads(model: type[Model], depth: int = 3) -> bool:
        related = {each.related_model for each in model._meta.concrete_fields if each.is_relation}
        return bool(depth) and any(
            each in PEOPLE or leads(each, depth - 1) for each in related if isinstance(each, type)
        )

    found = {model for model in site._registry if model in PEOPLE or leads(model)}
    return {model._meta.label_lower for model in found}


def tell(world: World, name: str, word: str, phone: str, **facts: Any) -> Story:
    """Writes the story of a citizen about a ticket of these facts, in the order in which it would come to be."""
    now = timezone.now()
    citizen = Citizen.objects.create(name=f"{word} Yılmaz", phone=phone)
    details: dict[str, Any] = {
        "description": f"{word} sokakta çukur",
        "address": f"{word} sokak 5",
        "now": now,
    }
    ticket = world.open(citizen=citizen, **details | facts)
    story = Story(name, word, phone, ticket)
    event = ticket.events.latest("id")
    event = TicketEvent.objects.create(
        ticket=ticket, kind="note", at=now, actor_kind="citizen", note=f"{word} notu", public_text=word
    )
    stored = private_storage.save(f"{word}.jpg", ContentFile(photo()))
    attachment = Attachment.objects.create(
        ticket=ticket, event=event, kind="image", mime_type="image/jpeg", created_at=now, state="stored",
        file=stored, thumbnail=stored, caption=f"{word} resmi", size=10,
    )  # fmt: skip
    breach = Breach.objects.create(
        ticket=ticket, clock="resolution", stage="breach", due_at=now, at=now, department=ticket.department
    )
    hold = LegalHold.objects.create(citizen=citizen, reason=f"{word} davası", set_at=now)
    handover = WaitingConversation.objects.create(
        citizen=citizen, ticket=ticket, reason="unread", since=now, last_at=now, last_words=f"{word} bekliyor"
    )
    asked = PersonalDataRequest.objects.create(
        citizen=citizen, kind="access", words=f"{word} soruyor", asked_at=now, due_at=now + timedelta(days=30)
    )
    call_back = _keep_records(citizen, ticket, world.user("supervisor"), word)
    for row in (citizen, ticket, event, attachment, breach, hold, handover, asked, call_back):
        story.add(row)
    _tell_line(story, citizen, event, attachment)
    return story


def _keep_records(citizen: Citizen, ticket: Ticket, by: User, word: str) -> CallBack:
    """What staff keep of them; whom to call again has a page of its own."""
    now = timezone.now()
    CitizenNote.objects.create(citizen=citizen, purpose="access", text=f"{word} duymuyor", by=by, at=now)
    CitizenBlock.objects.create(citizen=citizen, reason=f"{word} sövdü", since=now, until=now, by=by)
    PhoneCall.objects.create(
        citizen=citizen, ticket=ticket, result="busy", note=f"{word} meşgul", by=by, at=now
    )
    ReplyDraft.objects.create(user=by, citizen=citizen, text=f"{word} için taslak", updated_at=now)
    ScheduledReply.objects.create(
        ticket=ticket, author=by, text=f"{word} sonra", due_at=now, created_at=now, state="unsent"
    )
    return CallBack.objects.create(citizen=citizen, ticket=ticket, due_at=now, created_at=now)


def _tell_line(story: Story, citizen: Citizen, event: TicketEvent, attachment: Attachment) -> None:
    now, word = timezone.now(), story.word
    person = wire.Person(f"{word} Yılmaz", story.phone.removeprefix("+"), f"TR.{story.phone[-9:]}")
    talk = Conversation.objects.create(citizen=citizen, last_inbound_at=now, conflict=f"{word} çakışması")
    body = wire.said(wire.text(person, f"{word} yazdı"), by=person)
    delivery = InboundDelivery.objects.create(
        body=body, names=[person.phone, f"{word} Yılmaz"], received_at=now, state="done"
    )
    said = {"conversation": talk, "delivery": delivery, "kind": "text", "sent_at": now, "received_at": now}
    said |= {"state": "handled", "payload": {"body": f"{word} yazdı"}}
    message = Message.objects.create(wamid=f"in.{word}", text=f"{word} yazdı", ticket=story.ticket, **said)
    lost = Message.objects.create(wamid=f"lost.{word}", text=f"{word} selam", outcome="talk", **said)
    media = Media.objects.create(
        message=message,
        media_id=word,
        kind="image",
        next_attempt_at=now,
        state="stored",
        attachment=attachment,
    )
    outbox = Outbox.objects.create(
        conversation=talk, ticket=story.ticket, text=f"{word} cevabı", payload={"body": word}, wamid=f"out.{word}",
        created_at=now, not_before=now, state="sent", sent_at=now,
    )  # fmt: skip
    failure = AnnouncementFailure.objects.create(event=event, error=f"{word} duymadı")
    identity = Identity.objects.create(citizen=citizen, kind="bsuid", value=f"TR.{word}", created_at=now)
    known = {"kind": "wa_id", "value": story.phone.removeprefix("+"), "created_at": now}
    Identity.objects.create(citizen=citizen, **known)
    identity = Identity.objects.create(citizen=citizen, **known | {"value": story.phone, "retired_at": now})
    status = StatusUpdate.objects.create(
        digest=word, delivery=delivery, wamid=f"out.{word}", status="sent", at=now, received_at=now,
        payload={"recipient": word}, outbox=outbox,
    )  # fmt: skip
    for row in (talk, delivery, message, media, outbox, failure, identity, status):
        story.add(row)
    story.rows["whatsapp.ticketlessmessage"] = lost.pk


def notify(story: Story, world: World, usernames: tuple[str, ...]) -> None:
    """Tells these of new work in the story's ticket; the last of them keeps the row of the table."""
    for username in usernames:
        story.add(
            Notification.objects.create(
                user=world.user(username), kind="work", ticket=story.ticket, at=timezone.now()
            )
        )
