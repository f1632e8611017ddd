"""Whose turn it is: no host is asked too much, and none waits for another."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import pairwise

import own_loop
from sporeprint_training.dataset.download import hosts as hosts_module
from sporeprint_training.dataset.download.hosts import Hosts
from sporeprint_training.dataset.download.options import DownloadOptions
from sporeprint_training.dataset.download.partial import Partial


def addresses(host: str, count: int) -> list[str]:
    return [f"https://{host}/{number}.jpg" for number in range(count)]


def turns(queue: Hosts, fetchers: int, take) -> None:
    """Let some fetchers take turns until nothing is left; `take(host, job)` is awaited for each."""

    async def fetcher():
        while (turn := await queue.turn()) is not None:
            await take(*turn)
            queue.done(turn[0])

    async def all_of_them():
        await asyncio.wait_for(asyncio.gather(*(fetcher() for _ in range(fetchers))), 10)

    own_loop.run(all_of_them())


def test_hosts_take_turns_and_none_has_more_than_its_lanes(clock):
    queue = Hosts(addresses("big.example", 60) + addresses("small.example", 5), DownloadOptions(per_host=3), clock)
    now, most, order = Counter(), Counter(), []

    async def take(host, job):
        name = job.address.split("/")[2]
        now[name] += 1
        most[name] = max(most[name], now[name])
        order.append(name)
        await asyncio.sleep(0)
        now[name] -= 1

    turns(queue, 16, take)
    assert Counter(order) == {"big.example": 60, "small.example": 5}
    assert most == {"big.example": 3, "small.example": 3}
    # The small host is not behind all of the big one's photos.
    assert max(place for place, name in enumerate(order) if name == "small.example") < 20


def test_a_rate_is_kept_however_many_fetchers_there_are(clock):
    queue = Hosts(addresses("a.example", 21), DownloadOptions(per_host=8, host_rate=4), clock)
    moments = []

    async def take(host, job):
        moments.append(clock.now())

    turns(queue, 8, take)
    assert len(moments) == 21
    assert all(later - earlier >= 0.2499 for earlier, later in pairwise(moments))
    assert moments[-1] - moments[0] < 5.1


def test_what_failed_waits_its_time_while_others_go_on(clock):
    queue = Hosts(addresses("a.example", 4), DownloadOptions(per_host=1), clock)
    order = []

    async def take(host, job):
        job.attempts += 1
        order.append((job.address[-5], clock.now() - 1000))
        if job.address.endswith("0.jpg") and job.attempts == 1:
            queue.later(host, job, 30)

    turns(queue, 1, take)
    assert order == [("0", 0), ("1", 0), ("2", 0), ("3", 0), ("0", 30)]


def test_a_paused_host_keeps_no_other_waiting(clock):
    queue = Hosts(addresses("a.example", 3) + addresses("b.example", 3), DownloadOptions(per_host=1), clock)
    order = []

    async def take(host, job):
        order.append((job.address[8], clock.now() - 1000))
        if order[-1] == ("a", 0):
            queue.pause(host, 100)

    turns(queue, 1, take)
    assert order == [("a", 0), ("b", 0), ("b", 0), ("b", 0), ("a", 100), ("a", 100)]


def test_who_waits_for_a_host_that_is_left_does_not_wait_to_the_end(clock):
    queue = Hosts(addresses("a.example", 9), DownloadOptions(per_host=2), clock)
    left = []

    async def take(host, job):
        if job.address.endswith("/0.jpg"):
            queue.pause(host, 10_000)
        else:
            left.extend(queue.leave(host))

    async def both():
        host, job = await queue.turn()
        other = await queue.turn()
        await take(host, job)
        queue.done(host)
        waiting = asyncio.create_task(queue.turn())
        await asyncio.sleep(0)
        await take(*other)
        assert await waiting is None

    own_loop.run(both())
    assert (len(left), clock.waited < 10) == (7, True)


def test_parts_that_wait_for_another_try_do_not_fill_the_memory(clock, monkeypatch):
    monkeypatch.setattr(hosts_module, "_PARTIAL_BYTES", 250)
    queue = Hosts(addresses("a.example", 8), DownloadOptions(per_host=1), clock)
    kept = {}

    async def take(host, job):
        job.attempts += 1
        if job.attempts == 1:
            job.partial = Partial(job.address, '"v"', '"v"', bytearray(100))
            queue.later(host, job, 5)
        else:
            kept[job.address] = len(job.partial.body)

    turns(queue, 1, take)
    assert sorted(kept.values()) == [0] * 6 + [100] * 2
