"""What to say and do next. Pure: no query, no settings, no clock."""
