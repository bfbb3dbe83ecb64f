"""A worker that was thought dead comes back and finds that its time is over."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import httpx

from shared.bus.partition import partition_of
from tests.system.town import Service, Town, eventually

PLAYERS = ("StarlordV7", "rocket", "groot", "gamora", "mantis")


def owned(service: Service) -> set[int]:
    """The partitions that this ledger says it owns."""
    return set(httpx.get(f"http://127.0.0.1:{service.port}/readyz", timeout=5).json()["partitions"]["ledger"])


def stopped(service: Service) -> bool:
    """Whether the process stands still."""
    assert service.process is not None
    return Path(f"/proc/{service.process.pid}/stat").read_text().split()[2] == "T"


def test_a_zombies_commit_is_refused_and_nothing_is_doubled(
    module_kafka: str, module_database: str, redis_url: str, tmp_path: Path
) -> None:
    with Town(module_kafka, module_database, tmp_path, redis=redis_url) as town:
        first, second = town.services["ledger"], town.add("ledger", "ledger-2")
        second.wait_ready()
        eventually("both own partitions", lambda: owned(first) and owned(second))
        player = next(p for p in PLAYERS if partition_of("starlight", p, town.partitions) in owned(first))
        before = town.balance(player)

        town.arm("ledger", "stop", "decided", 1)
        saying = threading.Thread(target=lambda: town.credit(player, 5, "zombie"))
        saying.start()
        eventually("the first ledger stands still with a decided batch", lambda: stopped(first))
        eventually("the second has taken over", lambda: len(owned(second)) == town.partitions)
        answer = eventually("the second decides it", lambda: _done(town.credit(player, 5, "zombie")))
        assert town.balance(player) == before + 5

        first.signal(signal.SIGCONT)
        eventually("the zombie was fenced", lambda: first.metric("fairground_fenced_total") > 0)
        eventually("the zombie works again", first.ready)
        saying.join()
        again = eventually("an answer again", lambda: _done(town.credit(player, 5, "zombie")))
        assert again.status_code == 200
        assert _content(again) == _content(answer)
        assert town.balance(player) == before + 5
        print(f"\nzombie: fenced {first.metric('fairground_fenced_total'):.0f} time(s), nothing doubled")
        assert "no difference" in town.run("verify")


def _done(answer: httpx.Response) -> httpx.Response | None:
    return answer if answer.status_code in (200, 201) else None


def _content(answer: httpx.Response) -> dict[str, object]:
    return {name: value for name, value in answer.json().items() if name != "deduped"}
