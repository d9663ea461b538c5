"""A local emulator of the WhatsApp Cloud API, for trials and tests; never enabled in production.

It runs as its own process (`python -m whatsapp.emulator`), imports nothing else of the project and is used by HTTP
alone, so that it cannot be more lenient than Meta. Start reading at server.py.
"""
