"""Turkish capitals: Django begins labels, column headings and titles with a capital, and that of i is İ.

To be imported before Django's models and forms, which take the function by its name; `melikgazi/__init__.py` does.
"""

from typing import Any

from django.template import Library
from django.template.defaultfilters import stringfilter
from django.utils import text
from django.utils.functional import keep_lazy_text

register = Library()  # among the builtins of the templates, where Django has a capfirst of its own


@keep_lazy_text
def capfirst(words: Any) -> Any:
    """The words with a capital first; what is empty stays what it is."""
    if not words:
        return words
    begun = str(words)
    return f"{'İ' if begun[0] == 'i' else begun[0].upper()}{begun[1:]}"


register.filter("capfirst", stringfilter(capfirst), is_safe=True)
vars(text)["capfirst"] = capfirst
