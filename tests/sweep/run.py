# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One course: the undisturbed run, which is copied at each point, and what becomes of each copy.

A point is a copy of this process (fork), made when the request of its number is about to be sent. So whatever was
before it happened once, whoever is behind it cannot tell that it was not always alone, and nothing is shared.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO

from ansible_collections.eva.mpio.tests.integration.playbook import TaskResult
from ansible_collections.eva.mpio.tests.integration.stage import Stage
from ansible_collections.eva.mpio.tests.sweep import disturbances, stories
from ansible_collections.eva.mpio.tests.sweep.clock import LostItsWay, VirtualClock, virtual_time
from ansible_collections.eva.mpio.tests.sweep.cluster import ClusterJudge
from ansible_collections.eva.mpio.tests.sweep.direct import connected
from ansible_collections.eva.mpio.tests.sweep.disturbances import HOST
from ansible_collections.eva.mpio.tests.sweep.fleet import DirectFleet
from ansible_collections.eva.mpio.tests.sweep.history import Histories
from ansible_collections.eva.mpio.tests.sweep.points import Course, Point

REST_SECONDS = 120.0
"""After a disturbance: time for a boot and for the initiator to reconnect, in the lab's seconds."""
LONGEST = 1800.0
"""What a disturbed run may take in the lab's seconds: a restart that is awaited in vain takes 900 of them."""
HANGS = 120
"""Real seconds after which a copy has lost its way."""


@dataclass(frozen=True)
class Verdict:
    """What became of a point, or of the undisturbed run."""

    point: str
    faults: tuple[str, ...]
    """Nothing where all is well; each is a sentence, after the name of what was broken."""
    status: str = ""
    """How the disturbed run ended for Ansible."""
    seconds: float = 0.0
    """How long the disturbed run took, in the lab's seconds."""
    same_as: str = ""
    """The point whose verdict holds for this one too, from the end of the disturbed run on."""


class CourseRun:
    """Runs one course in this process, and its points in copies of it."""

    def __init__(self, course: Course, wanted: Callable[[Point], bool], jobs: int, alone: bool = False) -> None:
        """Prepare.

        Args:
            course: the story and the server
            wanted: tells which points to try
            jobs: how many copies may be alive at once
            alone: whether each point is followed to its end, also where another one has come to the same
        """
        self._course = course
        self._story = stories.EACH[course.story]
        self._wanted = wanted
        self._jobs = jobs
        self._alone = alone
        self._histories: Histories | None = None
        self.points = 0
        """How many points the undisturbed run has."""
        self._number = 0
        self._point: Point | None = None
        """What this process is a copy for; None in the process that is none."""
        self._copies = 0
        self._clock = VirtualClock()
        self.fleet = DirectFleet(stories.fleet_spec(self._story, course.profile, course.switches), self._clock)
        self.fleet.used_by_volumes = self._story.volumes
        self._stage = Stage(self.fleet, Path())
        self._options: stories.Options = {}
        self._cluster: ClusterJudge | None = None

    def verdicts(self) -> Iterator[Verdict]:
        """Run everything; the verdict on the undisturbed run comes first."""
        with tempfile.TemporaryDirectory() as known, tempfile.TemporaryFile("w+b", buffering=0) as results:
            os.set_inheritable(results.fileno(), True)
            self._histories = None if self._alone else Histories(Path(known))
            own = self._explore(results)
            while self._copies:
                self._await_one()
            yield own
            results.seek(0)
            for line in results:
                found = json.loads(line)
                yield Verdict(**{**found, "faults": tuple(found["faults"])})

    def _explore(self, results: IO[bytes]) -> Verdict:
        with ExitStack() as stack:
            stack.enter_context(virtual_time(self._clock))
            stack.enter_context(connected(self.fleet.wire))
            try:
                self.fleet.start()
                self._options = stories.options_for(self._stage, self._course.profile)
                self._story.prepare(self._stage, self._options)
                self._cluster = ClusterJudge(self.fleet)
                # A collection touches every object, and the copies share memory until they touch it.
                gc.collect()
                gc.freeze()
                self.fleet.wire.before = self._copy_here
                verdict = self.judge()
            except (Exception, LostItsWay):
                verdict = Verdict(str(self._course), (f"traceback: {traceback.format_exc(limit=-4)}",))
            if self._point is None:
                return verdict
            # One write to a file that is appended to: copies cannot tear each other's lines.
            line = json.dumps({**vars(verdict), "point": str(self._point)}) + "\n"
            os.write(results.fileno(), line.encode())
            os._exit(0)

    def _copy_here(self, request: bytes) -> None:
        """Make a copy of this process for each point at this request; the copies go on, each disturbed."""
        self._number += 1
        for name, disturb in disturbances.EACH.items():
            if not disturbances.applies(name, request):
                continue
            self.points += 1
            point = Point(self._course, name, self._number)
            if not self._wanted(point):
                continue
            if self._copies >= self._jobs:
                self._await_one()
            self._copies += 1
            if os.fork():
                continue
            gc.disable()
            signal.signal(signal.SIGALRM, _lost)
            signal.alarm(HANGS)
            self._point = point
            self.fleet.wire.before = _nothing
            disturb(self.fleet, self._number)
            return

    def _await_one(self) -> None:
        os.wait()
        self._copies -= 1

    def judge(self) -> Verdict:
        """Run disturbed, then undisturbed, then once more, and say what was wrong."""
        began = self._clock.now
        asked = self._story.asks(self._options)
        first = self._stage.module("host", HOST, asked)
        seconds = self._clock.now - began
        self.fleet.wire.before = _nothing
        faults = list(self._of_the_disturbed(first, seconds))
        disturbances.heal(self.fleet)
        self._clock.sleep(REST_SECONDS)
        point = str(self._point or self._course)
        histories = self._histories if self._point else None
        first_one = histories.first_with(self.fleet, point) if histories else point
        if first_one == point:
            faults += self._of_the_rest(asked)
        same_as = "" if first_one == point else first_one
        return Verdict(point, tuple(faults), first.status, round(seconds, 1), same_as)

    def _of_the_disturbed(self, run: TaskResult, seconds: float) -> Iterator[str]:
        converged = (run.status, run.result.get("state")) == ("ok", "converged")
        if self._point is None and not converged:
            yield f"undisturbed: {run.status} {run.result.get('state')}: {run.message}"
        if run.status != "ok" and not run.message:
            yield "no reason: the disturbed run does not say why it failed"
        if "Traceback" in str(run.result):
            yield f"traceback in the result: {run.message}"
        if seconds > LONGEST:
            yield f"endless: the disturbed run took {seconds:.0f} seconds"

    def _of_the_rest(self, asked: stories.Options) -> Iterator[str]:
        run = self._stage.module("host", HOST, asked)
        if (run.status, run.result.get("state")) != ("ok", "converged"):
            yield f"does not converge: {run.status} {run.result.get('state')}: {run.message}"
        doubled = bool(self._course.switches.get("persistent_login_logs_in"))
        yield from (f"wrong end: {text}" for text in stories.shortcomings(self._story, self._stage, doubled))
        mark = self._stage.now
        again = self._stage.module("host", HOST, self._story.settled(self._options))
        if again.status != "ok" or again.result.get("changed") or self._stage.changes(HOST, mark):
            yield f"not at rest: {again.status} {again.message} {again.result.get('steps')}"
        yield from (f"law, {found.clause.value}: {found.sentence}" for found in self.fleet.laws.violations)
        yield from (f"cluster: {sentence}" for sentence in (self._cluster.losses if self._cluster else ()))
        yield from self._after_a_boot()

    def _after_a_boot(self) -> Iterator[str]:
        """What is stored has to bring everything back by itself."""
        host = self.fleet.host(HOST)
        with self.fleet.laws.fault():
            host.power_off()
            host.start()
        self._clock.sleep(REST_SECONDS)
        yield from (f"after a boot: {text}" for text in stories.shortcomings(self._story, self._stage, doubled=False))


def _nothing(_request: bytes) -> None:
    """Let a request pass."""


def _lost(_signal: int, _frame: FrameType | None) -> None:
    raise LostItsWay(f"not done after {HANGS} seconds")
