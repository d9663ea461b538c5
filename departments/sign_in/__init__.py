"""Sign-in of staff: passwords, the second factor, sessions, the throttle of guesses, invitations."""
