"""REST API of the reports in `tickets.reports`."""
