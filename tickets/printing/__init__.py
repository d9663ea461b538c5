"""What is printed or mailed: PDF, drawn from values that were computed elsewhere."""
