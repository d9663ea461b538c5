"""The page of one ticket: what was said and done, what is known, and every service that the reader may call."""
