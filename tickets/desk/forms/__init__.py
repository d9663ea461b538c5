"""The forms of the ticket page. They clean the arguments of a service; the workflow checks which a transition needs."""
