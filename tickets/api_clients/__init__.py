"""What serves other systems: API keys, rate limits, outgoing webhooks."""
