"""Points, mahalleler, boundaries and main roads."""
