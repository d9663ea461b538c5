"""Every sentence that citizens read, and the messages that carry them."""
