"""Services of GeoReport v2: our own public categories, and their questions."""

import re
from collections.abc import Collection

from django.db.models import QuerySet

from departments.models import Category, CategoryQuestion
from departments.text.folding import lower
from tickets.open311.errors import unknown
from tickets.open311.formats import Value

LISTS = (CategoryQuestion.Datatype.ONE_OF, CategoryQuestion.Datatype.SOME_OF)


def public_categories() -> QuerySet[Category]:
    """The active categories that are our own work and hold no special personal data.

    Categories without a target for the first action are answered by the line itself (greetings, status questions) and
    are left out.
    """
    rows = Category.objects.filter(
        active=True, restricted=False, agency__isnull=True, parent__isnull=False, first_action_hours__gt=0
    )
    return rows.select_related("parent", "department").order_by("parent__code", "code")


def find(code: str) -> Category:
    """The public category of that code. Raises RefusedError (404)."""
    category = public_categories().filter(code=code).first() if "\0" not in code else None
    if category is None:
        raise unknown("Hizmet (service_code)", code)
    return category


def check_codes(codes: Collection[str]) -> None:
    """Raises RefusedError (404) where one of them is of no public category."""
    known = set(public_categories().filter(code__in=codes).values_list("code", flat=True)) if codes else set()
    for code in codes:
        if code not in known:
            raise unknown("Hizmet (service_code)", code)


def service_list() -> list[Value]:
    """The list of services; `metadata` says whether a service has questions."""
    asking = set(CategoryQuestion.objects.values_list("category_id", flat=True))
    return [_service(category, metadata=category.pk in asking) for category in public_categories()]


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
    """The service definition: a category's questions. Raises RefusedError (404) where it has none."""
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
