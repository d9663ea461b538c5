"""Every write on a ticket. Each is one transaction of its own (or joins the caller's): the row, its timeline entry and
the channel's wake-up after the commit. Refusals are `tickets.workflow.TransitionError`s and leave nothing behind.
"""
