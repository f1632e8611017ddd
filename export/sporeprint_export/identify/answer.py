"""From a model's logits to the answer for one photo or one find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum
from typing import Any

from sporeprint_export.identify.failures import Unusable
from sporeprint_export.identify.look import Look
from sporeprint_export.identify.words import answer_text, confidence_text, danger_text
from sporeprint_export.manifest import Manifest, ModelClass
from sporeprint_training.decision import Decision, Taxa, calibrated_scores, decide, fuse
from sporeprint_training.priors.file import Priors
from sporeprint_training.priors.rule import Context, Flag, weigh


@dataclass(frozen=True)
class Occasion:
    """When and where the photos were taken, and what the model has learned of that."""

    priors: Priors | None
    context: Context


@dataclass(frozen=True)
class Answer:
    """What became of one photo, or of all photos of one find."""

    source: str
    """Path or address; of one find "one find"."""
    decision: Decision | None
    """None when it could not be identified."""
    ranked: tuple[tuple[ModelClass, float], ...] = ()
    """The best classes with their calibrated scores, best first."""
    flags: tuple[tuple[Flag, ...], ...] = ()
    """Of each of these, what the priors find odd about when and where; none without priors or occasion."""
    error: Unusable | None = None
    sources: tuple[str, ...] = ()
    """The photos that one find's answer was made from."""

    def as_dict(self, manifest: Manifest) -> dict[str, Any]:
        """The answer as JSON values; null where it could not be identified."""
        decided, decision = {}, self.decision
        if decision is not None:
            decided = {
                **decision.model_dump(mode="json"),
                "answer": answer_text(decision),
                "confidence": confidence_text(decision, manifest),
                "danger": danger_text(decision, manifest, self.ranked[0][0]),
            }
        empty = dict.fromkeys(
            ("answer", "taxon", "rank", "score", "band", "unknown", "confidence", "danger", "alarm", "alarm_reason")
        )
        scores = [
            {
                "taxon": item.scientific_name,
                "rank": item.rank,
                "score": score,
                "toxicity": item.toxicity,
                "flags": list(flags),
            }
            for (item, score), flags in zip(self.ranked, self.flags, strict=True)
        ]
        return {
            "source": self.source,
            **({"sources": list(self.sources)} if self.sources else {}),
            **empty,
            "deadly": [],
            **decided,
            "scores": scores,
            "error": self.error.as_dict() if self.error else None,
        }


def make_answer(
    source: str,
    looks: Sequence[Look],
    manifest: Manifest,
    top: int,
    sources: Sequence[str] = (),
    occasion: Occasion | None = None,
    taxa: Taxa | None = None,
) -> Answer:
    """Fuse, calibrate, weigh the occasion where it is known, and decide.

    Args:
        source: what the answer is for.
        looks: one per photo, at least one.
        manifest: the model's definition.
        top: number of classes to keep.
        sources: the photos, when they show one find.
        occasion: re-ranks and flags; it hides no class and silences no alarm.
        taxa: the manifest's, kept from one answer to the next; None makes them.
    """
    known = manifest.taxa() if taxa is None else taxa

    def decide_on(scores: Sequence[float]) -> Decision:
        return decide(scores, known, manifest.thresholds, _familiarity(looks))

    try:
        logits = fuse([look.logits for look in looks], manifest.fusion.exponent)
        scores = calibrated_scores(logits, manifest.temperature)
        flags: list[tuple[Flag, ...]] = [()] * len(scores)
        if occasion is None:
            decision = decide_on(scores)
        else:
            strengths = manifest.priors.strengths() if manifest.priors else (0.0, 0.0)
            weighed = weigh(scores, decide_on, occasion.priors, occasion.context, strengths)
            scores, decision, flags = weighed.scores, weighed.decision, weighed.flags
    except ValueError:
        return Answer(source, None, error=Unusable("not_identified"), sources=tuple(sources))
    ranked = sorted(range(len(scores)), key=lambda index: -scores[index])[:top]
    return Answer(
        source=source,
        decision=decision,
        ranked=tuple((manifest.classes[index], scores[index]) for index in ranked),
        flags=tuple(flags[index] for index in ranked),
        sources=tuple(sources),
    )


def _familiarity(looks: Sequence[Look]) -> float | None:
    known = [look.familiarity for look in looks if look.familiarity is not None]
    return fsum(known) / len(known) if len(known) == len(looks) else None
