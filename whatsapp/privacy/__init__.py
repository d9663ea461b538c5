"""Personal data in WhatsApp's rows: retention, erasure, export."""
