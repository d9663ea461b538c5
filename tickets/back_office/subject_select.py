"""The choice of a subject: each option knows the words by which it is found (static/tickets/subject_select.js)."""

from typing import Any

from typing_extensions import override

from departments import reference
from departments.text.vocabulary import synonyms
from tickets.back_office.long_select import LongSelect


class SubjectSelect(LongSelect):
    """A select of categories; `data-words` of an option are its group, department, agency and what citizens call it."""

    @override
    def create_option(self, name: str, value: Any, *arguments: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *arguments, **kwargs)
        if category := reference.category_by_id(int(str(value))) if str(value or "") else None:
            rows = (category.parent, category.department, category.agency)
            of_others = " ".join(str(row) for row in rows if row)
            option["attrs"] |= {
                "data-beside": str(category.agency or category.department or ""),
                "data-words": f"{category.public_name} {of_others} {synonyms(category.code)}",
            }
        return option
