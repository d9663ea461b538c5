"""Words of abuse, which are kept and read by staff but never said back to anybody. Pure."""

import re

from departments.text.folding import fold

_ABUSE = re.compile(
    r"\b(?:serefsiz|haysiyetsiz|namussuz|gerizekali|geri zekali|aptal|salak|ahmak|dangalak|mankafa|pislik herif"
    r"|alcak(?:lar|siniz)|kansiz|orospu|kahpe|surtuk|pic(?:ler)?\b|piclik|ibne|yavsak|pezevenk|gavat"
    r"|it ogl|kopek ogl|esek ogl|oc\b|amk\b|aq\b|amina"
    r"|siktir|sikey|sikim|sikti|gotu|gotun|bok(?:tan|unu)|terbiyesiz|ahlaksiz|hirsiz(?:lar|siniz)|rezil(?:ler|siniz)"
    r"|idiots?|stupid|bastards?|assholes?|fuck\w*|shit\w*|كلاب|حمير|اغبياء)"
)


def is_abusive(text: str) -> bool:
    """Whether the text holds a word of abuse in Turkish, English or Arabic."""
    return _ABUSE.search(fold(text)) is not None
