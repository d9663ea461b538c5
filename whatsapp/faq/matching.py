"""The questions that staff keep answers to, found in a message by the stems of their phrases."""

from departments import reference
from departments.common.cache import RevalidatedCache
from departments.models import PlaceNeed
from departments.routing.route import FALLBACK, STATUS_QUESTION, route
from departments.text.folding import fold
from departments.text.vocabulary import Lexicon, Token, scores, tokens, vocabulary
from whatsapp.faq.models import FaqEntry

# A longer message tells of something; then the question in it is left to people.
MOST_WORDS = 12
# So much of it must be of the question: building works have hours of their own.
MUST_BE_OF_IT = 0.4
CLEARLY = 0.6  # so likely is what stands before "için" a subject of its own
# "İş başvurusu" is an application for something, "bir şikayet başvurusu" is one to us.
_OWNED = ("basvurusu", "basvurulari")
_OURS = frozenset(
    {"sikayet", "talep", "istek", "ihbar", "oneri", "belediye", "bir", "vatandas", "sizin", "cozum"}
)


def answer_to(text: str) -> str:
    """The answer to the question that a short message asks, '' where it asks none that is known."""
    message = tokens(text)
    if not message or len(message) > MOST_WORDS:
        return ""
    lexicon, answers = _lexicon.get()
    best = max(scores(lexicon.find(message)).items(), key=lambda found: found[1][0], default=None)
    if best is None:
        return ""
    title, (_, at) = best
    words = sum(bool(token.folded) for token in vocabulary().essence(message))
    if len(at) < words * MUST_BE_OF_IT or _is_applied_for(message, at):
        return ""
    return answers[title]


def _is_applied_for(message: tuple[Token, ...], at: tuple[int, ...]) -> bool:
    """Whether it is asked how to apply for something of its own, not how to write to us: "kömür yardımı başvurusu
    nasıl", "gıda kolisi için nasıl başvuru yapılır". Whoever names what is wrong somewhere writes to us.
    """
    said = [token.folded for token in message]
    asked = [position for position in at if said[position].startswith("basvur")]
    for position in asked:
        owned = said[position].startswith(_OWNED) and position > 0 and position - 1 not in at
        if owned and said[position - 1] not in _OURS:
            return True
    if not asked or "icin" not in said:
        return False
    subject = route(" ".join(token.text for token in message[: said.index("icin")]))
    category = reference.category(subject.category)
    ours = category is None or category.place == PlaceNeed.REQUIRED
    return not ours and subject.category not in (FALLBACK, STATUS_QUESTION) and subject.confidence >= CLEARLY


def _load() -> tuple[Lexicon, dict[str, str]]:
    active = list(FaqEntry.objects.filter(active=True))
    lines = (
        (question.title, 1.0, fold(line)) for question in active for line in question.phrases.splitlines()
    )
    return Lexicon(entry for entry in lines if entry[2]), {each.title: each.answer for each in active}


_lexicon = RevalidatedCache(_load)
