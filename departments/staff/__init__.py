"""Staff accounts, their roles and sign-ins."""
