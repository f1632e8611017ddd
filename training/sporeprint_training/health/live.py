"""The rules while training runs: each says it once per stage."""

from __future__ import annotations

from collections.abc import Sequence

from sporeprint_training.config_schema import RunConfig
from sporeprint_training.health.finding import Finding, Rule
from sporeprint_training.health.rules import judge
from sporeprint_training.history import Epoch, StageSignals


class LiveHealth:
    """For a callback to ask at the end of every epoch.

    Args:
        config: of the run, as resolved.

    Example:
        for finding in live.after_epoch(history, signals):
            print(finding.line)
    """

    def __init__(self, config: RunConfig) -> None:
        self._config = config
        self._said: set[tuple[str, Rule]] = set()

    def after_epoch(self, history: Sequence[Epoch], signals: Sequence[StageSignals]) -> list[Finding]:
        """What has not been said of this stage before; see `judge` for the arguments.

        A resumed training gives the epochs before it was killed too, and hears again what was said of them.
        """
        found = judge(history, signals, self._config)
        new = [finding for finding in found if (finding.stage, finding.rule) not in self._said]
        self._said |= {(finding.stage, finding.rule) for finding in new}
        return new
