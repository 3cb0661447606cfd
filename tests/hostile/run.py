# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One story with a server that lies: each lie is told to a copy of this process, and judged there."""

from __future__ import annotations

import gc
import json
import os
import re
import resource
import signal
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO, Any

from ansible.errors import AnsibleError

from ansible_collections.eva.mpio.tests.hostile.lies import Liar
from ansible_collections.eva.mpio.tests.integration.dsm_stage import dsm_of
from ansible_collections.eva.mpio.tests.integration.playbook import TaskResult
from ansible_collections.eva.mpio.tests.integration.stage import Stage
from ansible_collections.eva.mpio.tests.lab.winrm.shell import Caller
from ansible_collections.eva.mpio.tests.lab.winrm.wsman import Answer, Call
from ansible_collections.eva.mpio.tests.sweep import disturbances, stories
from ansible_collections.eva.mpio.tests.sweep.clock import LostItsWay, VirtualClock, virtual_time
from ansible_collections.eva.mpio.tests.sweep.direct import connected
from ansible_collections.eva.mpio.tests.sweep.disturbances import HOST
from ansible_collections.eva.mpio.tests.sweep.fleet import DirectFleet

AT_REST = "at rest"
FACTS = "facts"
STORIES = (AT_REST, FACTS, *stories.EACH)
"""The stories of the sweep, a server that has nothing to be done, and one that is only read."""


def is_told_of(story: str, profile: str) -> bool:
    """Tell whether servers of a profile take part in a story."""
    return story not in stories.EACH or stories.EACH[story].is_told_of(profile)


LONGEST = 3600.0
"""What a run may take in the lab's seconds: two restarts that are awaited in vain, and more."""
HANGS = 90
"""Real seconds after which a copy has lost its way."""
MEMORY = 256 * 1024
"""Kilobytes that a run may take more than the process had: an answer has 4 MB at most."""
LONGEST_MESSAGE = 20_000
LONGEST_RESULT = 16_000_000
"""Letters: what one answer of the largest size can become."""
PATIENT = 500
"""After so many lies each takes TIME: a server that says without end that a command still runs is only waited for."""
TIME = 10.0
PYTHON = re.compile(
    r"Traceback|NoneType|object at 0x|<class '|\b(?:Key|Value|Type|Index|Attribute|Unicode\w*|Recursion)Error\b"
    r"|\b[A-Z][A-Za-z]+\([a-z_]+=|ET\.|<Element|IPv[46]Address\("
)
"""What no sentence for people holds."""


@dataclass(frozen=True)
class Verdict:
    """What became of one lie."""

    lie: str
    told: tuple[str, ...]
    status: str
    message: str
    faults: tuple[str, ...]


class Course:
    """A story with a server of one profile: lies of some numbers, each in a copy of this process."""

    def __init__(self, profile: str, story: str, seeds: range, jobs: int) -> None:
        """Prepare.

        Args:
            profile: the kind of server
            story: one of STORIES
            seeds: numbers of the lies
            jobs: how many copies may be alive at once
        """
        self._name = f"{profile} {story}"
        self._profile = profile
        self._seeds = seeds
        self._jobs = jobs
        self._copies = 0
        self._module = "host_info" if story == FACTS else "host"
        self._story = stories.EACH.get(story, stories.Story(story, stories.provision))
        self._clock = VirtualClock()
        self.fleet = DirectFleet(stories.fleet_spec(self._story, profile, {}), self._clock)
        self.fleet.used_by_volumes = self._story.volumes
        self._stage = Stage(self.fleet, Path())
        self._options: stories.Options = {}

    def verdicts(self) -> Iterator[Verdict]:
        """Tell every lie; verdicts come in no order."""
        with tempfile.TemporaryFile("w+b", buffering=0) as results, ExitStack() as stack:
            os.set_inheritable(results.fileno(), True)
            stack.enter_context(virtual_time(self._clock))
            stack.enter_context(connected(self.fleet.wire))
            self.fleet.start()
            self._options = stories.options_for(self._stage, self._profile)
            self._story.prepare(self._stage, self._options)
            gc.collect()
            gc.freeze()
            answers = self._count_answers()
            for seed in self._seeds:
                lie = f"{self._name} {seed}"
                self._in_a_copy(results, lambda lie=lie: self._judged(Liar(lie, answers)))
            while self._copies:
                self._await_one()
            results.seek(0)
            for line in results:
                found = json.loads(line)
                yield Verdict(**{**found, "told": tuple(found["told"]), "faults": tuple(found["faults"])})

    def _in_a_copy(self, results: IO[bytes], work: Callable[[], dict[str, Any]]) -> None:
        if self._copies >= self._jobs:
            self._await_one()
        self._copies += 1
        if os.fork():
            return
        gc.disable()
        signal.signal(signal.SIGALRM, _lost)
        signal.alarm(HANGS)
        code = 1
        try:
            os.write(results.fileno(), (json.dumps(work()) + "\n").encode())
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)

    def _await_one(self) -> None:
        _unused, status = os.wait()
        self._copies -= 1
        if status:
            raise RuntimeError(f"{self._name}: a copy ended without a verdict")

    def _count_answers(self) -> int:
        """Count the answers of the run to which nobody lies."""
        with tempfile.TemporaryFile("w+b", buffering=0) as counted:
            self._in_a_copy(counted, self._undisturbed)
            self._await_one()
            counted.seek(0)
            number = int(json.loads(counted.read())["answers"])
        return number

    def _undisturbed(self) -> dict[str, Any]:
        seen: list[Answer] = []

        def watch(subject: tuple[str, str], answer: Answer) -> Answer:
            seen.append(answer)
            return answer

        self._intercept(watch)
        run = self._run()
        if run.status != "ok":
            raise RuntimeError(f"{self._name}: undisturbed: {run.message}")
        return {"answers": len(seen)}

    def _intercept(self, change: Callable[[tuple[str, str], Answer], Answer] | None) -> None:
        """Let answers pass through a function on their way; None ends that."""
        service = self.fleet.winrm(HOST).service
        honest = type(service).answer

        def answer(call: Call, caller: Caller) -> Answer:
            given = honest(service, call, caller)
            return change((call.action, call.resource), given) if change else given

        service.answer = answer  # type: ignore[method-assign]

    def _run(self) -> TaskResult:
        if self._module == "host_info":
            return self._stage.module("host_info", HOST)
        return self._stage.module("host", HOST, self._story.asks(self._options))

    def _judged(self, liar: Liar) -> dict[str, Any]:
        began, memory, mark = self._clock.now, _memory(), self._stage.now
        self._intercept(lambda subject, answer: self._slowed(liar, subject, answer))
        faults = []
        try:
            run = self._run()
        except AnsibleError as error:
            run = TaskResult(HOST, self._module, "failed", {"msg": str(error)})
        except (Exception, LostItsWay):
            run = TaskResult(HOST, self._module, "crashed", {"msg": traceback.format_exc(limit=-6)})
            faults.append("traceback")
        seconds, grown = self._clock.now - began, _memory() - memory
        self._intercept(None)
        if run.status != "crashed":
            faults += _of_the_words(run)
        if seconds > LONGEST:
            faults.append(f"time: the run took {seconds:.0f} seconds")
        if grown > MEMORY:
            faults.append(f"memory: {grown // 1024} MB more than before")
        faults += self._of_the_server(mark)
        return {
            "lie": liar.seed,
            "told": liar.told,
            "status": run.status,
            "message": run.message[:3000],
            "faults": faults,
        }

    def _slowed(self, liar: Liar, subject: tuple[str, str], answer: Answer) -> Answer:
        lie = liar.changed(subject, answer)
        if liar.count > PATIENT:
            self._clock.sleep(TIME)
        return lie

    def _of_the_server(self, mark: int) -> Iterator[str]:
        """Say what the law has against the run, and what is still wrong when nobody lies any more."""
        yield from (f"law, {found.clause.value}: {found.sentence}" for found in self.fleet.laws.violations)
        if self._module == "host_info":
            if self._stage.changes(HOST, mark):
                yield "changed: reading has changed the server"
            return
        disturbances.heal(self.fleet)
        self.fleet.winrm(HOST).service.forget()  # shells that nobody can know of end by their idle time-out
        self._clock.sleep(120)
        run = self._stage.module("host", HOST, self._story.asks(self._options))
        if (run.status, run.result.get("state")) != ("ok", "converged"):
            yield f"does not converge: {run.status} {run.result.get('state')}: {run.message}"
        yield from self._lacks()

    def _lacks(self) -> Iterator[str]:
        """Say what is missing. Who was told that a path is not there makes it again, so there may be too much."""
        truth, declared = self._stage.truth(HOST), self._stage.declared(HOST)
        for what, there in (("session", truth.live), ("stored login", truth.stored)):
            yield from (f"wrong end: no {what} of the path {path}" for path in declared if path not in there)
        if len(truth.disks) != stories.LUNS:
            yield f"wrong end: {len(truth.disks)} disks"
        for naa, (dsm, paths) in truth.disks.items():
            if dsm != dsm_of(self._stage, self._story.dsm, HOST) or paths < len(declared):
                yield f"wrong end: LUN {naa} has {paths} working paths under {dsm}"


def _of_the_words(run: TaskResult) -> Iterator[str]:
    """Say what is wrong with what the user gets."""
    if run.status != "ok" and not run.message.strip():
        yield "words: it does not say why it failed"
    found = PYTHON.search(run.message) or PYTHON.search(json.dumps(run.result.get("findings", []), default=str))
    if found:
        yield f"words: {found.group(0)!r} is no word for people"
    if len(run.message) > LONGEST_MESSAGE:
        yield f"words: the message has {len(run.message)} letters"
    size = len(json.dumps(run.result, default=str))
    if size > LONGEST_RESULT:
        yield f"words: the result has {size} letters"


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _lost(_signal: int, _frame: FrameType | None) -> None:
    raise LostItsWay(f"not done after {HANGS} seconds")
