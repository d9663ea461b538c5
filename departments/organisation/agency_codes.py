"""Codes of the agencies that the base data name."""

OURS = "melikgazi"
# Whose the agencies are that citizens reach by a number of their own.
PARENTS = {"itfaiye": "buyuksehir"}
