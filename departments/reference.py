"""What tickets refer to, by code or key: read often, changed seldom, and never changed through what is returned."""

from departments.models import Agency, Category, Department, Neighbourhood, TargetVersion


def category(code: str) -> Category | None:
    """The category of that code with its department and agency, None where there is none."""
    return Category.objects.select_related("department", "agency").filter(code=code).first()


def category_by_id(pk: int) -> Category | None:
    """The category of that key with its department and agency, None where there is none."""
    return Category.objects.select_related("department", "agency").filter(pk=pk).first()


def department(code: str) -> Department | None:
    """The department of that code, None where there is none."""
    return Department.objects.filter(code=code).first()


def department_by_id(pk: int) -> Department | None:
    """The department of that key, None where there is none."""
    return Department.objects.filter(pk=pk).first()


def neighbourhood(code: str) -> Neighbourhood | None:
    """The mahalle of that code, None where there is none."""
    return Neighbourhood.objects.defer("boundary").filter(code=code).first()


def agency(code: str) -> Agency | None:
    """The agency of that code, None where there is none."""
    return Agency.objects.filter(code=code).first()


def current_target(category: Category) -> TargetVersion | None:
    """The targets that tickets of the category opened now get; None where it has none yet."""
    return category.current_target()
