"""Our telephone number at Meta: its pace, health and statistics."""
