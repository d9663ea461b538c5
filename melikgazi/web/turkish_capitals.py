"""Turkish capitals: replaces Django's `capfirst`, so that labels beginning with i get İ.

Must be imported before Django's models and forms, which import the function by name; `melikgazi/__init__.py` does.
"""

from typing import Any

from django.template import Library
from django.template.defaultfilters import stringfilter
from django.utils import text
from django.utils.functional import keep_lazy_text

register = Library()  # a builtin library of the templates, which replaces Django's filter `capfirst`


@keep_lazy_text
def capfirst(words: Any) -> Any:
    """The text with a Turkish capital first; an empty value is returned unchanged."""
    if not words:
        return words
    begun = str(words)
    return f"{'İ' if begun[0] == 'i' else begun[0].upper()}{begun[1:]}"


register.filter("capfirst", stringfilter(capfirst), is_safe=True)
vars(text)["capfirst"] = capfirst
