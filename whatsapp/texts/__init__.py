"""All texts that citizens read, and the messages and templates built from them."""
