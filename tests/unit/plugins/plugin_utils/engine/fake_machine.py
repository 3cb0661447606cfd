# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The machine that the engine works on: it takes domain steps and changes the truth.

Anything can be cut: every call counts its moments, before and after each change, and the connection breaks at the
moment asked for.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Sequence

from ansible_collections.eva.mpio.plugins.plugin_utils._engine import Answer
from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    Host,
    Path,
    Policy,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Side
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.faults import HostWentAway
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth, stored


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
            self._watched(step, lambda: said.append(_EFFECTS[type(step)](self.truth, step)))
            answer = Answer(said[0], Side.NETWORK if said[0] else Side.HOST)
        self._moment()
        return answer

    def _watched(self, step: s.Step, effect: Callable[[], None]) -> None:
        happened = self.watch(step, self.truth)
        effect()
        self.truth.arrive()
        happened()


def _login(truth: Truth, step: s.Login) -> str:
    if step.target not in truth.known_targets:
        return "the target name is not found"
    local = truth.misplaced.get(step.nic, step.nic)
    if not truth.reaches(local, step.portal):
        return "the portal does not answer"
    truth.log_in(Path(local, step.portal, step.path.target))
    return ""


def _store(truth: Truth, step: s.StoreLogin | s.ReplaceLogin) -> str:
    if step.target not in truth.known_targets:
        return "the target name is not found"
    login = stored(truth, step.path, step.chap)
    truth.logins.append(login)
    if truth.store_logs_in:
        truth.coming.append((truth.clock, login))
    return ""


def _replace(truth: Truth, step: s.ReplaceLogin) -> str:
    truth.logins = [login for login in truth.logins if login != step.wrong]
    return _store(truth, step)


def _forget(truth: Truth, step: s.ForgetLogin) -> str:
    truth.logins = [login for login in truth.logins if login != step.login]
    return ""


def _set(name: str, value: t.Any) -> Callable[[Truth, t.Any], str]:
    def effect(truth: Truth, _step: t.Any) -> str:
        setattr(truth, name, value)
        return ""

    return effect


def _start(truth: Truth, _step: s.StartService) -> str:
    truth.start_service()
    for portal, nic in truth.discovery:
        truth.discover(portal, nic)
    return ""


def _node_name(truth: Truth, step: s.SetNodeName) -> str:
    truth.node_name = step.name
    return ""


def _secret(truth: Truth, _step: s.SetInitiatorSecret) -> str:
    truth.secret_set += 1
    return ""


def _install(truth: Truth, _step: s.InstallInitiator) -> str:
    truth.noted = True
    truth.package_runs += 1
    # KB977506: beside the DSM of a vendor the setup selects MPIO only.
    brings = truth.package_brings - ({"initiator"} if truth.other_dsms else set())
    if "mpio" in brings and truth.feature == "absent":
        truth.feature = "pending" if truth.feature_needs_reboot else "loaded"
    if "initiator" in brings and not truth.installed:
        truth.installed = True
        if truth.package_starts:
            truth.start_mode = "Auto"
            truth.start_service()
    return "the setup ended with code 0"


def _enable(truth: Truth, _step: s.EnableFeature) -> str:
    truth.noted = True
    truth.feature = "pending" if truth.feature_needs_reboot else "loaded"
    return ""


def _claim(truth: Truth, step: s.ClaimHardware) -> str:
    truth.noted = True
    if truth.feature == "pending" and not truth.claim_works_before_reboot:
        return "mpclaim cannot open the control driver"
    for names in (truth.claims, truth.dsm_claims):
        if names is not None:
            names.extend(name for name in step.hardware_ids if name not in names)
    if not truth.claim_needs_reboot:
        for session in truth.sessions:
            session.outside -= {lun.wwn for lun in truth.shown_by(session) if truth.claimed(lun)}
    return ""


def _add_portal(truth: Truth, step: s.AddDiscoveryPortal) -> str:
    truth.discovery.append((step.portal, step.nic))
    if not truth.stale_discovery:
        truth.discover(step.portal, step.nic)
    return "" if truth.reaches(step.nic, step.portal) else "the portal does not answer"


def _refresh(truth: Truth, _step: s.RefreshTargets) -> str:
    for portal, nic in truth.discovery:
        truth.discover(portal, nic)
    return ""


def _logout(truth: Truth, step: s.Logout) -> str:
    truth.sessions = [session for session in truth.sessions if session.id != step.session]
    return ""


def _policy(truth: Truth, step: s.SetPolicy) -> str:
    lun = next(lun for array in truth.arrays for lun in array.luns if lun.wwn == step.wwn)
    asymmetric = lun.alua and step.policy is Policy.ROUND_ROBIN
    truth.policies[lun.wwn] = Policy.ROUND_ROBIN_WITH_SUBSET if asymmetric else step.policy
    return ""


_EFFECTS: dict[type[s.Step], Callable[[Truth, t.Any], str]] = {
    s.InstallInitiator: _install,
    s.SetServiceStart: _set("start_mode", "Auto"),
    s.StartService: _start,
    s.SetNodeName: _node_name,
    s.SetInitiatorSecret: _secret,
    s.EnableFeature: _enable,
    s.ClaimHardware: _claim,
    s.AddDiscoveryPortal: _add_portal,
    s.RefreshTargets: _refresh,
    s.Login: _login,
    s.StoreLogin: _store,
    s.ReplaceLogin: _replace,
    s.ForgetLogin: _forget,
    s.Logout: _logout,
    s.SetPolicy: _policy,
}
