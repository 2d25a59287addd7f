"""Who gets the instances of a pool: teams with guarantees lend, borrow and take back, on virtual time."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

import pytest

from cdk_sagemaker_pipelines.local.aws.batch.schedule import ANY, Schedule, Share, Waiting
from cdk_sagemaker_pipelines.local.engine.clock import Timer, VirtualClock

G5, P4 = "ml.g5.xlarge", "ml.p4d.24xlarge"
STOPPING = 120
"""The seconds that a job takes to stop."""


@dataclass
class Pool:
    """A queue with its clock: jobs run for their time, begin anew when they were stopped, and end."""

    schedule: Schedule
    seconds: dict[str, int]
    clock: VirtualClock = field(default_factory=VirtualClock)
    ended: Counter[str] = field(default_factory=Counter)
    stopped: Counter[str] = field(default_factory=Counter)
    waited: dict[str, float] = field(default_factory=dict)
    """Since when a job waits whose team has instances for it."""
    longest: float = 0
    timers: dict[str, Timer] = field(default_factory=dict)

    def submit(self, job: Waiting) -> None:
        self.schedule.jobs.append(job)
        self.go_on()

    def go_on(self) -> None:
        decision = self.schedule.decide()
        for job in decision.stops:
            self.clock.cancel(self.timers.pop(job.id))
            self.stopped[job.id] += 1
            self.clock.call_later(STOPPING, lambda job=job: self.has_stopped(job))  # type: ignore[misc]
        for job in decision.starts:
            timer = self.clock.call_later(self.seconds[job.id], lambda job=job: self.has_ended(job))  # type: ignore[misc]
            self.timers[job.id] = timer
        self.check()

    def has_stopped(self, job: Waiting) -> None:
        self.schedule.requeue(job)
        self.go_on()

    def has_ended(self, job: Waiting) -> None:
        self.timers.pop(job.id)
        self.ended[job.id] += 1
        self.schedule.remove(job)
        self.go_on()

    def check(self) -> None:
        """What holds at any time; counted from the jobs alone, as nobody decides it."""
        jobs, shares, capacity = self.schedule.jobs, self.schedule.shares, self.schedule.capacity
        held = [job for job in jobs if job.state != "RUNNABLE"]
        used = Counter[tuple[str, str]]()
        free = Counter(capacity)
        for job in held:
            used[job.share, job.unit] += job.count
            free[job.unit] -= job.count
        assert all(number >= 0 for number in free.values())
        now = self.clock.now().timestamp()
        waiting = {job.id for job in jobs if job.state == "RUNNABLE"}
        for name in [*self.waited]:
            if name not in waiting:
                self.longest = max(self.longest, now - self.waited.pop(name))
        for job in jobs:
            share = shares[job.share]
            own = share.guaranteed.get(job.unit, 0)
            running = sum(
                one.count for one in jobs if one.state == "RUNNING" and (one.share, one.unit) == (job.share, job.unit)
            )
            assert running <= share.limit(job.unit)
            if job.state != "RUNNABLE":
                continue
            if running + self.promised(job) + job.count <= own:
                self.waited.setdefault(job.id, now)
            elif not job.claims:
                self.waited.pop(job.id, None)
                kept = sum(one.count for one in jobs if one.claims and one.unit == job.unit)
                reserved = sum(
                    max(0, each.guaranteed.get(job.unit, 0) - used[name, job.unit])
                    for name, each in shares.items()
                    if not each.lends and name != job.share
                )
                fits = job.count <= free[job.unit] - kept - reserved
                assert not (fits and running + self.promised(job) + job.count <= share.limit(job.unit)), job

    def promised(self, job: Waiting) -> int:
        """What is kept for other jobs of the team."""
        same = [one for one in self.schedule.jobs if one.claims and (one.share, one.unit) == (job.share, job.unit)]
        return sum(one.count for one in same if one is not job)


def random_pool(seed: int) -> Pool:
    """Three teams with 60 jobs of two instance types."""
    chance = random.Random(seed)
    shares = {
        "vision": Share({G5: 5, P4: 1}, borrow=100),
        "nlp": Share({G5: 3, P4: 2}, borrow=chance.choice([0, 50, None])),
        "ops": Share({G5: 2}, borrow=0, lends=chance.random() < 0.5, preempts_own=chance.random() < 0.3),
    }
    pool = Pool(Schedule({G5: 10, P4: 4}, shares), {})
    for number in range(60):
        team = chance.choice([*shares])
        unit = chance.choice([*shares[team].guaranteed])
        kept = sum(each.guaranteed.get(unit, 0) for name, each in shares.items() if name != team and not each.lends)
        most = min(shares[team].limit(unit), (10 if unit == G5 else 4) - kept)
        job = Waiting(f"job-{number}", team, unit, chance.randint(1, int(most)), number, chance.choice([0, 0, 5, 9]))
        pool.seconds[job.id] = chance.randint(60, 7200)
        pool.clock.call_later(chance.randint(0, 20_000), lambda job=job: pool.submit(job))  # type: ignore[misc]
    return pool


def run(pool: Pool, steps: int = 5000) -> None:
    for _ in range(steps):
        if not pool.clock.advance():
            return
    raise AssertionError("it does not come to an end")


@pytest.mark.parametrize("seed", range(5))
def test_three_teams_with_sixty_jobs(seed: int) -> None:
    """No team waits for what is guaranteed to it longer than a job takes to stop; ``check`` has the rest."""
    pool = random_pool(seed)
    run(pool)
    assert pool.ended == Counter({f"job-{number}": 1 for number in range(60)})
    assert pool.longest <= STOPPING
    assert pool.schedule.jobs == []


@pytest.mark.long
@pytest.mark.parametrize("seed", range(5, 300))
def test_many_more_teams(seed: int) -> None:
    test_three_teams_with_sixty_jobs(seed)


def test_the_random_pools_lend_and_take_back() -> None:
    stopped: Counter[str] = Counter()
    for seed in range(5):
        pool = random_pool(seed)
        run(pool)
        stopped += pool.stopped
    assert stopped.total() >= 5


def waiting(name: str, share: str, count: int, number: int, priority: int = 0) -> Waiting:
    return Waiting(name, share, G5, count, number, priority)


def decided(schedule: Schedule, *jobs: Waiting) -> tuple[list[str], list[str]]:
    schedule.jobs.extend(jobs)
    starts, stops = schedule.decide()
    return [job.id for job in starts], [job.id for job in stops]


def test_the_lowest_priority_that_began_last_is_stopped() -> None:
    schedule = Schedule({G5: 4}, {"a": Share({G5: 2}, borrow=100), "b": Share({G5: 2}, borrow=100)})
    jobs = [waiting("high", "a", 1, 0, 9), *(waiting(f"low{n}", "a", 1, n) for n in range(1, 4))]
    assert decided(schedule, *jobs) == (["high", "low1", "low2", "low3"], [])
    assert decided(schedule, waiting("own", "b", 1, 4)) == ([], ["low3"])
    assert decided(schedule) == ([], [])  # nobody is stopped twice for the same job
    schedule.requeue(jobs[3])
    assert decided(schedule) == (["own"], [])


def test_a_share_that_does_not_lend_keeps_its_instances() -> None:
    schedule = Schedule({G5: 4}, {"a": Share({G5: 2}, borrow=100), "b": Share({G5: 2}, lends=False)})
    assert decided(schedule, *(waiting(f"{n}", "a", 1, n) for n in range(3))) == (["0", "1"], [])


def test_a_higher_priority_stops_its_own_team_only_where_it_may() -> None:
    for may, stops in ((False, []), (True, ["low"])):
        schedule = Schedule({G5: 2}, {"a": Share({G5: 2}, preempts_own=may)})
        assert decided(schedule, waiting("low", "a", 2, 0)) == (["low"], [])
        assert decided(schedule, waiting("high", "a", 1, 1, 5)) == ([], stops)


def test_weights_share_what_is_there() -> None:
    shares = {"vision": Share({}, weight=3), "nlp": Share({}, weight=1)}
    schedule = Schedule({ANY: 8}, shares, fair=True)
    jobs = [Waiting(f"{team}{n}", team, ANY, 1, n) for team in shares for n in range(10)]
    starts, stops = decided(schedule, *jobs)
    assert (Counter(name.rstrip("0123456789") for name in starts), stops) == ({"vision": 6, "nlp": 2}, [])
