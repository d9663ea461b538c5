"""Danger to life in what people write: its kinds, and the reader that finds it."""
