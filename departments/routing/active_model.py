"""The model that runs: the one that came with this code, or one that was learned here and found better."""

from functools import cache, lru_cache
from pathlib import Path

from django.db import transaction
from django.db.models import QuerySet

from departments.common import cache as departments_cache
from departments.common.cache import RevalidatedCache
from departments.routing.model import RECIPE, LinearModel
from departments.routing.models import RouterModel

SHIPPED = Path(__file__).with_name("router.npz")


def active_model() -> LinearModel:
    """The newest model learned here that is in use, else the one that came with this code.

    One learned by an earlier recipe is passed over: its features are not those of this code.
    """
    return _running.get()


def model_in_use() -> RouterModel | None:
    """The row of the model learned here that runs, without its content; None where the one that came with this code
    does.
    """
    return _in_use().defer("content").first()


def switch_off(version: str) -> bool:
    """Goes back to the model before, in every process, if the one of this version runs now; returns whether."""
    with transaction.atomic():
        running = _in_use().select_for_update().defer("content").first()
        if running is None or running.version != version:
            return False
        RouterModel.objects.filter(pk=running.pk).update(active=False)
    departments_cache.refresh()
    return True


@cache
def shipped_model() -> LinearModel:
    """The model beside this code, read once per process."""
    return LinearModel.from_bytes(SHIPPED.read_bytes())


@lru_cache(maxsize=1)
def _learned_model(version: str) -> LinearModel:
    """A version is a digest of what was learned from: it is read again only by processes that do not have it."""
    return LinearModel.from_bytes(bytes(RouterModel.objects.get(version=version).content))


def _in_use() -> QuerySet[RouterModel]:
    """Those that may run, the newest first."""
    return RouterModel.objects.filter(active=True, recipe=RECIPE).order_by("-id")


def _load() -> LinearModel:
    newest = _in_use().values_list("version", flat=True).first()
    return shipped_model() if newest is None else _learned_model(newest)


_running = RevalidatedCache(_load)
