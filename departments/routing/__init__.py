"""From what a citizen wrote to a department and category; and how the router learns."""
