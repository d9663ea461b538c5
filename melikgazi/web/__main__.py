"""`python -m melikgazi.web`."""

from melikgazi.web.server import main

if __name__ == "__main__":
    main()
