"""A person has the conversation instead of the bot."""
