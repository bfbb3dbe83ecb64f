"""A simulation that notices nothing proves nothing: each rule of the worker is broken once, and must be missed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest

from tests.conftest_simulation import KILLED
from tests.simulation.clients import Died, Violation
from tests.simulation.mutants import MUTANTS
from tests.simulation.mutants_in_activities import MUTANTS_IN_ACTIVITIES
from tests.simulation.mutants_in_events import MUTANTS_IN_EVENTS
from tests.simulation.mutants_in_rounds import MUTANTS_IN_ROUNDS
from tests.simulation.mutants_in_standing import notes_turned_around
from tests.simulation.mutants_in_time import OUTLIVING, Mutant
from tests.simulation.mutants_in_wagers import MUTANTS_IN_WAGERS
from tests.simulation.mutants_in_wheels import MUTANTS_IN_WHEELS
from tests.simulation.run import Failed, Ways, simulate

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""A noticed mutant's town is left in the middle of everything; what its processes say when freed is no finding."""

MOST_SEEDS: Final = 300
FEW_SEEDS: Final = 10


@pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant.__name__ for mutant in MUTANTS])
def test_the_simulation_notices(
    mutant: Mutant, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    mutant(monkeypatch)
    first = next((seed for seed in range(MOST_SEEDS) if may_show(mutant, seed) and noticed(seed)), None)
    record_property(KILLED, (mutant.__name__, first))
    assert first is not None, f"{MOST_SEEDS} seeds do not miss the rule: {mutant.__doc__}"


def test_notes_in_another_order_do_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    notes_turned_around(monkeypatch)
    for seed in range(FEW_SEEDS):
        simulate(seed)


def may_show(mutant: Mutant, seed: int) -> bool:
    """Whether this seed's town has what the mutant breaks."""
    town = Ways.of(seed)
    needed = (
        (town.forgetful, OUTLIVING),
        (town.streaming, MUTANTS_IN_WAGERS),
        (town.spinning, MUTANTS_IN_WHEELS),
        (town.answering, MUTANTS_IN_ACTIVITIES),
        (town.eventful, MUTANTS_IN_EVENTS),
        (town.gambling, MUTANTS_IN_ROUNDS),
    )
    return all(there or mutant not in mutants for there, mutants in needed)


def noticed(seed: int) -> bool:
    """Whether this seed's run breaks a promise. A mutant that merely makes a process fall over does not count."""
    broken: BaseException | None = None
    try:
        simulate(seed)
    except Failed as failed:
        broken = failed.__cause__
    if broken is None or isinstance(broken, Died):
        return False
    assert isinstance(broken, Violation), broken
    return True
