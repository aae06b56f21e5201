"""`python -m autodiff_lessons.classroom`: the class view, as a JupyterHub starts it."""

import sys

from autodiff_lessons.classroom.live.service import main

sys.exit(main())
