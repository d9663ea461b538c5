"""How staff get in: the password, the second factor, single sign-on, and what lets nobody in before that."""
