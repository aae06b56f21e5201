"""`autodiff-lessons hub`: a JupyterHub on one machine with the course, working copies and the class view.

command.py            the command: what it refuses, and the start
plan.py               what the command hands to the hub's configuration
authenticator.py      who may log in
accounts.py           the instructors' own passwords: there is no account before it has one
jupyterhub_config.py  the file that JupyterHub reads
configuration.py      what is in it
spawners.py           each learner's server: under an account of its own, or all under one
server.py             what runs there: the working copy is brought up to date, and JupyterLab opens it
"""
