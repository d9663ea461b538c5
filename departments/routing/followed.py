"""In a supervisor's words: what the router follows of what clerks accept (tickets/services/learning.py)."""

from collections.abc import Iterator

from departments.models import Department, OutsideShare


def what_is_followed() -> Iterator[str]:
    """A sentence for the share of other bodies' jobs, and one for each department whose threshold has moved."""
    if outside := OutsideShare.objects.order_by("-id").first():
        yield f"Başvuruların {outside} kadarı başka kurumların işi sayılıyor."
    for department in Department.objects.exclude(sure_offset=0).order_by("name"):
        stricter = department.sure_offset > 0
        why, how = ("çok", "daha seyrek") if stricter else ("az", "daha sık")
        yield f"{department.name} {why} düzeltildiği için oraya {how} kimse bakmadan iletiliyor."
