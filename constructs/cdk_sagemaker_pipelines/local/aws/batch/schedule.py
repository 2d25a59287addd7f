"""Which job of a queue starts next, and which one has to stop for it. No clock, no threads, no AWS.

Batch user guide, "Quota shares" and "Preemption": a share gets what is guaranteed to it, if need be by stopping jobs on
borrowed instances; idle instances are assigned first come, first served, within each share's limit. Our interpretation:
of several jobs that could be stopped it is the one with the lowest priority, of these the one that started last; a job
that does not fit keeps none that fits from starting; a stopped job keeps its place in the queue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

ANY = "NUM_INSTANCES"
"""The capacity unit of a queue that counts instances of every type together."""
State = Literal["RUNNABLE", "RUNNING", "STOPPING"]


class Share(NamedTuple):
    """What a share has of each capacity unit. ``borrow``: per cent of it; None for no limit.

    ``weight``: of the shares of a queue that guarantees nothing: the larger, the more.
    """

    guaranteed: Mapping[str, int]
    borrow: int | None = 0
    lends: bool = True
    preempts_own: bool = False
    weight: float = 1.0

    def limit(self, unit: str) -> float:
        """The most that the share may use."""
        own = self.guaranteed.get(unit, 0)
        return float("inf") if self.borrow is None and own else own + own * (self.borrow or 0) // 100


@dataclass(eq=False)
class Waiting:
    """A job in the queue. ``number``: its place, by the time of submission. ``started``: the number of its start."""

    id: str
    share: str
    unit: str
    count: int
    number: int
    priority: int = 0
    state: State = "RUNNABLE"
    claims: int = 0
    """Not 0: instances that are being freed are kept for it, first for the lowest number."""
    started: int = 0


class Decision(NamedTuple):
    """The jobs to start now, and those to stop."""

    starts: list[Waiting]
    stops: list[Waiting]


@dataclass
class Schedule:
    """The jobs of one queue. ``fair``: whether shares are weighed, with nothing guaranteed and nobody stopped."""

    capacity: Mapping[str, int]
    shares: dict[str, Share]
    fair: bool = False
    jobs: list[Waiting] = field(default_factory=list)
    _count: int = 0

    def used(self, share: str, unit: str) -> int:
        """The instances of a share's jobs, also of those that are being stopped."""
        return sum(job.count for job in self._held(unit) if job.share == share)

    def decide(self) -> Decision:
        """What happens now; the jobs have their new states already."""
        decision = Decision([], [])
        for job in () if self.fair else self._in_order():
            self._restore(job, decision)
        while (found := next(self._startable(), None)) is not None:
            self._start(found, decision)
        return decision

    def remove(self, job: Waiting) -> None:
        """Forgets a job that has ended."""
        self.jobs.remove(job)

    def requeue(self, job: Waiting) -> None:
        """Has a job that was stopped wait again."""
        job.state, job.claims = "RUNNABLE", 0

    # -- what is guaranteed

    def _restore(self, job: Waiting, decision: Decision) -> None:
        """Starts a job that its share has instances for, or has others stopped, so that it starts when they have."""
        share = self.shares[job.share]
        own = share.guaranteed.get(job.unit, 0)
        fits = job.claims or self._planned(job.share, job.unit) + job.count <= own
        if not fits and not (share.preempts_own and self._preempt_own(job, own, decision)):
            return
        if self._free(job.unit) - self._claimed(job.unit, before=job.claims) >= job.count:
            self._start(job, decision)
            return
        job.claims = job.claims or self._next()
        while self._free(job.unit) + self._stopping(job.unit) < self._claimed(job.unit):
            victim = self._latest(lambda one: self._borrows(one.share, one.unit) and one.share != job.share, job.unit)
            if victim is None:
                return
            self._stop(victim, decision)

    def _preempt_own(self, job: Waiting, own: int, decision: Decision) -> bool:
        """Stops jobs of the share with a lower priority; whether the job fits into the share's own instances then."""
        lower = sorted(
            (one for one in self._running(job.unit) if one.share == job.share and one.priority < job.priority),
            key=_first_to_stop,
        )
        missing = self._planned(job.share, job.unit) + job.count - own
        if sum(one.count for one in lower) < missing:
            return False
        for one in lower:
            if missing > 0:
                missing -= one.count
                self._stop(one, decision)
        return True

    def _borrows(self, share: str, unit: str) -> bool:
        return self._planned(share, unit) > self.shares[share].guaranteed.get(unit, 0)

    def _latest(self, may: Callable[[Waiting], bool], unit: str) -> Waiting | None:
        return min(filter(may, self._running(unit)), key=_first_to_stop, default=None)

    # -- what is idle

    def _startable(self) -> Iterator[Waiting]:
        """The jobs that idle instances are assigned to, the next one first."""
        waiting = [job for job in self._in_order() if not job.claims]
        waiting.sort(key=self._turn)
        for job in waiting:
            limit = float("inf") if self.fair else self.shares[job.share].limit(job.unit)
            if self._planned(job.share, job.unit) + job.count <= limit and self._idle(job) >= job.count:
                yield job

    def _turn(self, job: Waiting) -> tuple[float, int, int]:
        if not self.fair:
            return (0.0, 0, job.number)
        used = self.used(job.share, job.unit)
        return (used / self.shares[job.share].weight, -job.priority, job.number)

    def _idle(self, job: Waiting) -> int:
        """What a job may use of what is free: nothing kept for another job, or by a share that does not lend."""
        kept = 0
        for name, share in self.shares.items():
            if not share.lends and name != job.share:
                kept += max(0, share.guaranteed.get(job.unit, 0) - self._planned(name, job.unit))
        return self._free(job.unit) - self._claimed(job.unit) - kept

    # -- sums

    def _in_order(self) -> list[Waiting]:
        """The waiting jobs: those that claim instances, then by priority within each share, else by submission."""
        waiting = [job for job in self.jobs if job.state == "RUNNABLE"]
        return sorted(waiting, key=lambda job: (job.claims or self._count + 1, -job.priority, job.number))

    def _running(self, unit: str) -> list[Waiting]:
        return [job for job in self.jobs if job.state == "RUNNING" and job.unit == unit]

    def _held(self, unit: str) -> list[Waiting]:
        return [job for job in self.jobs if job.state != "RUNNABLE" and job.unit == unit]

    def _planned(self, share: str, unit: str) -> int:
        """What a share uses once those that are being stopped have stopped, and those that claim instances run."""
        return sum(
            job.count
            for job in self.jobs
            if job.share == share and job.unit == unit and (job.state == "RUNNING" or job.claims > 0)
        )

    def _free(self, unit: str) -> int:
        return self.capacity.get(unit, 0) - sum(job.count for job in self._held(unit))

    def _stopping(self, unit: str) -> int:
        return sum(job.count for job in self.jobs if job.state == "STOPPING" and job.unit == unit)

    def _claimed(self, unit: str, before: int = 0) -> int:
        """What is kept, for all or for those that claimed before a number."""
        claims = [job for job in self.jobs if job.claims and job.unit == unit]
        return sum(job.count for job in claims if not before or job.claims < before)

    def _next(self) -> int:
        self._count += 1
        return self._count

    def _start(self, job: Waiting, decision: Decision) -> None:
        job.state, job.claims, job.started = "RUNNING", 0, self._next()
        decision.starts.append(job)

    def _stop(self, job: Waiting, decision: Decision) -> None:
        if job in decision.starts:  # it need not even begin
            decision.starts.remove(job)
            job.state = "RUNNABLE"
        else:
            job.state = "STOPPING"
            decision.stops.append(job)


def _first_to_stop(job: Waiting) -> tuple[int, int]:
    return (job.priority, -job.started)
