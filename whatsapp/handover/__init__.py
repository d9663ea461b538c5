"""Human handover: staff talk to the citizen instead of the bot."""
