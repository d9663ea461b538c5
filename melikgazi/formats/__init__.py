"""How dates are written and typed (Django's FORMAT_MODULE_PATH): one module a language."""
