"""How often each body is asked here: the model's probabilities follow, slowly and within bounds."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from departments.organisation.agency_codes import OURS, PARENTS
from departments.routing.models import OutsideShare

# The share of citizens' messages that is another agency's job, until the installation's own traffic tells: 14 of 100
# messages written for this project, 44 of 100 real complaints on a site for a whole city. The corpus has more of them,
# since they are harder, and would make the model suggest other agencies too often.
OUTSIDE_SHARE = 0.18
CORPUS_COUNTS_AS = 200  # tickets that stand for what the corpus has, among ours and among the other bodies'
RAREST, MOST_FREQUENT = 1 / 3, 3.0  # times the corpus' share of a body


@dataclass(frozen=True)
class Traffic:
    """`outside` is the share (0 to 1) of other bodies' jobs, `tickets` how many of those judged each body answered
    for, by `body_of`.
    """

    outside: float = OUTSIDE_SHARE
    tickets: Mapping[str, int] = field(default_factory=dict)

    @property
    def outside_odds(self) -> float:
        """How many times as likely other bodies' jobs are against ours as the model learned."""
        return self.outside / (1 - self.outside) * (1 - OUTSIDE_SHARE) / OUTSIDE_SHARE

    def among(self, learned: Mapping[str, int]) -> Mapping[str, float]:
        """How many times as likely each of these bodies is among them as the model learned from so many messages."""
        counts = {body: count for body, count in learned.items() if count}
        messages, tickets = sum(counts.values()), sum(self.tickets.get(body, 0) for body in counts)
        found = dict[str, float]()
        for body, count in counts.items():
            expected = count / messages
            here = (self.tickets.get(body, 0) + CORPUS_COUNTS_AS * expected) / (tickets + CORPUS_COUNTS_AS)
            found[body] = min(max(here / expected, RAREST), MOST_FREQUENT)
        return found


def body_of(department: str, jurisdiction: str) -> str:
    """Under which name a body's tickets are counted: the department's code, or the other body's."""
    return department if jurisdiction == OURS else PARENTS.get(jurisdiction, jurisdiction)


def newest_traffic() -> Traffic | None:
    """As it was counted last; None before that."""
    row = OutsideShare.objects.order_by("-id").first()
    return Traffic(row.share, row.tickets_by_body) if row else None
