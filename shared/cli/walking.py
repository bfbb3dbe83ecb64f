"""Shares the partitions of a long walk among a few processes, and tells how far all of them together have come."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Final, TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")
Walked = Callable[[int], None]
"""Told how many more events were walked."""

FEW_EVENTS: Final = 20_000
"""A walk this short is over before another process has started."""
POLL_S: Final = 0.1
_counter: Any = None


def processes_for(events: int, parts: int) -> int:
    """How many processes a walk is worth."""
    return 1 if events < FEW_EVENTS else min(parts, os.cpu_count() or 1)


async def walk(
    work: Callable[[Job, Walked], Awaitable[Result]], jobs: Sequence[Job], processes: int, walked: Walked
) -> list[Result]:
    """The result of `work` for every job, in the order of the jobs.

    Args:
        work: a function of a module, so that another process can find it.
        jobs: what it is given, one a partition.
        processes: 1 works right here.
        walked: told of progress.

    Raises:
        Exception: what the first failing job raised.
    """
    if processes <= 1:
        return [await work(job, walked) for job in jobs]
    context = multiprocessing.get_context("spawn")
    counter = context.Value("q", 0)
    with ProcessPoolExecutor(processes, context, initializer=_begin, initargs=(counter,)) as pool:
        loop = asyncio.get_running_loop()
        tasks = [loop.run_in_executor(pool, _work, work, job) for job in jobs]
        try:
            await _watch(tasks, counter, walked)
            return [await task for task in tasks]
        except BrokenProcessPool as error:
            raise ChildProcessError("one of the processes of this walk has died; was memory short?") from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


async def _watch(tasks: Sequence[asyncio.Future[Any]], counter: Any, walked: Walked) -> None:
    told, waiting = 0, set(tasks)
    while waiting:
        done, waiting = await asyncio.wait(waiting, timeout=POLL_S, return_when=asyncio.FIRST_EXCEPTION)
        now = counter.value
        walked(now - told)
        told = now
        if any(task.exception() for task in done):
            return


def _begin(counter: Any) -> None:
    global _counter  # noqa: PLW0603 - a pool hands shared memory over in no other way
    _counter = counter


def _work(work: Callable[[Any, Walked], Awaitable[Any]], job: Any) -> Any:
    import uvloop

    async def running() -> Any:
        return await work(job, _count)

    return uvloop.run(running())


def _count(events: int) -> None:
    with _counter.get_lock():
        _counter.value += events
