"""The figures of `tickets.reports` by HTTP."""
