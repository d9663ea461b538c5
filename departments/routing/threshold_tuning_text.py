"""In a supervisor's words: what the router follows of clerks' choices (tickets/router_review/threshold_tuning.py)."""

from collections.abc import Iterator

from departments.organisation.models.departments import Agency, Department
from departments.routing.models import OutsideShare

BODIES_SHOWN = 3


def what_is_followed() -> Iterator[str]:
    """A sentence for the share of other bodies' jobs, one for who is asked most, and one for each department whose
    threshold has moved.
    """
    if outside := OutsideShare.objects.order_by("-id").first():
        yield f"Başvuruların {outside} kadarı başka kurumların işi sayılıyor."
        yield from _asked_most(outside)
    for department in Department.objects.exclude(sure_offset=0).order_by("name"):
        stricter = department.sure_offset > 0
        why, how = ("çok", "daha seyrek") if stricter else ("az", "daha sık")
        yield f"{department.name} {why} düzeltildiği için oraya {how} kimse bakmadan iletiliyor."


def _asked_most(counted: OutsideShare) -> Iterator[str]:
    names = dict(Department.objects.values_list("code", "name")) | dict(
        Agency.objects.values_list("code", "name")
    )
    known = {names[code]: tickets for code, tickets in counted.tickets_by_body.items() if code in names}
    most = sorted(known, key=lambda name: (-known[name], name))[:BODIES_SHOWN]
    if most:
        shares = ", ".join(f"{name} (%{100 * known[name] / counted.tickets:.0f})" for name in most)
        yield f"Bakılan {counted.tickets} başvurudan en çoğu şunların işiydi, yönlendirici bunu izler: {shares}."
