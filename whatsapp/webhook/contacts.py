"""From the names WhatsApp uses for a person to our citizen (docs/whatsapp-cloud-api.md, section 3).

A citizen has our own id; a BSUID, its parent and a number only point at it. A BSUID is asked first, then the
number; what came along and is new is attached. Where two names point at two citizens, staff are shown it and
nothing is merged. A number that comes with another BSUID than its owner's has been sold again: whoever writes is
somebody else (docs/decisions).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q

from departments.common.bulk_insert import insert_new
from tickets.models import Citizen
from tickets.record.phone_numbers import e164
from whatsapp.conversations.models.conversations import Conversation
from whatsapp.conversations.models.identities import Identity
from whatsapp.graph.webhook_payloads import BSUID, Inbound, Sender
from whatsapp.outbox.statuses import OutdatedError

Kind = Identity.Kind
Name = tuple[str, str]  # kind and value
NAME_LENGTH = 200  # of the column; nobody is refused for a longer one


@dataclass(eq=False)
class Contact:
    """A citizen and the names in use for them; `pk`s of newcomers and of their rows are None until `Directory.save`."""

    citizen: Citizen
    conversation: Conversation | None = None
    names: dict[Name, Identity] = field(default_factory=dict)


class Directory:
    """Everybody whom the updates of a batch name: read at once, followed in memory, written at once by `save`.

    Use it inside one transaction. Where two meet the same newcomer at the same moment, `save` of the second waits
    for the first and raises OutdatedError; started anew it finds what the first has written.
    """

    def __init__(self, senders: Iterable[Sender], now: datetime) -> None:
        self._now = now
        self._owners: dict[Name, Contact] = {}
        self._newcomers: list[Contact] = []
        self._new_conversations: list[Contact] = []
        self._new_names: list[tuple[Identity, Contact]] = []
        self._retired: list[Identity] = []
        self._phones: dict[Contact, str | None] = {}  # what stood there before
        self._flags: dict[Contact, tuple[str, Collection[Contact]]] = {}
        self._load({name for sender in senders for name in _names_of(sender)})

    def contact_of(self, sender: Sender, *, said_at: datetime | None = None) -> Contact:
        """Whom this sender is, a newcomer where nobody; they have a conversation from now on.

        `said_at` is when the message left that names them: one that was long on its way takes no number from anybody.
        """
        names = _names_of(sender)
        former, number = self._former_owner(sender), (str(Kind.WA_ID), sender.wa_id)
        if former and (said_at or self._now) < former.names[number].created_at:
            names.remove(number)
        elif former:
            self._give_up_number(former, number)
        known = {name: self._owners[name] for name in names if name in self._owners}
        found = (known[name] for name in names if name in known and name[0] != Kind.PARENT_BSUID)
        contact = next(found, None) or self._newcomer(sender)
        for name in names:
            if name not in known:
                self._attach(contact, name)
        self._want_conversation(contact)
        self._flag_conflict(contact, set(known.values()) - {contact})
        if former:
            self._flag(contact, "Numarası önce başka kayıttaydı", [former])
        return contact

    def follow_change(self, message: Inbound) -> Contact | None:
        """A system message: where it says that a person changed number or BSUID, the new name points at them too.

        The old name is given up, because a number is sold again: whoever writes from it next is somebody else.
        Returns that person's contact, None when we never had one.
        """
        old, new = change_of(message)
        contact = next((self._owners[name] for name in _names_of(old) if name in self._owners), None)
        if contact is None:
            return None
        self._want_conversation(contact)
        before = _names_of(old)
        changed = [name for name in _names_of(new) if name not in before]
        others = {self._owners[name] for name in changed if name in self._owners} - {contact}
        self._flag_conflict(contact, others)
        if not others:
            for kind, value in changed:
                for name in [name for name in contact.names if name[0] == kind]:
                    self._retire(contact, name)
                self._attach(contact, (kind, value))
            if new.wa_id:
                self._set_phone(contact, e164(new.wa_id))
        return contact

    def save(self, talked_to: Iterable[Contact] = ()) -> None:
        """Writes what changed, a few statements for everybody; `talked_to` are locked for what the caller changes.

        Every kind of row in the order of its keys: two workers cannot wait for each other. Raises OutdatedError where
        another worker was faster.
        """
        _lock_conversations({*self._flags, *talked_to})
        Citizen.objects.bulk_create([contact.citizen for contact in self._newcomers])
        self._save_flags()
        self._save_names()
        for contact in sorted(self._phones, key=lambda contact: contact.citizen.pk):
            unchanged = Citizen.objects.filter(pk=contact.citizen.pk, phone=self._phones[contact])
            unchanged.update(phone=contact.citizen.phone)
        self._save_conversations()

    def _load(self, names: set[Name]) -> None:
        """Reads the owners of these names with all their names in use, in one statement."""
        if not names:
            return
        wanted = Q()
        for kind in Kind:
            if values := sorted(value for each, value in names if each == kind):
                wanted |= Q(kind=kind, value__in=values)
        in_use = Identity.objects.filter(retired_at=None)
        columns = ("citizen__phone", "citizen__conversation", "citizen__conversation__conflict")
        rows = in_use.filter(citizen__in=in_use.filter(wanted).values("citizen")).values_list(
            "citizen", "id", "kind", "value", "created_at", *columns
        )
        contacts: dict[int, Contact] = {}
        for citizen, pk, kind, value, created_at, phone, talk, conflict in rows:
            if citizen not in contacts:
                conversation = Conversation(pk=talk, citizen_id=citizen, conflict=conflict) if talk else None
                contacts[citizen] = Contact(Citizen(pk=citizen, phone=phone), conversation)
            contact = contacts[citizen]
            contact.names[kind, value] = Identity(pk=pk, kind=kind, value=value, created_at=created_at)
            self._owners[kind, value] = contact

    def _former_owner(self, sender: Sender) -> Contact | None:
        """Whose number it was, who is known by another BSUID than the one that writes from it now."""
        owner = self._owners.get((str(Kind.WA_ID), sender.wa_id)) if sender.bsuid and sender.wa_id else None
        bsuids = {value for kind, value in owner.names if kind == Kind.BSUID} if owner else set()
        return owner if bsuids and sender.bsuid not in bsuids else None

    def _give_up_number(self, former: Contact, number: Name) -> None:
        """Nothing about the former owner goes to that number any more, and nobody calls them there."""
        self._retire(former, number)
        if former.citizen.phone == e164(number[1]):
            self._set_phone(former, None)
        self._flag(former, "Numarasını artık başka biri kullanıyor")

    def _newcomer(self, sender: Sender) -> Contact:
        contact = Contact(Citizen(name=sender.name[:NAME_LENGTH] or None, phone=e164(sender.wa_id)))
        self._newcomers.append(contact)
        return contact

    def _want_conversation(self, contact: Contact) -> None:
        if contact.conversation is None:
            contact.conversation = Conversation()
            self._new_conversations.append(contact)

    def _attach(self, contact: Contact, name: Name) -> None:
        """Points a name at a citizen; a number, too, is what staff call them by if they have no other."""
        identity = Identity(kind=name[0], value=name[1], created_at=self._now)
        contact.names[name] = identity
        self._owners[name] = contact
        self._new_names.append((identity, contact))
        if name[0] == Kind.WA_ID and contact.citizen.phone is None:
            self._set_phone(contact, e164(name[1]))

    def _retire(self, contact: Contact, name: Name) -> None:
        identity = contact.names.pop(name)
        del self._owners[name]
        identity.retired_at = self._now
        if identity.pk is not None:
            self._retired.append(identity)

    def _set_phone(self, contact: Contact, phone: str | None) -> None:
        before, contact.citizen.phone = contact.citizen.phone, phone
        if contact.citizen.pk is not None:
            self._phones.setdefault(contact, before)

    def _flag_conflict(self, contact: Contact, others: set[Contact]) -> None:
        if others:
            self._flag(contact, "Aynı kişi gibi görünen başka kayıt", others)

    def _flag(self, contact: Contact, text: str, others: Collection[Contact] = ()) -> None:
        """Shows staff what is odd about who this is, where there is a conversation to show it at."""
        if contact.conversation is not None:
            self._flags[contact] = text, others

    def _save_flags(self) -> None:
        for contact, (text, others) in self._flags.items():
            conversation = contact.conversation
            numbers = ", ".join(map(str, sorted(other.citizen.pk for other in others)))
            shown = f"{text}: {numbers}" if numbers else text
            if conversation is None or conversation.conflict == shown:
                continue
            conversation.conflict = shown
            if conversation.pk is not None:
                Conversation.objects.filter(pk=conversation.pk).update(conflict=shown)

    def _save_names(self) -> None:
        retired = Identity.objects.filter(pk__in=[each.pk for each in self._retired], retired_at=None)
        if self._retired and retired.update(retired_at=self._now) != len(self._retired):
            raise OutdatedError
        for identity, contact in self._new_names:
            identity.citizen = contact.citizen
        new = (identity for identity, _ in self._new_names)
        if not insert_new(sorted(new, key=lambda each: (each.kind, each.value))):
            raise OutdatedError

    def _save_conversations(self) -> None:
        new = []
        for contact in sorted(self._new_conversations, key=lambda contact: contact.citizen.pk):
            if contact.conversation is not None:
                contact.conversation.citizen = contact.citizen
                new.append(contact.conversation)
        if not insert_new(new):
            raise OutdatedError


def _lock_conversations(contacts: Iterable[Contact]) -> None:
    keys = [contact.conversation.pk for contact in contacts if contact.conversation]
    if stored := list(filter(None, keys)):
        rows = Conversation.objects.filter(pk__in=stored).order_by("pk").select_for_update(no_key=True)
        list(rows.values_list("pk"))


def change_of(message: Inbound) -> tuple[Sender, Sender]:
    """The names before and after; the old BSUID may stand only in the sentence that tells of the change."""
    system = message.raw.get("system")
    system = system if isinstance(system, dict) else {}
    user_id = str(system.get("user_id") or "")
    wa_id = str(system.get("wa_id") or system.get("new_wa_id") or "")  # older versions say new_wa_id
    previous = str(system.get("previous_user_id") or message.sender.bsuid)
    if user_id and previous in ("", user_id):
        # The person's own name stands in that sentence too, so only its end can be trusted.
        named = BSUID.findall(message.text)[-2:]
        previous = named[0] if len(named) == 2 and named[1] == user_id else ""
    return Sender(bsuid=previous, wa_id=message.sender.wa_id), Sender(bsuid=user_id, wa_id=wa_id)


def _names_of(sender: Sender) -> list[Name]:
    """The names that a sender gives, in the order in which they are believed."""
    given = [(Kind.BSUID, sender.bsuid), (Kind.WA_ID, sender.wa_id), (Kind.PARENT_BSUID, sender.parent_bsuid)]
    return [(str(kind), value) for kind, value in given if value]
