"""The page of one ticket: its thread, its details, and a form for every service that the user may call."""
