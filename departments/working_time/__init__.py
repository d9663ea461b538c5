"""The calendars of the departments, and the duty roster."""
