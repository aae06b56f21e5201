"""The live class view: exercises x learners, who is stuck on what, and the most frequent misconceptions.

room.py          what the events amount to: the same for both forms of the view
names.py         a name that can be shown, whatever it is made of
snapshot.py      the room as JSON, made once for all who watch
pages.py         the page, its files and its numbers, for instructors only
static/          the page itself

As a service of a JupyterHub (`python -m autodiff_lessons.classroom`):
hub_settings.py  what a hub's configuration needs for it
service.py       the service, from what the hub tells it to its end
hub_access.py    who may do what: the hub's own roles, asked anew
receiving.py     events from learners' notebooks: whose they are, whether they are events, how many
intake.py        on their way to the database: written in groups
limits.py        how much one learner may send
event_store.py   the events in a database, each exactly once

Over a shared folder (`autodiff-lessons class --folder DIR`):
command.py       the command
folder.py        the events in learners' files
"""
