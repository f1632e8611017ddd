"""Every error that Sporeprint raises on purpose.

    SporeprintError            shown as one line, never as a traceback
    ├── BadInput               exit 2: the user's file, folder, option or config breaks a rule
    └── StepFailed             exit 1: the input was fine and the work could not be finished

Anything else that reaches the command line is a bug and keeps its traceback.
"""

from __future__ import annotations


class SporeprintError(Exception):
    """A failure that the user can act on.

    Args:
        rule: what has to hold, as one sentence.
        received: what was found instead.
        next_step: what the user can do about it.
    """

    exit_code = 1

    def __init__(self, rule: str, *, received: str = "", next_step: str = "") -> None:
        self.rule = rule
        self.received = received
        self.next_step = next_step
        parts = [_sentence(rule)]
        if received:
            parts.append(_sentence(f"Received: {received}"))
        if next_step:
            parts.append(_sentence(next_step))
        super().__init__(" ".join(parts))


class BadInput(SporeprintError):
    """What the user handed in breaks a rule (exit 2)."""

    exit_code = 2


class StepFailed(SporeprintError):
    """The input was fine, the work could not be finished (exit 1)."""

    exit_code = 1


def _sentence(text: str) -> str:
    # One line, whatever a file name or a third party's message contained.
    flat = " ".join(text.split())
    return flat if flat.endswith((".", "?", ":")) else f"{flat}."
