"""How long tests wait for what must happen: nothing waits this long unless it is broken."""

import os

_QUEUED = os.getloadavg()[0] / (
    os.cpu_count() or 1
)  # processes that want each processor, when the testing began
PATIENCE = 60.0 * max(1.0, _QUEUED)  # seconds
