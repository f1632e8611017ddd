"""What a run has written down so far."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from sporeprint_training.engine.checkpoints import Content
from sporeprint_training.history import Epoch, StageSignals


@dataclass
class Ledger:
    """What a run has written down so far, over all stages."""

    history: list[Epoch] = field(default_factory=list)
    signals: list[StageSignals] = field(default_factory=list)

    def content(self) -> Content:
        """For a checkpoint."""
        return {"history": [asdict(row) for row in self.history], "signals": [asdict(item) for item in self.signals]}

    @classmethod
    def of(cls, content: Content) -> Ledger:
        """Out of a checkpoint."""
        signals = [StageSignals(**{key: _tuple(value) for key, value in item.items()}) for item in content["signals"]]
        return cls([Epoch(**row) for row in content["history"]], signals)


def _tuple(value: Any) -> Any:
    # JSON has lists only.
    return tuple(value) if isinstance(value, list) else value
