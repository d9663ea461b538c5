#!/usr/bin/env python
"""Django's command line, in the environment as it stands; bin/manage sets one up."""

import os
import sys

from melikgazi.configuration.command_line import run

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "melikgazi.settings")
    run(sys.argv)
