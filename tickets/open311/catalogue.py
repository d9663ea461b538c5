"""The services that may be asked for: our own open categories, and the questions that go with them."""

import re

from django.db.models import QuerySet

from departments.models import Category, CategoryQuestion
from departments.text.folding import lower
from tickets.open311.errors import unknown
from tickets.open311.formats import Value

LISTS = (CategoryQuestion.Datatype.ONE_OF, CategoryQuestion.Datatype.SOME_OF)


def offered() -> QuerySet[Category]:
    """The categories in use that are ours, ask for work and hold no special personal data.

    Without a target for the first action the line itself answers (greetings, "how is my request?"): nothing to report.
    """
    rows = Category.objects.filter(
        active=True, restricted=False, agency__isnull=True, parent__isnull=False, first_action_hours__gt=0
    )
    return rows.select_related("parent", "department").order_by("parent__code", "code")


def find(code: str) -> Category:
    """The offered category of that code. Raises RefusedError (404)."""
    category = offered().filter(code=code).first() if "\0" not in code else None
    if category is None:
        raise unknown("Hizmet (service_code)", code)
    return category


def listed() -> list[Value]:
    """The list of services; `metadata` tells where a definition with questions goes with one."""
    asking = set(CategoryQuestion.objects.values_list("category_id", flat=True))
    return [_service(category, metadata=category.pk in asking) for category in offered()]


def _service(category: Category, *, metadata: bool) -> dict[str, Value]:
    department = category.department.name if category.department else None
    return {
        "service_code": category.code,
        "service_name": category.name,
        "description": f"{category.name}. İlgili birim: {department}.",
        "metadata": metadata,
        "type": "realtime",
        "keywords": ", ".join(word.strip() for word in re.split(r"[/,;:]", lower(category.name))),
        "group": category.parent.name if category.parent else None,
    }


def definition(category: Category) -> dict[str, Value]:
    """What is asked beyond place and words. Raises RefusedError (404) where nothing is."""
    questions = list(category.questions.order_by("order"))
    if not questions:
        raise unknown("Bu hizmetin ek sorusu yok; tanımı", category.code)
    return {
        "service_code": category.code,
        "attributes": [_attribute(question) for question in questions],
    }


def _attribute(question: CategoryQuestion) -> dict[str, Value]:
    attribute: dict[str, Value] = {
        "variable": True,
        "code": question.code,
        "datatype": question.datatype,
        "required": question.required,
        "datatype_description": question.hint or None,
        "order": question.order,
        "description": question.text,
    }
    if question.datatype in LISTS:
        attribute["values"] = [{"key": choice["key"], "name": choice["name"]} for choice in question.choices]
    return attribute
