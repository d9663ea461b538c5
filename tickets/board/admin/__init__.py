"""The supervisors' live board: `page.py` shows it, `acts.py` changes what it shows, `walls.py` opens screens on the
wall, `presence.py` is where everybody says whether they are there.
"""
