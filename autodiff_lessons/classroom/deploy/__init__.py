"""Where a room outgrows one machine's `autodiff-lessons hub`: the same course and class view on larger hubs.

README.md             how many machines, and how to set each of the two up
kubernetes.yaml       values for Zero to JupyterHub's chart
littlest.py           a plugin for The Littlest JupyterHub
"""
