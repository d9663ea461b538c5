"""Meta's wire format and API, and nothing else of ours."""
