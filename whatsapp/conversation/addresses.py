"""Places that a text names: the street, its door, a landmark. Pure. Coordinates and links: map_links.py."""

import re

from departments.text.folding import fold

ADDRESS_LENGTH = 300  # as much as a ticket keeps
# After the street its door, not "Lale Sokak 3 gündür".
_COUNTED = (
    r"(?:g[uü]n|ay\b|hafta|y[ıi]l|saat|dakika|ki[sş]i|tane|adet|kez|kere|defa|araba|ara[cç]|metre|lira|tl\b)"
)
_STREET = re.compile(
    r"((?:[^\W_]{1,40}[ .'’]){1,4}(?:cad(?:desi|de|\.)?|cd\.?|sok(?:ağı|agi|ak|\.)?|sk\.?|bulvarı|bulvari|blv\.?)"
    rf"(?:\s*(?:no|numara)\s*[:.]?\s*\d+\w?(?:\s*/\s*(?:\d{{1,4}}\w?|\w)\b)?|\s*\d+\w?\s*(?:numara|nolu)\w*"
    rf"|\s+\d{{1,4}}\w?(?:\s*/\s*\d{{1,4}}\w?\b)?(?!\w|\s*{_COUNTED}))?)"
    r"(?=\W|n?[dnt][ae]|n[iıuü]n|$)",
    re.IGNORECASE,
)
_ARABIC_STREET = re.compile(r"(?:شارع|زقاق|جاد[هة]|حي)\s+[\w ]{1,60}?(?:\s*رقم\s*\d+|(?=[،,.\n]|$))")
# What stands before "sokak" and is no name of one, folded.
_NO_NAME = re.compile(
    r"\A(?:bizim|sizin|onun|benim|bu|su|o|ayni|arka|on|yan|karsi|ust|alt|ara|bir|bi|her|hangi|tum|butun|ya|ve|ile|olan|cikmaz"
    r"|var|yok|acil|lutfen|imdat|adres\w*|kok(?:u|usu|uyor|uyo)|yandaki|arkadaki|karsidaki|biri|birisi|ikisi|ucu|hepsi|tumu|iki|uc|dort|bes"
    r"|\w{2,30}(?:iyor|uyor|iyo|uyo)(?:um|uz|lar|m|z|ler)?|\w{3,30}(?:d[iu]|t[iu])(?:m|k|ler|lar|n[iu]z)|\w{2,30}(?:miyom|acak|ecek)(?:lar|ler)?|\w{3,30}[aeiu]r(?:im|iz))"
)
# Short words before a mahalle of one word ("abi Köşk mahallesi"), folded.
_NOT_OF_A_NAME = re.compile(
    r"(?:\w{1,2}|abi|abim|abla|hocam|kardes\w*|bey|hanim|cikti|oldu|gaz|kan|duman|alev|gelin|cabuk|hemen|yardim|edin)"
)
_STREET_TYPE = re.compile(r"(?:cad\w*|cd|sok\w*|sk|bulvar\w*|blv)")


# A whole message, folded and without its mahalle: a street of one or two words, its building, number, floor and flat;
# or what of these comes in a message of its own.
_STREET_WORDS = (
    r"(?:\w{1,30} ){1,2}(?:sokak|sokagi|sok|sk|cadde|caddesi|cad|cd|bulvari|blv|street|road|avenue)"
)
_DOOR = (
    r"(?:(?:(?:dis |ic )?kapi |bina |ev )?(?:no|numara|nr) ?\d{1,9}\w{0,9}"
    r"|\d{1,9}\w{0,9} (?:numara\w{0,9}|nolu)(?: (?:ev|bina|apartman|kapi)\w{0,9})?)"
)
_BUILDING = r"(?:\w{1,30} ){1,2}(?:apartmani|apartman|apt|sitesi|blok|is hani|plaza)"
_FLAT = r"(?:(?:kat|k|daire|d) ?\d{1,4}|\d{1,4} ?(?:kat|daire))"
_BARE_ADDRESS = re.compile(
    rf"{_STREET_WORDS}(?: {_BUILDING})?(?: (?:{_DOOR}|\d{{1,9}}\w{{0,9}}))?(?: {_FLAT}){{0,3}}"
    rf"|{_BUILDING}(?: {_DOOR})?(?: {_FLAT}){{0,3}}|{_DOOR}(?: {_FLAT}){{0,3}}|{_FLAT}(?: {_FLAT}){{0,3}}"
)


# What people name to be found by, folded, and its endings: alone, somebody's, there, from there, of it, to it.
LANDMARK = (
    r"(?:park|avm|forum|meydan|carsi|cami|okul|lise|hastane|ocag|market|pazar|dura[gk]|istasyon|otogar|terminal|stad(?:yum)?|kopru"
    r"|kavsa[gk]|mezarli[gk]|bag(?=\w)|bahce|kule|lunapark|kutuphane|havuz|gol(?:et)?|saray|muze|piknik|otel|petrol|muhtarli[gk])"
)
ENDINGS = (
    r"(?:l[ae]r)?(?:[iu]?m(?:[iu]z)?|s?[iu])?"
    r"(?:n?[dt][ae](?:n|ki\w{0,4}|y\w{0,5})?|n?[iu]n\w{0,4}|n[ae]|y?[aeiu]|n[iu])?"
)
# What people were last seen at, in or beside, and what stands before it and is no name of it; folded.
_IN = r"(?:n?[dt][ae](?:n|ki|yd[iu]\w*)?)"
_AT_LANDMARK = re.compile(rf"{LANDMARK}(?:lar|ler)?(?:s?[iu])?{_IN}")
_LANDMARK_OF = re.compile(rf"{LANDMARK}(?:lar|ler)?(?:s?[iu])?(?:n[iu]n)?")
_THERE = re.compile(
    r"(?:or[a]?da|(?:yan|on|arka|karsi|ic|civar|alt|ust|giris|cikis|kapi|kenar)(?:s?[iu])?n?(?:da|de)|taraf\w*[dt]a)"
)
_NOT_BEFORE = re.compile(
    r"(?:\w{3,40}(?:[iu]yo\w*|[iu]m|[iu]m[iu]z\w*|m[iu]s\w*|d[iu]|d[iu][mk]|t[iu]|t[iu][mk])"
    r"|var|yok|dun|bugun|simdi|az|once|sabah\w*|aksam\w*|ogle\w*|bizim|bu|su|o|bir|bi|bur[a]?da|or[a]?da|kayip|cocuk|kiz|oglan|kardes"
    r"|en|son|ve|ile|yakin\w*|buyuk|kucuk|\d+|saat|abi|abla|hocam|lutfen|acil|imdat"
    r"|alzh?e?i?mer|hasta|yasli|(?:oglu|kizi|kardesi|cocug|yegeni|torunu|anne|baba|dede|nine)[mnu]\w*|anne|baba|dede|nine|benim|icin|diye|kalabalik\w*)"
)
LANDMARK_WORDS = 5


def street_in(text: str) -> str:
    """The street that a text names, as it stands there, with its door, else ''."""
    found = _STREET.search(text)
    if found is None:
        arabic = _ARABIC_STREET.search(text)
        return " ".join(arabic[0].split())[:300] if arabic else ""
    words = found[1].split()
    kind = next((at for at, word in enumerate(words) if at and _STREET_TYPE.fullmatch(fold(word))), None)
    if kind is None:
        return " ".join(words)[:300]
    no_name = [at for at, word in enumerate(words[:kind]) if _NO_NAME.fullmatch(fold(word))]
    named = words[no_name[-1] + 1 if no_name else 0 :]
    named = _from_mahalle(named, kind - (len(words) - len(named)))
    return "" if _STREET_TYPE.fullmatch(fold(named[0])) else " ".join(named)[:300]


def landmark_in(text: str) -> str:
    """Where the text says that something was, in its own words: by a named park, square and the like, else ''."""
    words = text.split()
    said = [fold(word) for word in words]
    for at, word in enumerate(said):
        of_it = _LANDMARK_OF.fullmatch(word) and at + 1 < len(said) and _THERE.fullmatch(said[at + 1])
        if not (of_it or _AT_LANDMARK.fullmatch(word)):
            continue
        start, end = at, at + 2 if of_it else at + 1
        while start and at - start < 2 and said[start - 1] and not _NOT_BEFORE.fullmatch(said[start - 1]):
            start -= 1
        while end < len(said) and _goes_on_there(said, end):
            end += 1
        if end - start > 1:
            return " ".join(words[start : min(end, start + LANDMARK_WORDS)]).strip(",.!?;:")[:ADDRESS_LENGTH]
    return ""


def _goes_on_there(said: list[str], at: int) -> bool:
    """Whether a word, or the next after it, still says where."""
    here = (_AT_LANDMARK, _LANDMARK_OF, _THERE)
    return any(each.fullmatch(word) for word in said[at : at + 2] for each in here)


def _from_mahalle(named: list[str], kind: int) -> list[str]:
    """Without what stands before the mahalle, of whose name one word is known to be there, and a second may be."""
    said = [fold(word) for word in named[:kind]]
    mahalle = next((at for at, word in enumerate(said) if at and re.fullmatch(r"ma?h(?:alle\w*)?", word)), 0)
    if mahalle > 1 and _NOT_OF_A_NAME.fullmatch(said[mahalle - 2]):
        return named[mahalle - 1 :]
    return named


def is_address(text: str, mahalle: str) -> bool:
    """Whether the whole text is an address: the mahalle that it names ('' for none), a street, or both."""
    folded = fold(text)
    name = re.escape(fold(mahalle))
    rest = re.sub(rf"\b{name}\w{{0,5}}(?: ma?h\w*)?\b", " ", folded, count=1) if mahalle else folded
    rest = " ".join(rest.split())
    return bool(folded) and (not rest or _BARE_ADDRESS.fullmatch(rest) is not None)
