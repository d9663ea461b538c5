"""Settings as spreadsheets, imported after a preview."""
