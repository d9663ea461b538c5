"""Tools that know nothing of municipalities, tickets or WhatsApp; every app may use them."""
