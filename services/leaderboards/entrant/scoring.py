"""What an attempt's metrics come to: caps, resets, targets, milestones and the score, exactly to the millionth."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from shared.formula import compiled
from shared.messages.event_spec import EventSpec, micros_of
from shared.money import MICRO


def after(spec: EventSpec, before: Mapping[str, int], mode: str, given: Mapping[str, int]) -> dict[str, int]:
    """The metrics as reported, after these values: added, or in place of what was there.

    A metric that another one resets is at 0 afterwards if that other one has gone up, whatever was reported for it.
    """
    told = {**before, **given} if mode == "set" else {key: was + given.get(key, 0) for key, was in before.items()}
    resets = {
        metric.key
        for metric in spec.metrics
        if metric.reset_on is not None and told[metric.reset_on] > before[metric.reset_on]
    }
    return {key: 0 if key in resets else value for key, value in told.items()}


def capped(spec: EventSpec, raw: Mapping[str, int]) -> dict[str, int]:
    """The metrics as they count."""
    return {
        metric.key: raw[metric.key] if metric.cap is None else min(raw[metric.key], micros_of(metric.cap))
        for metric in spec.metrics
    }


def score_of(spec: EventSpec, raw: Mapping[str, int]) -> int:
    """The score in millionths, rounded to the nearest and a half to the even one."""
    counted = capped(spec, raw)
    if spec.formula is not None:
        values = {key: Fraction(value, MICRO) for key, value in counted.items()}
        return round(compiled(spec.formula).value(values) * MICRO)
    return round(Fraction(sum(micros_of(one.score_weight) * counted[one.key] for one in spec.metrics), MICRO))


def completed(spec: EventSpec, raw: Mapping[str, int]) -> bool:
    """Whether there are targets, and all are reached, whatever the caps."""
    targets = [(metric.key, micros_of(metric.target)) for metric in spec.metrics if metric.target is not None]
    return bool(targets) and all(raw[key] >= target for key, target in targets)


def newly_reached(spec: EventSpec, raw: Mapping[str, int], reached: int) -> list[int]:
    """The places of the milestones that are reached for the first time, whatever the caps."""
    return [
        place
        for place, milestone in enumerate(spec.milestones)
        if not reached >> place & 1 and raw[milestone.metric] >= micros_of(milestone.threshold)
    ]
