"""What the files of trained models have in common (departments/danger_reader, departments/routing)."""


class ModelError(Exception):
    """Bytes that are no model, or one of another recipe (see departments/training)."""
