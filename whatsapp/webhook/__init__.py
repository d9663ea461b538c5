"""What Meta sends us: stored by the view, read by the ingest."""
