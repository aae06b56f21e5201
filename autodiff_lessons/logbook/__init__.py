"""What a learner has done, kept in the learner's folder: across restarts, kernels and kills.

store.py     one file, one line an event
outbox.py    what of it waits to be sent to the learner's class
state.py     what the events amount to: solved, tried, open, and what to do next
display.py   the same for people, in a notebook and in a terminal
code.py      the same as a short text, to take along from Binder
"""
