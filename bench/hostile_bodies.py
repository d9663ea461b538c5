"""Signed webhook bodies that Meta would never send: any value in any place, cut short, and texts of every shape."""

import copy
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.whatsapp import wire

LONGEST = 65_536  # letters of a text
SHAPES = (
    "a",
    "çöp ",
    "1",
    "12 ",
    "a          ",
    "yol\n",
    "?",
    "MG-2026-",
    "sokak no ",
    "Alpaslan mahallesi ",
    "yangın var ",
    "ne zaman mı ",
    "🔥",
    "القمامة ",
    "a\u0301\u0301\u0301",
    "https://a.b/c ",
    "38.7 35.5 ",
    "((((",
    "a.b@c ",
    "ııİİ",
    "\u200f\u202e",
    "0532 111 22 33 ",
    "\\\"'{{}}%s",
    "ve ",
)
ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    10**400,
    1e308,
    float("nan"),
    "",
    " ",
    "\x00",
    "\ud800",
    "a" * 5000,
    "9" * 5000,
    [],
    {},
    [[[[[]]]]],
    {"": {"": {}}},
    "wamid.",
    "../../etc/passwd",
    "<script>",
    "1e999",
    "-0",
)


@dataclass(frozen=True)
class Body:
    """`text` and `wamid` where it is a whole message that has to be found in the database letter by letter."""

    raw: bytes
    wamid: str = ""
    text: str = ""


def bodies(count: int, senders: int, seed: int) -> Iterator[Body]:
    """Two of five are whole messages with a long text, the others are broken: the same ones for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    for number in range(count):
        who = _person(chance.randrange(senders))
        if number % 5 < 2:
            text, wamid = _text(chance), f"wamid.LONG{seed}.{number}"
            yield Body(wire.said(wire.text(who, text, id=wamid), by=who), wamid, text)
        else:
            yield Body(_broken(chance, who, number))


def long_text(number: int) -> str:
    """The longest text there is, of one shape."""
    piece = SHAPES[number % len(SHAPES)]
    return (piece * (LONGEST // len(piece) + 1))[:LONGEST]


def _person(number: int) -> wire.Person:
    return wire.Person(f"Saldırgan {number}", f"90533{number:07d}", f"TR.9{number:09d}")


def _text(chance: random.Random) -> str:
    """As many letters as digits are likely: short ones and long ones alike; mixed of up to three shapes."""
    length = int(2 ** chance.uniform(0, 16))
    pieces = "".join(chance.sample(SHAPES, chance.randint(1, 3)))
    text = (pieces * (length // len(pieces) + 1))[:length]
    return text if text.strip() else "a"


def _broken(chance: random.Random, who: wire.Person, number: int) -> bytes:
    sent: dict[str, Any] = {"id": f"wamid.ODD{number}.{chance.random()}", "at": 1795680000 + number}
    message = chance.choice(
        (
            lambda: wire.text(who, _text(chance), **sent),
            lambda: wire.photo(who, "", "çukur", **sent),
            lambda: wire.place(who, 38.7, 35.5, **sent),
            lambda: wire.message(
                who, "interactive", {"type": "button_reply", "button_reply": {"id": "x"}}, **sent
            ),
            lambda: wire.message(who, "audio", {"id": "sound", "voice": True}, **sent),
            lambda: wire.message(who, "reaction", {"message_id": "wamid.X", "emoji": "👍"}, **sent),
        )
    )()
    values = [wire.value(who, messages=[message])]
    if chance.random() < 0.2:
        values = [wire.value(statuses=[wire.status("wamid.OUT1", "read", errors=[{"code": 131047}])])]
    body = wire.envelope(*values)
    for _ in range(chance.randint(1, 3)):
        body = _mutated(chance, body)
    raw = json.dumps(body).encode("utf-8", "surrogatepass")
    if chance.random() < 0.05:
        cut = chance.randrange(len(raw))
        raw = (
            raw[:cut]
            + bytes([chance.randrange(256)]) * chance.randint(0, 3)
            + raw[cut + chance.randint(0, 9) :]
        )
    return raw


def _mutated(chance: random.Random, body: Any) -> Any:
    """The body with one odd value, one key too few, one entry twice, or one level too deep."""
    body = copy.deepcopy(body)
    places = list(_places(body))
    if not places:
        return body
    holder, key = chance.choice(places)
    match chance.randrange(5):
        case 0 | 1:
            holder[key] = chance.choice(ODD)
        case 2:
            del holder[key]
        case 3 if isinstance(holder, list):
            holder += [copy.deepcopy(holder[key])] * chance.randint(1, 20)
        case _:
            holder[key] = chance.choice(([holder[key]], {"x": holder[key]}, str(holder[key])))
    return body


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, inner in list(entries):
        yield value, key
        yield from _places(inner)
