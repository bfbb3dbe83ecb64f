"""Lets a made-up stream of wagers run: into Kafka at the pace that was asked for, or into a file at once."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import islice
from typing import BinaryIO, Final

from shared.cli.wager_post import BATCH, Counts, Post
from shared.cli.wager_stream import UNPACED_RATE, Plan, stream
from shared.ids import is_id
from shared.messages.wager import AHEAD, REMEMBERED
from shared.settings import WrongSettings

BATCHES_A_SECOND: Final = 10
"""While a pace is kept."""
_EXACT: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{1,9})?")
_NS_A_SECOND: Final = 1_000_000_000

Told = Callable[[int], None]
"""Is called with how many more messages are done."""


def exact(option: str, text: str, most: Fraction) -> Fraction:
    """A number such as 0.96, as what it says. Raises WrongSettings: it is none, or it is more than `most`."""
    if not _EXACT.fullmatch(text):
        raise WrongSettings(f"{option} {text!r} is no plain decimal number; write it like 0.96")
    if Fraction(text) > most:
        raise WrongSettings(f"{option} {text} is too much; it goes from 0 to {most}")
    return Fraction(text)


def lasts(count: int, rate: int) -> timedelta:
    """How long so many messages last in the stream's own time."""
    return timedelta(seconds=1) * count / (rate or UNPACED_RATE)


def check(plan: Plan) -> None:
    """Raises WrongSettings: a name cannot be one, or there is no room for wagers."""
    named = [("--tenant", plan.tenant), ("--currency", plan.currency), *(("--player", name) for name in plan.named)]
    for option, name in named:
        if not is_id(name):
            raise WrongSettings(f"{option} {name!r} is no id; it has 1 to 128 printable characters without slashes")
    if plan.void_share + plan.deposit_share >= 1:
        raise WrongSettings("--void-share and --deposit-share together leave no room for wagers")


def check_times(plan: Plan, count: int, now: datetime) -> None:
    """Raises WrongSettings: the engines would not take what is sent with these times."""
    if plan.start < now - REMEMBERED:
        raise WrongSettings(f"--start is more than {REMEMBERED.days} days ago; such wagers do not count")
    end = plan.start if plan.rate else plan.start + lasts(count, plan.rate)
    if end > now + AHEAD:
        raise WrongSettings(
            f"the last wagers would be of {end:%Y-%m-%d %H:%M:%S} UTC, which is in the future, and not count; "
            "name an earlier --start"
        )


async def send(plan: Plan, count: int, post: Post, told: Told) -> None:
    """Send the first messages of a plan to Kafka; with a rate, none before its time has come.

    Raises:
        NoTopic: the tenant's topic is not there.
        BusError: Kafka does not take them.
    """
    await post.partitions_of(plan.tenant)
    messages = islice(stream(plan), count)
    size = min(max(plan.rate // BATCHES_A_SECOND, 1), BATCH) if plan.rate else BATCH
    clock = asyncio.get_running_loop().time
    begun = clock()
    while batch := list(islice(messages, size)):
        for one in batch:
            post.add(plan.tenant, one.player, one.value, one.kind)
        if plan.rate:
            await asyncio.sleep(begun + batch[-1].elapsed_ns / _NS_A_SECOND - clock())
        await post.send()
        told(len(batch))


def write(plan: Plan, count: int, file: BinaryIO, told: Told) -> Counts:
    """Write the first messages of a plan as JSON lines."""
    written = Counts()
    messages = islice(stream(plan), count)
    while batch := list(islice(messages, BATCH)):
        file.write(b"".join(one.value + b"\n" for one in batch))
        for one in batch:
            written.count(one.kind, len(one.value) + 1)
        told(len(batch))
    return written
