"""Files that strangers send: told by their first bytes, looked through for viruses, and served so that none can run."""
