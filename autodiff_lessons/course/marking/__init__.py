"""Mark a folder of submitted notebooks: find them, run each in a process of its own, write down the marks."""
