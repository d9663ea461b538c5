"""The queue: the list of tickets that the back office works from.

`page.py` answers the browser; `tabs.py` and `filters.py` say which tickets, `paging.py` in what order and how many,
`rows.py` what is shown of each, `bulk.py` and `queue_csv.py` what can be done with several at once.
"""
