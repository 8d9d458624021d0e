"""The gate before the answers: so many inside, so many waiting, turns between callers, and no place ever lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import Busy
from assistant.surfaces.serve.pressure import Gate


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Visit:
    """Somebody at the gate; ``name`` goes into ``order`` when they are let in, and they stay until told to leave."""

    def __init__(self, gate: Gate, order: list[str], name: str, caller: str | None = None) -> None:
        self._gate, self._order, self.name = gate, order, name
        self._caller = name if caller is None else caller
        self.end = asyncio.Event()
        self.task = asyncio.create_task(self._stay())

    async def _stay(self) -> None:
        async with self._gate.entered(self._caller):
            self._order.append(self.name)
            await self.end.wait()

    async def leave(self) -> None:
        self.end.set()
        await asyncio.gather(self.task, return_exceptions=True)
        await settle()


async def settle() -> None:
    """Let every task run as far as it can."""
    for _ in range(10):
        await asyncio.sleep(0)


@asynccontextmanager
async def visitors(gate: Gate, *names: str) -> AsyncIterator[tuple[dict[str, Visit], list[str]]]:
    """Visits in that order, each of the caller whom its first letter names, and who was let in so far."""
    order: list[str] = []
    visits = {}
    for name in names:
        visits[name] = Visit(gate, order, name, caller=name[0])
        await settle()
    try:
        yield visits, order
    finally:
        for visit in visits.values():
            visit.task.cancel()
        await asyncio.gather(*(visit.task for visit in visits.values()), return_exceptions=True)
        assert (gate.inside, gate.waiting) == (0, 0)


# ---- who is let in


async def test_no_more_are_inside_than_may_be() -> None:
    async with visitors(Gate(2, 5), "a1", "b1", "c1") as (visits, order):
        assert order == ["a1", "b1"]
        await visits["a1"].leave()
        assert order == ["a1", "b1", "c1"]


async def test_those_who_wait_are_let_in_as_they_came() -> None:
    async with visitors(Gate(1, 5), "a1", "b1", "c1", "d1") as (visits, order):
        for name in ("a1", "b1", "c1"):
            await visits[name].leave()
        assert order == ["a1", "b1", "c1", "d1"]


async def test_one_callers_burst_does_not_hold_up_another() -> None:
    gate = Gate(1, 9)
    async with visitors(gate, "a0", "a1", "a2", "a3", "a4", "b1", "b2", "c1") as (visits, order):
        while gate.waiting:
            await visits[order[-1]].leave()
        assert order == ["a0", "a1", "b1", "c1", "a2", "b2", "a3", "a4"]


async def test_a_place_that_is_handed_over_cannot_be_taken_by_a_newcomer() -> None:
    gate = Gate(1, 5)
    async with visitors(gate) as (visits, order):
        async with gate.entered():
            visits["a1"] = Visit(gate, order, "a1")
            await settle()
        assert gate.inside == 1  # a1 has its place by now, and has not run yet
        visits["b1"] = Visit(gate, order, "b1")
        await settle()
        assert order == ["a1"]


async def test_what_goes_wrong_inside_gives_the_place_back() -> None:
    gate = Gate(1, 0)
    with pytest.raises(ZeroDivisionError):
        async with gate.entered():
            raise ZeroDivisionError
    async with gate.entered():
        assert gate.inside == 1


# ---- who is sent away


async def test_one_too_many_is_told_when_to_ask_again() -> None:
    async with visitors(Gate(1, 1), "a1", "a2", "a3") as (visits, order):
        with pytest.raises(Busy, match=r"ask again in 2 s") as refused:
            await visits["a3"].task
        assert refused.value.retry_after == 2
        assert order == ["a1"]


async def test_nobody_waits_where_nobody_may() -> None:
    async with visitors(Gate(1, 0), "a1", "b1") as (visits, _):
        with pytest.raises(Busy):
            await visits["b1"].task


async def test_a_full_room_still_takes_in_a_caller_who_has_fewer_waiting() -> None:
    async with visitors(Gate(1, 3), "a0", "a1", "a2", "a3", "b1") as (visits, order):
        with pytest.raises(Busy):
            await visits["a3"].task
        await visits["a0"].leave()
        await visits["a1"].leave()
        assert order == ["a0", "a1", "b1"]


async def test_a_full_room_of_equal_shares_sends_the_newcomer_away() -> None:
    async with visitors(Gate(1, 2), "a0", "b1", "c1", "d1") as (visits, _):
        with pytest.raises(Busy):
            await visits["d1"].task
        assert not visits["b1"].task.done()
        assert not visits["c1"].task.done()


async def test_the_wait_that_is_named_is_that_of_the_queue() -> None:
    clock = Clock()
    gate = Gate(2, 4, clock=clock)
    async with gate.entered():
        clock.now += 6
    assert gate.retry_after == 3  # the next place of two that are held for 6 s each
    async with visitors(gate, "a1", "b1", "c1", "d1"):
        assert gate.retry_after == 9  # two wait, and the one who asks is the third


async def test_the_wait_follows_the_durations_of_late() -> None:
    clock = Clock()
    gate = Gate(1, 0, clock=clock)
    for seconds in [100] + [2] * 60:
        async with gate.entered():
            clock.now += seconds
    assert gate.retry_after == 3


async def test_before_anybody_left_the_wait_is_as_long_as_the_first_is_in_by_now() -> None:
    clock = Clock()
    gate = Gate(1, 0, clock=clock)
    assert gate.retry_after == 1
    async with gate.entered():
        clock.now += 40
        assert gate.retry_after == 40


# ---- who gives up


async def test_who_is_cancelled_while_waiting_leaves_the_queue() -> None:
    async with visitors(Gate(1, 5), "a1", "b1", "c1") as (visits, order):
        visits["b1"].task.cancel()
        await settle()
        await visits["a1"].leave()
        assert order == ["a1", "c1"]


async def test_who_is_cancelled_as_the_place_comes_hands_it_on() -> None:
    gate = Gate(1, 5)
    async with visitors(gate) as (visits, order):
        async with gate.entered():
            visits |= {name: Visit(gate, order, name) for name in ("a1", "b1")}
            await settle()
        visits["a1"].task.cancel()
        await settle()
        assert order == ["b1"]


async def test_who_is_cancelled_as_they_are_sent_away_is_no_loose_end() -> None:
    gate = Gate(1, 1)
    async with visitors(gate, "a1", "b1") as (visits, _):
        draining = asyncio.create_task(gate.drain(60))
        await asyncio.sleep(0)
        visits["b1"].task.cancel()
        await settle()
        assert visits["b1"].task.cancelled()
        await visits["a1"].leave()
        assert await draining


# ---- the end


async def test_draining_waits_for_those_inside_and_sends_all_others_away() -> None:
    gate = Gate(1, 5)
    async with visitors(gate, "a1", "b1") as (visits, order):
        draining = asyncio.create_task(gate.drain(60))
        await settle()
        assert not draining.done()
        with pytest.raises(Busy, match="stopping"):
            await visits["b1"].task
        with pytest.raises(Busy, match="stopping"):
            async with gate.entered("c"):
                pass
        await visits["a1"].leave()
        assert await draining
        assert order == ["a1"]


async def test_draining_an_empty_gate_is_done_at_once() -> None:
    assert await Gate(1, 0).drain(60)


async def test_draining_gives_up_after_its_time() -> None:
    gate = Gate(1, 0)
    async with gate.entered():
        assert not await gate.drain(0)


# ---- whatever happens


_Happening = tuple[str, int]
_HAPPENINGS = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c", "leave", "cancel", "leave and cancel the next"]), st.integers(0, 9)),
    max_size=40,
)


@given(at_once=st.integers(1, 3), room=st.integers(0, 4), happenings=_HAPPENINGS)
def test_whatever_happens_no_place_is_lost_or_given_twice(
    at_once: int, room: int, happenings: list[_Happening]
) -> None:
    asyncio.run(_go_through(at_once, room, happenings))


async def _go_through(at_once: int, room: int, happenings: list[_Happening]) -> None:
    gate, order = Gate(at_once, room), list[str]()
    visits: dict[str, Visit] = {}
    for number, (what, which) in enumerate(happenings):
        there = [name for name in order if not visits[name].task.done()]
        waiting = [name for name, visit in visits.items() if name not in order and not visit.task.done()]
        if what in "abc":
            visits[f"{what}{number}"] = Visit(gate, order, f"{what}{number}", caller=what)
        elif what == "leave" and there:
            await visits[there[which % len(there)]].leave()
        elif what == "cancel" and visits:
            list(visits.values())[which % len(visits)].task.cancel()
        elif there and waiting:
            visits[there[0]].end.set()
            visits[waiting[which % len(waiting)]].task.cancel()
        await settle()
        there = [name for name in order if not visits[name].task.done()]
        waiting = [name for name, visit in visits.items() if name not in order and not visit.task.done()]
        assert (gate.inside, gate.waiting) == (len(there), len(waiting))
        assert gate.inside <= at_once
        assert gate.waiting <= room
        assert gate.inside == at_once or not waiting
    while gate.inside:
        await visits[next(name for name in order if not visits[name].task.done())].leave()
    assert (gate.inside, gate.waiting) == (0, 0)
    assert all(visit.task.done() for visit in visits.values())
    for visit in visits.values():
        assert visit.task.cancelled() or isinstance(visit.task.exception(), Busy | None)
