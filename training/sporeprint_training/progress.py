"""Saying how far long work has come, without deciding who listens."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class Progress(Protocol):
    """Something that long work reports to: a progress bar, a log, or nothing."""

    def step(self, name: str, total: int | None = None) -> AbstractContextManager[Callable[[int], None]]:
        """Open one step of the work.

        Args:
            name: what is being done, in a few words for the user.
            total: units of work in the step; None when nobody knows yet.

        Returns:
            A context manager that gives a function to call with the number of units just finished.
        """
        ...

    def note(self, text: str) -> None:
        """Say one thing that happened, in a line."""
        ...


class SilentProgress:
    """Reports to nobody."""

    def step(self, name: str, total: int | None = None) -> AbstractContextManager[Callable[[int], None]]:
        """See `Progress.step`."""
        return nullcontext(_ignore)

    def note(self, text: str) -> None:
        """See `Progress.note`."""


SILENT: Progress = SilentProgress()
"""The default of every function that takes a progress."""


def _ignore(count: int) -> None:
    pass
