"""The people who work here, their roles and sign-ins."""
