"""A process that sends what waits in the outbox, over and over, as a worker does: `bench.sender GRAPH SECONDS`, by
which its clock is wrong. It looks anew where another one is sending.
"""

import os
import sys
import time
from datetime import datetime, timedelta

import django


def main() -> None:
    graph, skew = sys.argv[1], timedelta(seconds=float(sys.argv[2]))
    os.environ["WHATSAPP_GRAPH_URL"] = graph
    django.setup()
    from django.utils import timezone

    right = timezone.now

    def wrong() -> datetime:
        return right() + skew

    timezone.now = wrong
    from whatsapp import tasks
    from whatsapp.number import pace

    pace.machine_time = wrong
    while True:
        tasks.work_outbox()
        time.sleep(0.2)


if __name__ == "__main__":
    main()
