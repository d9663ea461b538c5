"""The questions that staff keep answers to, found in a message by the stems of their phrases."""

from departments.cache import RevalidatedCache
from departments.text.folding import fold
from departments.text.vocabulary import Lexicon, scores, tokens, vocabulary
from whatsapp.models import FaqEntry

# A longer message tells of something; then the question in it is left to people.
MOST_WORDS = 12
# So much of it must be of the question: building works have hours of their own.
MUST_BE_OF_IT = 0.4


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
    return answers[title] if len(at) >= words * MUST_BE_OF_IT else ""


def _load() -> tuple[Lexicon, dict[str, str]]:
    active = list(FaqEntry.objects.filter(active=True))
    lines = (
        (question.title, 1.0, fold(line)) for question in active for line in question.phrases.splitlines()
    )
    return Lexicon(entry for entry in lines if entry[2]), {each.title: each.answer for each in active}


_lexicon = RevalidatedCache(_load)
