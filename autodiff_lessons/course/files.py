"""Read the text files that a command is given, and say in one line what is wrong with them."""

from __future__ import annotations

from pathlib import Path

from autodiff_lessons.errors import UsageError


def text_of(path: Path, what: str) -> str:
    """The file's text; a UsageError says why it can't be `what`, such as "a notebook"."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UsageError(f"there is no file {path}") from None
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not {what}: it is not text") from None
