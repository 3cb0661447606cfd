# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The machine that the engine works on: it takes domain steps and changes the truth.

Anything can be cut: every call counts its moments, before and after each change, and the connection breaks at the
moment asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ansible_collections.eva.mpio.plugins.plugin_utils._model import Host
from ansible_collections.eva.mpio.plugins.plugin_utils._outcome import Answer
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Side
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.faults import HostWentAway
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.effects import (
    BUSY,
    EFFECTS,
    REMOVALS,
    SILENT,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth


class FakeMachine:
    """The machine that the engine works on; implements :class:`_engine.Machine`."""

    def __init__(self, truth: Truth, watch: Callable[[s.Step, Truth], Callable[[], None]] | None = None) -> None:
        self.truth = truth
        self.watch = watch or (lambda step, truth: lambda: None)
        """Is told each step before it happens; what it returns is called when it has happened."""
        self.cut_at: int | None = None
        self.moments = 0
        self.reads: list[frozenset[str]] = []
        self.performed: list[s.Step] = []
        self.pauses: list[float] = []
        self.failing: dict[type[s.Step], list[Answer]] = {}
        """What steps of a kind are answered with, in order, instead of working; an empty list is "always"."""
        self.halfway: set[type[s.Step]] = set()
        """Kinds of steps that remove and store in one command, of which only the removal works, once."""

    def read(self, parts: frozenset[str], previous: Host | None = None) -> Host:
        self._moment()
        self.reads.append(parts)
        return self.truth.host(parts, previous)

    def command(self, step: s.Step, host: Host) -> str:
        return f"does {type(step).__name__}"

    def perform(self, steps: Sequence[s.Step], host: Host) -> list[Answer]:
        return [self._one(step) for step in steps]

    def restart(self, host: Host) -> None:
        self._moment()
        self._watched(s.Reboot(reason=""), self.truth.boot)
        self._moment()

    def pause(self, seconds: float) -> None:
        self._moment()
        self.pauses.append(seconds)
        self.truth.clock += seconds
        self.truth.arrive()

    def now(self) -> float:
        return self.truth.clock

    def _moment(self) -> None:
        self.moments += 1
        if self.moments == self.cut_at:
            raise HostWentAway(f"the connection was lost at moment {self.moments}")

    def _one(self, step: s.Step) -> Answer:
        self._moment()
        self.performed.append(step)
        answers = self.failing.get(type(step))
        if answers is not None and not answers:
            answer = Answer("it was made to fail")
        elif answers:
            answer = answers.pop(0)
            if not answers:
                del self.failing[type(step)]
        else:
            said: list[str] = []
            half = type(step) in self.halfway
            self.halfway.discard(type(step))
            effect = REMOVALS[type(step)] if half else EFFECTS[type(step)]
            self._watched(step, lambda: said.append(effect(self.truth, step)))
            text = said[0]
            silent = text == SILENT
            answer = Answer(text, Side.NETWORK if text else Side.HOST, text == BUSY, bool(text), silent)
        self._moment()
        return answer

    def _watched(self, step: s.Step, effect: Callable[[], None]) -> None:
        happened = self.watch(step, self.truth)
        effect()
        self.truth.arrive()
        happened()
