"""A local WhatsApp Cloud API, wire-true in both directions, for trials and tests; never on in production.

It runs as its own process (`python -m whatsapp.emulator`), imports none of the other rooms and talks to them by
HTTP alone, so that it can never be kinder than the wire. Start reading at server.py.
"""
