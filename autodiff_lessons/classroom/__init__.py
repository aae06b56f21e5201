"""An instructor and a room of learners, on JupyterHub and nbgrader: no hub, exchange or gradebook of our own.

Each check in a learner's notebook tells the class view its outcome, never the code. The learner's side needs nothing
beyond the course itself; the instructor's side needs `pip install '.[classroom]'`, and over a shared folder not even
that.

event.py      what is sent: one check's outcome
sharing.py    whether it is sent, and how a learner says no
sender.py     the thread that sends what waits in the logbook's outbox
delivery.py   to the hub's service, or into a shared folder
live/         the instructor's side: the view of who is where
proxy.py      the proxy that a JupyterHub needs in front of it
"""
