"""The command `autodiff-lessons`: one thin face; each command's work is in its own module, loaded when it is asked
for."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from types import ModuleType

from autodiff_lessons.errors import UsageError

# command -> (module with configure(parser) and run(arguments) -> exit code, the line that --help shows)
COMMANDS = {
    "lab": ("autodiff_lessons.course.lab", "open the course in JupyterLab (the default command)"),
    "progress": ("autodiff_lessons.course.progress", "show what you have solved, and what to do next"),
    "doctor": ("autodiff_lessons.course.doctor", "say whether this installation is whole, part by part"),
    "reset": ("autodiff_lessons.course.resetting", "begin a lesson anew; your copy of it is kept"),
    "check": ("autodiff_lessons.course.check", "say which exercises of a filled-in notebook pass"),
    "grade": ("autodiff_lessons.course.grade", "for teachers: mark a folder of submitted notebooks"),
    "nbgrader": ("autodiff_lessons.course.nbgrader_export", "for teachers: the lessons as a course for nbgrader"),
    "run": ("autodiff_lessons.course.run", "compute a saved graph and its gradient, here or on a cluster"),
    "class": ("autodiff_lessons.classroom.live.command", "for instructors: show who of a room is where, live"),
    "hub": (
        "autodiff_lessons.classroom.hub.command",
        "for instructors: start a JupyterHub for a room, on this machine",
    ),
    "export": ("autodiff_lessons.course.export", "write lessons as web pages that work without Python and offline"),
    "teach": (
        "autodiff_lessons.course.teaching",
        "for teachers: the plan, the questions and the wrong answers of a lesson",
    ),
    "build": ("autodiff_lessons.course.build", "for authors: make both editions from notebooks/source"),
}
DEFAULT = "lab"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 all is well, 1 something did not pass, 2 it could not be done."""
    arguments, module = parsed(sys.argv[1:] if argv is None else argv)
    try:
        return int(module.run(arguments))
    except UsageError as error:
        print(f"autodiff-lessons {arguments.command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def parsed(argv: Sequence[str]) -> tuple[argparse.Namespace, ModuleType]:
    """Read a command line: its arguments, and the module that does the work. SystemExit where it is mistyped."""
    words = list(argv)
    asks_for_help = bool(words) and words[0] in ("-h", "--help")
    if not asks_for_help and (not words or words[0].startswith("-")):
        words.insert(0, DEFAULT)
    parser = argparse.ArgumentParser(
        prog="autodiff-lessons", description="Learn automatic differentiation by touching it."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, (path, help_line) in COMMANDS.items():
        subparser = commands.add_parser(name, help=help_line, description=help_line.capitalize() + ".")
        if words and words[0] == name:
            importlib.import_module(path).configure(subparser)
    arguments = parser.parse_args(words)
    return arguments, importlib.import_module(COMMANDS[arguments.command][0])


if __name__ == "__main__":
    sys.exit(main())
