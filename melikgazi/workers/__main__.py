"""`python -m melikgazi.workers`."""

from melikgazi.workers.parent import main

if __name__ == "__main__":
    main()
