"""What a short message means by itself: a command, a yes or no, a language, or talk that is no report. Pure.

All of it is matched on the whole message, folded, so that "durum çok kötü" stays a report. The words are those of
data/commands.toml, read once.
"""

import re
import tomllib
from pathlib import Path
from typing import Any

from departments.danger_reader.kinds import kinds
from departments.danger_reader.language import spoken_in
from departments.danger_reader.tokenizer import words_of
from departments.text.folding import fold, lower
from departments.text.questions import has_question_form
from departments.text.ticket_number import Citation, citations_in, lone_serial, without

_DATA: dict[str, Any] = tomllib.loads(Path(__file__).with_name("commands.toml").read_text(encoding="utf-8"))


def _whole(patterns: list[str]) -> re.Pattern[str]:
    """Of what is matched as a whole. Anchored: no search for it begins anew at each letter."""
    return re.compile(rf"\A(?:{'|'.join(patterns)})")


_FILLERS = frozenset(_DATA["fillers"].split())
_COMMANDS: dict[str, re.Pattern[str]] = {
    name: _whole(patterns) for name, patterns in _DATA["commands"].items()
}
_ASKED_OF_CITED = _whole(_DATA["cited"]["status"])
_FORGIVEN: dict[str, str] = _DATA["slips"]["forgiven"]
_OTHER = frozenset(_DATA["slips"]["other"].split())
_YES, _NO = (_whole(_DATA["answers"][which]) for which in ("yes", "no"))
CLEAR_WORDS = 3  # tell a language
_TALK = re.compile(
    rf"\A(?:(?:{'|'.join(p for patterns in _DATA['chatter'].values() for p in patterns)})(?: |$))+"
)
_GREETING = re.compile(rf"\A(?:(?:{'|'.join((*_DATA['chatter']['hello'], *_DATA['chatter']['around']))}) )+")
_TALK_OF = {
    name: re.compile(rf"\b(?:{'|'.join(_DATA['chatter'][name])})\b")
    for name in ("blessing", "thanks", "okay")
}
_IN_DANGER = {
    name: re.compile("|".join(rf"\b(?:{pattern})" for pattern in patterns))
    for name, patterns in _DATA["danger"].items()
}
_CHILD = _IN_DANGER["child_alone"]
_DIED = re.compile(rf"\b(?:{'|'.join(_DATA['unfolded']['died'])})\b")
_OF_112 = re.compile("|".join(_DATA["of_112"]["anywhere"]))
# In other families such words are of somebody else: "kocam uyandı", "eve geldi".
_OF_FAMILIES = {
    "found": frozenset({"lost_child", "lost_adult", "despair_other"}),
    "woke": frozenset({"unconscious", "injury", "co", "drowning", "despair"}),
}
# Of these families somebody's telephone that is not answered is theirs.
MISSING = frozenset({"lost_child", "lost_adult", "despair_other"})
_AROUND_OVER = frozenset(_DATA["over"].pop("around").split())
_OVER: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    kind: (frozenset(words["verbs"].split()), frozenset(words["beside"].split()))
    for kind, words in _DATA["over"].items()
}
_PERSON = re.compile("|".join(rf"\b(?:{words})" for words in _DATA["person"]["anywhere"]))
_NOBODY_THERE = _whole(_DATA["person"]["whole"])
_QUESTIONS = {
    name: re.compile("|".join(rf"(?:^|\b)(?:{pattern})" for pattern in patterns))
    for name, patterns in _DATA["questions"].items()
}
_RESULTS = {
    name: re.compile("|".join(rf"\b(?:{pattern})" for pattern in _DATA["result"][name]))
    for name in ("unsolved", "glad")
}
_NOT_GLAD = re.compile(_DATA["result"]["not_glad"])
_STARS = re.compile(_DATA["result"]["stars"])
_ANSWERS, _ASKS, _POLITE, _URGES = (
    re.compile(_DATA["asks_back"][which]) for which in ("answers", "asks", "polite", "urges")
)
_DENIED = re.compile(rf"\A(?:{_DATA['denied']['place']})")
_WRONG, _PLACE, _NEVER, _TELLS = (
    re.compile(_DATA["put_right"][which]) for which in ("wrong", "place", "never", "tells")
)
_AROUND_PUT_RIGHT = frozenset(_DATA["put_right"]["around"].split())
_DENYING = re.compile(r"\b(?:degil|not)\b")
_INSTEAD = re.compile(r" (?:olacak|olmali)\w* ")
PUT_RIGHT_WORDS = 6  # of a name that another is put in the place of
_STARS_IN_WORDS: dict[str, int] = _DATA["stars_in_words"]
RESULT_WORDS = 20  # a longer message tells of something new
_ONLY_MARKS = re.compile(r"[!.…\s]{0,20}[?؟][?؟!.…\s]*")
_TAKEN_BACK = re.compile("|".join(rf"\b(?:{words})" for words in _DATA["taken_back"]["anywhere"]))
_FILE = re.compile(r"\b(?:foto|resim|resm|gorsel|goruntu|belge|video|dosya|photo|picture|file|صور)\w*")
TAKEN_BACK_WORDS = 14
QUESTION_MARKS = 20  # "?" alone, however often
QUESTION_WORDS = 12
ASKING_WORDS = 8  # who asks for a person in more says something beside
PERSON_WORDS = 25  # a longer message tells of something
_OF_DATA = {
    name: re.compile("|".join(rf"\b(?:{pattern})" for pattern in patterns))
    for name, patterns in _DATA["data_request"].items()
}
_SENTENCES = re.compile(r"[.!?؟;\n]+")
_AFTER_SENTENCES = re.compile(r"(?<=[.!?؟;])\s+")
DATA_REQUEST_WORDS = 20  # a longer sentence tells of something else
_CARD_SHOWN, _CARD_SENT = (
    re.compile("|".join(rf"\b(?:{pattern})" for pattern in _DATA["identity_card"][how]))
    for how in ("shown", "sent")
)
FOLLOW_UP_LETTERS = 200  # longer messages say something else
MOST_CITED = 10  # tickets that one message can be about


def follow_up_of(text: str, danger: str = "") -> str:
    """What somebody in danger writes next, by the names of commands.toml, "over" where it says in the words of that
    `danger` (kinds.toml) that it is past, "unreachable" where who is missing does not answer; '' where it is something
    else.
    """
    if len(text) > FOLLOW_UP_LETTERS:
        return ""
    folded = fold(text)
    family = kinds()[danger].family if danger else ""
    said = [
        name
        for name, words in _IN_DANGER.items()
        if (not family or family in _OF_FAMILIES.get(name, {family}))
        and (words.search(folded) or (name == "died" and _DIED.search(lower(text))))
    ]
    first = said[0] if said else ""
    if first == "no_answer" and family in MISSING and not _OF_112.search(folded):
        return "unreachable"
    return "over" if first in ("", "taken_back") and _is_over(folded, danger, family) else first


def beside_follow_up(text: str) -> str:
    """What a message says, folded, beside what somebody in danger writes next."""
    rest = fold(text)
    for words in _IN_DANGER.values():
        rest = words.sub(" ", rest)
    return " ".join(rest.split())


def _is_over(folded: str, danger: str, family: str) -> bool:
    verbs, beside = _OVER.get(danger) or _OVER.get(family) or (frozenset(), frozenset())
    words = set(folded.split())
    return not verbs.isdisjoint(words) and words <= verbs | beside | _AROUND_OVER


def is_child(text: str) -> bool:
    """Whether a child says that it is one."""
    return bool(_CHILD.search(fold(text)))


def data_request_of(text: str) -> tuple[str, bool]:
    """What a text asks about the citizen's own data, sentence by sentence, by the names of commands.toml ('' for
    nothing), and whether that is all that it says.
    """
    sentences = [folded for part in _SENTENCES.split(text) if (folded := fold(part))]
    asked = {sentence: kind for sentence in sentences if (kind := _asked_of_data(sentence))}
    rest = [each for each in sentences if each not in asked and not small_talk_of(each)]
    return next(iter(asked.values()), ""), bool(asked) and not rest


def _asked_of_data(sentence: str) -> str:
    if len(sentence.split()) > DATA_REQUEST_WORDS:
        return ""
    return next((name for name, words in _OF_DATA.items() if words.search(sentence)), "")


def shows_identity_card(text: str, *, with_file: bool) -> bool:
    """Whether the words say that a photo of an identity card is sent; `with_file`: they stand below a photo."""
    folded = fold(text)
    return bool(_CARD_SENT.search(folded) or (with_file and _CARD_SHOWN.search(folded)))


def command_of(text: str) -> str:
    """The command that the whole message is, forgiving fillers and a slip of one letter, else ''.

    A ticket's number alone, or with a question about it, is "status".
    """
    cited = cited_in(text)
    rest = fold(without(text, cited))
    if cited and (greeting := _GREETING.match(rest)):
        rest = rest[greeting.end() :].strip()
    if command := _command(rest):
        return command
    return "status" if cited and (not rest or _ASKED_OF_CITED.fullmatch(_core(rest))) else ""


def cited_in(text: str, *, which: bool = False) -> tuple[Citation, ...]:
    """The ticket numbers cited in a text; a lone serial is one beside "durum" or "iptal", or asked `which`."""
    if cited := citations_in(text)[:MOST_CITED]:
        return cited
    alone = lone_serial(text)
    if alone is None:
        return ()
    rest = fold(without(text, (alone,)))
    return (alone,) if _command(rest) in ("status", "cancel") or (which and not rest) else ()


def _command(rest: str) -> str:
    """The command that folded words are, numbers left out."""
    core = _core(rest)
    for name, words in _COMMANDS.items():
        if words.fullmatch(rest) or (core and words.fullmatch(core)):
            return name
    if core in _OTHER:
        return ""
    return next((name for word, name in _FORGIVEN.items() if _is_one_slip(core, word)), "")


def asks_for_person(text: str) -> bool:
    """Whether a message of at most PERSON_WORDS words asks for a person, wherever in it."""
    folded = fold(text)
    if len(text) > FOLLOW_UP_LETTERS or len(folded.split()) > PERSON_WORDS:
        return False
    return _PERSON.search(folded) is not None or _NOBODY_THERE.fullmatch(folded) is not None


def without_asking_for_person(text: str) -> str:
    """The text without its lines and sentences, or first words, that ask for a person and say nothing else."""
    lines = [
        " ".join(filter(None, map(_without_asking_first, _AFTER_SENTENCES.split(line))))
        for line in text.splitlines()
    ]
    return "\n".join(filter(None, lines)).strip()


def _without_asking_first(part: str) -> str:
    folded, words = fold(part), part.split()
    if _command(folded) == "person" or _NOBODY_THERE.fullmatch(folded):
        return ""
    for first in range(min(len(words), ASKING_WORDS), 0, -1):
        if _only_asks_for_person(" ".join(words[:first])):
            return part.split(maxsplit=first)[first] if first < len(words) else ""
    return part


def _only_asks_for_person(text: str) -> bool:
    """A name of somebody alone ("operatör") does not: it may begin what is told of them."""
    folded = fold(text)
    asked = _PERSON.search(folded)
    if asked is None:
        return False
    around = _core(f"{folded[: asked.start()]} {folded[asked.end() :]}")
    return not around or bool(small_talk_of(around))


def takes_back(text: str) -> bool:
    """Whether a short message takes a report back, wherever in it."""
    folded = fold(text[:FOLLOW_UP_LETTERS])
    short = len(text) <= FOLLOW_UP_LETTERS and len(folded.split()) <= TAKEN_BACK_WORDS
    return short and _TAKEN_BACK.search(folded) is not None


def speaks_of_file(text: str) -> bool:
    """Whether the words name a picture or another file."""
    return _FILE.search(fold(text)) is not None


def question_of(text: str) -> str:
    """The question about the line or a report that a short message asks, by the names of commands.toml; '' for none."""
    folded = fold(text)
    if not folded and len(text) <= QUESTION_MARKS and _ONLY_MARKS.fullmatch(text.strip()):
        return "impatient"
    if not folded or len(text) > FOLLOW_UP_LETTERS or len(folded.split()) > QUESTION_WORDS:
        return ""
    return next((name for name, words in _QUESTIONS.items() if words.search(folded)), "")


def result_of(text: str) -> str:
    """What a short message says of an outcome that was told: "glad" that it is done, "unsolved", or ''."""
    folded = fold(text)
    if not folded or len(text) > FOLLOW_UP_LETTERS or len(folded.split()) > RESULT_WORDS:
        return ""
    if _RESULTS["unsolved"].search(folded):
        return "unsolved"
    return "glad" if _RESULTS["glad"].search(folded) and not _NOT_GLAD.search(folded) else ""


def asks(text: str) -> bool:
    """Whether a short message asks something, not only for something to be done ("ekler misiniz")."""
    if len(text.split()) > QUESTION_WORDS:
        return False
    folded = fold(text)
    return has_question_form(_POLITE.sub(" ", folded) if _POLITE.search(folded) else text)


def asks_favour(text: str) -> bool:
    """Whether a short message asks for something to be done, politely or not: "ekibe iletir misiniz", "onu da
    unutmayın".
    """
    folded = fold(text)
    asked = _POLITE.search(folded) or _URGES.search(folded)
    return len(text.split()) <= QUESTION_WORDS and asked is not None


def asks_back(text: str) -> bool:
    """Whether a short message that follows a question of staff's does not answer it but asks one itself."""
    folded = fold(text)
    said = [part for part in _SENTENCES.split(text) if fold(part)]
    if len(said) != 1 or len(folded.split()) > QUESTION_WORDS or _ANSWERS.search(folded):
        return False
    return text.strip().endswith(("?", "؟")) or _ASKS.search(folded) is not None


def denies_place(text: str) -> bool:
    """Whether a short message says that the place just given is another one."""
    return len(text.split()) <= QUESTION_WORDS and _DENIED.match(fold(text)) is not None


def says_place_wrong(text: str) -> bool:
    """Whether a short message says that a place was told wrongly: "adres yanlış oldu Aydınlıkevler olacak"."""
    folded = fold(text)
    short = len(text) <= FOLLOW_UP_LETTERS and len(folded.split()) <= QUESTION_WORDS
    return short and _WRONG.search(folded) is not None and _PLACE.search(folded) is not None


def put_right(text: str) -> tuple[str, bool]:
    """What a short message puts in the place of another name, folded ("Köşk değil Esentepe"), and whether it says that
    the other was wrong. '' where it tells of something else.
    """
    folded = fold(text)
    parts = _DENYING.split(folded)
    if len(text) > FOLLOW_UP_LETTERS or len(parts) != 2 or _NEVER.search(folded):
        return "", False
    surely = _WRONG.search(folded) is not None or "pardon" in folded.split()
    if not parts[1].strip():  # "Esentepe olacak, Köşk değil"
        instead = _INSTEAD.split(parts[0], maxsplit=1)
        parts = instead[::-1] if len(instead) == 2 else parts
    denied = bool(parts[0].strip())
    wrong, right = (
        " ".join(word for word in part.split() if word not in _AROUND_PUT_RIGHT) for part in parts
    )
    most = PUT_RIGHT_WORDS if surely else PUT_RIGHT_WORDS - 2
    names = denied and max(len(wrong.split()), len(right.split())) <= most and bool(right)
    adds = right.endswith((" da", " de"))
    return (right, surely) if names and not adds and not _TELLS.search(right) else ("", False)


def stars_of(text: str) -> int:
    """How many stars a short message gives, 1 to 5; 0 for none."""
    folded = fold(text)
    found = _STARS.match(folded) if len(folded.split()) <= RESULT_WORDS else None
    if found is None:
        return 0
    said = found[1] or found[2]
    return _STARS_IN_WORDS.get(said) or int(said)


def _core(rest: str) -> str:
    return " ".join(word for word in rest.split() if word not in _FILLERS)


def yes_or_no(text: str) -> bool | None:
    """Whether the whole message is a yes or a no, None when it is neither."""
    folded = fold(text)
    return True if _YES.fullmatch(folded) else False if _NO.fullmatch(folded) else None


def small_talk_of(text: str) -> str:
    """The kind of a message that only greets or thanks: "hello", "thanks", "okay" or "blessing", else ''.

    Emoji count for nothing; a message of them alone is a greeting.
    """
    if len(text) > FOLLOW_UP_LETTERS:
        return ""
    folded = fold(text)
    if not text.strip() or (folded and not _TALK.fullmatch(folded)):
        return ""
    return next((name for name, words in _TALK_OF.items() if words.search(folded)), "hello")


def language_of(text: str, *, so_far: str = "") -> str:
    """The language that somebody writes in: "ar", "en", "tr", or '' where the words are too few to tell.

    Three tell any, one or two English ("hello") and Arabic in its own letters. From the one `so_far` it is another only
    where three words or more leave no doubt.
    """
    words = fold(text).split()
    spoken, clear = spoken_in(words_of(text))
    few = len(words) < CLEAR_WORDS
    name = spoken == "tr" or (spoken == "ar" and text.isascii())  # as a word or two may be
    if (so_far and (few or not clear)) or (few and name) or (spoken != "tr" and not clear):
        return ""
    return spoken


def _is_one_slip(word: str, meant: str) -> bool:
    """Whether one letter was left out, put in, changed or swapped with its neighbour."""
    same = next((at for at, (a, b) in enumerate(zip(word, meant, strict=False)) if a != b), None)
    start = min(len(word), len(meant)) if same is None else same
    a, b = word[start:], meant[start:]
    swapped = len(a) > 1 and a[:2] == b[:2][::-1] and a[2:] == b[2:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or swapped
