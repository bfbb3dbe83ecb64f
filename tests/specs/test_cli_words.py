"""What the command line says: a failure is one line, a draw matches or does not, an event is a line or an object."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.bus.port import BusError
from shared.cli import draws
from shared.cli.dead_letter import LetterId, letter_id
from shared.cli.failing import told
from shared.cli.replay import as_json, as_line, moment
from shared.database import Unreachable
from shared.settings import WrongSettings

VECTORS = Path(__file__).parents[2] / "docs" / "vectors" / "draw.json"


@pytest.mark.parametrize("error", [WrongSettings("wrong\n twice"), BusError("wrong twice"), Unreachable("wrong twice")])
def test_a_failure_that_people_can_mend_is_one_line(error: Exception) -> None:
    assert told(error) == "fairground: wrong twice"
    assert told(ExceptionGroup("several", [error])) == "fairground: wrong twice"


def test_a_defect_of_ours_is_not_hidden() -> None:
    assert told(KeyError("pos")) is None
    assert told(ExceptionGroup("several", [BusError("no"), KeyError("pos")])) is None


def test_a_dead_letter_is_named_as_it_is_listed() -> None:
    assert str(LetterId("ledger", 3, 17)) == "ledger/3/17"
    assert letter_id("ledger/3/17") == LetterId("ledger", 3, 17)


@pytest.mark.parametrize("text", ["", "ledger", "ledger/3", "ledger/x/1", "ledger/3/ledger.commands@17", "castle/3/1"])
def test_what_names_no_dead_letter_is_refused(text: str) -> None:
    with pytest.raises(WrongSettings):
        letter_id(text)


def test_a_moment_is_in_utc_unless_it_says_otherwise() -> None:
    assert moment("2026-11-21T12:00:00") == datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert moment("2026-11-21T12:00:00+01:00") == datetime(2026, 11, 21, 11, tzinfo=UTC)
    assert moment(None) is None
    with pytest.raises(WrongSettings, match="--since 'noon' is no moment"):
        moment("noon")


def test_an_event_is_a_line_for_people_and_an_object_for_programs() -> None:
    at = datetime(2026, 11, 21, 12, tzinfo=UTC)
    row = (3, 17, "wallet/starlight/ö", 2, "wallet.posted", '{"a": 1}', "starlight", "admin", "c", "r", at)
    assert as_line("ledger", row).endswith('ledger[3]@17 wallet/starlight/ö v2 wallet.posted {"a": 1} (admin)')
    shown = json.loads(as_json("ledger", row))
    assert shown["data"] == {"a": 1}
    assert (shown["service"], shown["part"], shown["pos"], shown["stream"]) == ("ledger", 3, 17, "wallet/starlight/ö")


def a_draw(**other: object) -> dict[str, object]:
    vector = json.loads(VECTORS.read_text())["draws"][0]
    table = [{"segment_label": f"row {place}", "weight": int(weight)} for place, weight in enumerate(vector["weights"])]
    named = {name: vector[name] for name in ("kind", "key", "server_seed", "server_seed_hash")}
    reward = {"segment_label": f"row {vector['index']}"}
    return {**named, "prize_table": table, "reward": reward, **other}


def test_a_draw_that_matches_says_so() -> None:
    result = draws.verified(a_draw())
    assert result.ok
    assert [line.partition(":")[0] for line in draws.verdict(result)] == ["hash matches", "prize matches"]


@pytest.mark.parametrize(
    ("other", "problem"),
    [
        ({"reward": {"segment_label": "row 2"}}, "segment_label should be 'row 0', but 'row 2' was told"),
        ({"server_seed_hash": "0" * 64}, "was published"),
        ({"committed_hash": "0" * 64}, "the hash seen before the draw is not the one that was told with it"),
        ({"prize_table": []}, "no row of the prize table has a positive weight"),
    ],
)
def test_a_draw_that_does_not_match_says_what_differs(other: dict[str, object], problem: str) -> None:
    result = draws.verified(a_draw(**other))
    assert not result.ok
    assert any(line.startswith("does NOT match") and problem in line for line in draws.verdict(result))


def test_a_draw_that_lacks_something_is_refused() -> None:
    draw = a_draw()
    del draw["prize_table"]
    with pytest.raises(WrongSettings, match="lacks prize_table"):
        draws.verified(draw)


def test_a_file_without_a_draw_is_refused(tmp_path: Path) -> None:
    for text in ("[1]", "{"):
        (tmp_path / "draw.json").write_text(text)
        with pytest.raises(WrongSettings):
            draws.read_draw(str(tmp_path / "draw.json"))
    with pytest.raises(WrongSettings, match="cannot be read"):
        draws.read_draw(str(tmp_path / "nowhere.json"))
