"""The files of messages."""
