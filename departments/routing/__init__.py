"""Suggests a department and category for a message, and trains the model that does."""
