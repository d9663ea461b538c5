"""Whose working hours and holidays are whose, and who is on duty."""
