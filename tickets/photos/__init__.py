"""Photos: decoded, stripped, compared, stored."""
