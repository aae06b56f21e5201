"""Run a notebook of the course in a fresh kernel of the interpreter that asks for it."""

from __future__ import annotations

import re
from pathlib import Path

from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

CELL_SECONDS = 120
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class BuildError(Exception):
    """A lesson's cell can't be run; the message shows the cell."""


class _OneKernelSpec(KernelSpecManager):
    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return KernelSpec(resource_dir=RESOURCES, **get_kernel_dict())


class _ThisInterpreter(AsyncKernelManager):
    """Starts the interpreter that runs the build, whatever else is installed under the name python3."""

    def _kernel_spec_manager_default(self) -> KernelSpecManager:
        return _OneKernelSpec()


async def executed(
    notebook: NotebookNode, folder: Path, cell_seconds: float = CELL_SECONDS, widget_state: bool = False
) -> NotebookNode:
    """Run a notebook in a fresh kernel that works in `folder`; `BuildError` shows a cell that raises or hangs.

    With `widget_state`, the notebook's metadata then hold what each widget had sent to its page.
    """
    client = NotebookClient(
        notebook,
        kernel_manager_class=_ThisInterpreter,
        timeout=cell_seconds,
        store_widget_state=widget_state,
        record_timing=False,
        extra_arguments=["--log-level=ERROR"],  # its warning about loopback TCP is not about the lesson
        resources={"metadata": {"path": str(folder)}},
    )
    started: list[NotebookNode] = []
    client.on_cell_start = lambda cell, cell_index: started.append(cell)
    try:
        finished: NotebookNode = await client.async_execute()
        return finished
    except CellExecutionError as error:
        raise BuildError(_COLOURS.sub("", str(error))) from None
    except (CellTimeoutError, DeadKernelError) as error:
        source = started[-1].source if started else ""
        raise BuildError(f"{str(error).splitlines()[0]}\n{source}") from None
