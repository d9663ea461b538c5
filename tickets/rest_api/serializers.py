"""Serializers of tickets. Times are UTC; phone numbers are masked."""

from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from django.urls import reverse
from drf_spectacular.utils import extend_schema_field, inline_serializer
from rest_framework import serializers
from typing_extensions import override

from departments.common.days import EARLIEST, LATEST
from departments.models import Agency, Category, Department, Neighbourhood
from tickets.files.storage import Part, sign
from tickets.record import channel
from tickets.record.models.attachments import Attachment
from tickets.record.models.breaches import Clock, Stage
from tickets.record.models.citizen import Citizen
from tickets.record.models.ticket import Ticket
from tickets.record.models.ticket_choices import LocationSource
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import Actor, masked, names_hidden
from tickets.record.workflow import ActorKind


class UtcField(serializers.DateTimeField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default_timezone=UTC, **kwargs)


class MomentParameter(UtcField):
    """A moment that is asked for, of this century. An unquoted plus sign of an offset arrives as a space."""

    @override
    def to_internal_value(self, value: Any) -> Any:
        moment = super().to_internal_value(value.replace(" ", "+") if "T" in str(value) else value)
        if not EARLIEST <= moment.date() <= LATEST:
            self.fail("invalid", format="ISO 8601")
        return moment


class UtcSerializer(serializers.ModelSerializer[Any]):
    """A model serializer whose times are UTC."""

    serializer_field_mapping = serializers.ModelSerializer.serializer_field_mapping | {
        models.DateTimeField: UtcField
    }


class CodeName(serializers.Serializer[Department | Category | Neighbourhood | Agency]):
    code = serializers.CharField()
    name = serializers.CharField()


LOCATION = inline_serializer(
    "Location",
    {
        "lat": serializers.FloatField(),
        "lon": serializers.FloatField(),
        "source": serializers.ChoiceField([*LocationSource.choices, ""]),
    },
    allow_null=True,
)


class CitizenSerializer(serializers.ModelSerializer[Citizen]):
    """A citizen with a masked number: opening it is a call of its own, `…/unmask/`."""

    phone = serializers.SerializerMethodField()

    class Meta:
        model = Citizen
        fields = ["name", "phone"]

    def get_phone(self, citizen: Citizen) -> str | None:
        return masked(citizen.phone) if citizen.phone else citizen.phone


class ClockSerializer(serializers.Serializer[Any]):
    """A target: when it is due, when it was done, and whether it was missed, as recorded when that happened."""

    due_at = UtcField(allow_null=True)
    done_at = UtcField(allow_null=True)
    breached = serializers.BooleanField(allow_null=True)


class ClocksSerializer(serializers.Serializer[Any]):
    first_action = ClockSerializer()
    resolution = ClockSerializer()
    legal = ClockSerializer()


class SatisfactionSerializer(serializers.Serializer[Any]):
    score = serializers.IntegerField()
    comment = serializers.CharField(allow_blank=True)


class TicketSerializer(UtcSerializer):
    department = CodeName(allow_null=True)
    category = CodeName(allow_null=True)
    neighbourhood = CodeName(allow_null=True)
    agency = CodeName(allow_null=True)
    proposed_agency = CodeName(allow_null=True)
    location = serializers.SerializerMethodField()
    citizen = CitizenSerializer(allow_null=True)
    assignee = serializers.CharField(source="assignee.username", allow_null=True)
    clocks = serializers.SerializerMethodField()
    satisfaction = serializers.SerializerMethodField()
    duplicate_of = serializers.CharField(source="duplicate_of.number", allow_null=True)

    class Meta:
        model = Ticket
        fields = [
            "number", "version", "kind", "channel", "status", "outcome", "priority", "urgent", "urgent_reason",
            "danger", "danger_unsure", "claimed_at",
            "department", "category", "neighbourhood", "agency", "proposed_agency", "summary", "description",
            "location", "address", "place_missing", "description_missing", "citizen", "assignee", "created_at",
            "updated_at", "planned_for", "resolved_at", "closed_at", "clocks", "satisfaction", "duplicate_of",
            "reopened", "registry_number", "cimer_number",
        ]  # fmt: skip
        read_only_fields = fields
        related = [
            "department", "category", "neighbourhood", "agency", "proposed_agency", "citizen", "assignee",
            "duplicate_of",
        ]  # fmt: skip

    @extend_schema_field(LOCATION)
    def get_location(self, ticket: Ticket) -> dict[str, Any] | None:
        if ticket.lat is None:
            return None
        return {"lat": ticket.lat, "lon": ticket.lon, "source": ticket.location_source}

    @extend_schema_field(ClocksSerializer)
    def get_clocks(self, ticket: Ticket) -> dict[str, Any]:
        missed = {each.clock for each in ticket.breaches.all() if each.stage == Stage.BREACH}

        def clock(which: Clock, due_at: datetime | None, done_at: datetime | None) -> Any:
            breached = None if due_at is None else which in missed
            return ClockSerializer({"due_at": due_at, "done_at": done_at, "breached": breached}).data

        return {
            "first_action": clock(Clock.FIRST_ACTION, ticket.first_action_due_at, ticket.first_action_at),
            "resolution": clock(Clock.RESOLUTION, ticket.resolution_due_at, ticket.outcome_at),
            "legal": clock(Clock.LEGAL, ticket.legal_due_at, ticket.outcome_at),
        }

    @extend_schema_field(SatisfactionSerializer(allow_null=True))
    def get_satisfaction(self, ticket: Ticket) -> dict[str, Any] | None:
        if ticket.satisfaction_score is None:
            return None
        return {"score": ticket.satisfaction_score, "comment": ticket.satisfaction_comment}


class OpenedSerializer(serializers.Serializer[Any]):
    number = serializers.CharField()
    url = serializers.CharField(help_text="Where the ticket is read, by those who may see it.")


class FeedQuery(serializers.Serializer[Any]):
    """What a call of the change feed asks for."""

    cursor = serializers.CharField(
        required=False, allow_blank=True, default="", help_text="That of the last answer."
    )
    updated_after = MomentParameter(
        required=False, help_text="Without a cursor: begin with what changed since then, 30 days ago at most."
    )
    page_size = serializers.IntegerField(required=False, default=100, min_value=1, max_value=500)


class FeedEntrySerializer(serializers.Serializer[Any]):
    """A change: the ticket, or null where it is gone for the caller."""

    number = serializers.SerializerMethodField()
    gone = serializers.SerializerMethodField()
    ticket = serializers.SerializerMethodField()

    def get_number(self, change: Ticket | str) -> str:
        return change if isinstance(change, str) else change.number

    def get_gone(self, change: Ticket | str) -> bool:
        return isinstance(change, str)

    @extend_schema_field(TicketSerializer(allow_null=True))
    def get_ticket(self, change: Ticket | str) -> Any:
        return None if isinstance(change, str) else TicketSerializer(change, context=self.context).data


class FeedSerializer(serializers.Serializer[Any]):
    results = FeedEntrySerializer(many=True, source="changes")
    cursor = serializers.CharField(source="cursor.encode")
    more = serializers.BooleanField()


class UnmaskedSerializer(serializers.Serializer[Any]):
    phone = serializers.CharField(help_text="E.164")


class EventSerializer(UtcSerializer):
    actor = serializers.CharField(source="actor.username", allow_null=True)
    actor_kind = serializers.ChoiceField(ActorKind.choices)
    # Published names of two renamed model fields.
    tell = serializers.BooleanField(source="announce")
    told_at = serializers.DateTimeField(source="announced_at", allow_null=True)

    class Meta:
        model = TicketEvent
        fields = [
            "id", "kind", "at", "actor", "actor_kind", "from_status", "to_status", "public_text", "note", "data",
            "tell", "told_at",
        ]  # fmt: skip


class AttachmentSerializer(UtcSerializer):
    url = serializers.SerializerMethodField()
    thumbnail_url = serializers.SerializerMethodField()

    class Meta:
        model = Attachment
        fields = [
            "id",
            "kind",
            "mime_type",
            "size",
            "state",
            "caption",
            "after",
            "warning",
            "url",
            "thumbnail_url",
            "created_at",
        ]

    def get_url(self, attachment: Attachment) -> str | None:
        return self._address(attachment, "file") if attachment.file and not attachment.hidden else None

    def get_thumbnail_url(self, attachment: Attachment) -> str | None:
        shown = attachment.thumbnail and not attachment.hidden
        return self._address(attachment, "thumbnail") if shown else None

    def _address(self, attachment: Attachment, part: Part) -> str:
        address: str = self.context["request"].build_absolute_uri(
            signed_path(attachment, part, self.context["actor"].user)
        )
        return address


def signed_path(attachment: Attachment, part: Part, user: User | AnonymousUser) -> str:
    """The signed path to a part of the attachment, valid for ten minutes; only for a user who may see the ticket."""
    path = reverse("api:attachment", kwargs={"pk": attachment.pk, "part": part})
    return f"{path}?t={sign(attachment.pk, part, user.pk or 0)}"


class MessageSerializer(serializers.Serializer[Any]):
    at = UtcField()
    direction = serializers.ChoiceField(["in", "out", "staff"])
    text = serializers.CharField()
    kind = serializers.CharField()
    status = serializers.CharField()


class TicketDetailSerializer(TicketSerializer):
    events = serializers.SerializerMethodField()
    attachments = serializers.SerializerMethodField()
    messages = serializers.SerializerMethodField()

    class Meta(TicketSerializer.Meta):
        fields = [*TicketSerializer.Meta.fields, "events", "attachments", "messages"]
        read_only_fields = fields

    @extend_schema_field(EventSerializer(many=True))
    def get_events(self, ticket: Ticket) -> Any:
        return EventSerializer(ticket.events.select_related("actor").order_by("id"), many=True).data

    @extend_schema_field(AttachmentSerializer(many=True))
    def get_attachments(self, ticket: Ticket) -> Any:
        return AttachmentSerializer(ticket.attachments.order_by("id"), many=True, context=self.context).data

    @extend_schema_field(MessageSerializer(many=True))
    def get_messages(self, ticket: Ticket) -> Any:
        actor: Actor = self.context["actor"]
        if not actor.reads_conversations:
            return []
        hides = names_hidden(actor, ticket.citizen_id)
        said = [each for each in channel.channel().messages(ticket) if not hides(each.text)]
        return MessageSerializer(said, many=True).data
