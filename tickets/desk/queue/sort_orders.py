"""In which orders the queue can be sorted."""

from dataclasses import dataclass


@dataclass(frozen=True)
class QueueOrder:
    code: str
    label: str
    column: str
    descending: bool


ORDERS = (
    QueueOrder("yeni", "En yeni önce", "created_at", descending=True),
    QueueOrder("eski", "En eski önce", "created_at", descending=False),
    QueueOrder("sure", "Süresi yakın önce", "due_at", descending=False),
    QueueOrder("bekleyen", "En uzun bekleyen önce", "waits_at", descending=False),
)
