# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The template that every action plugin fills in. Private to the collection.

A plugin names its argument spec and says which wish its arguments are; validation, the connection, the loop, secrets
and the shape of results are the template's.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ._engine import converge
from ._judge.dsms import MICROSOFT
from ._machine import HostRefused, RestartLimits, WindowsMachine
from ._model import PARTS, Host
from ._options import ArgumentSpec
from ._outcome import Interrupted, Limits
from ._plan.desired import Desired
from ._plan.guards import GUARDS, objections
from ._plan.reboot import hindrance
from ._plan.rivals import beside_microsofts, may_register_hps
from ._report.plan import diff_text
from ._result import result_of
from ._secrets import scrub, secrets_in
from ._windows.ways import Ways
from ._wire.faults import AuthenticationRefused, ConnectionFailed, WireError
from ._wire.link import Link
from ._wish import BadWish, Faults, read_arguments

_ACCEPT = "or set force to true to accept that (host side)"


class MpioAction(ActionBase):
    """Validates, connects, and scrubs results; a subclass says what to do with the arguments.

    ``become`` and ``async`` are refused: the connection's own user does the work, over one connection that lives in
    the controller's worker for the time of the task.
    """

    TRANSFERS_FILES = False
    _requires_connection = True
    _supports_check_mode = True
    _supports_async = False

    argument_spec: t.ClassVar[ArgumentSpec]

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Run the task. Nothing that it returns holds a secret."""
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        secrets = secrets_in(self.argument_spec, self._task.args)
        try:
            result.update(self._run())
        except BadWish as error:
            result.update(failed=True, msg=f"{'; '.join(error.faults)} (wish side)", faults=list(error.faults))
        except (ConnectionFailed, AuthenticationRefused) as error:
            raise AnsibleConnectionFailure(scrub(str(error), secrets)) from None
        except (HostRefused, WireError) as error:
            result.update(failed=True, msg=str(error))
        cleaned: dict[str, t.Any] = scrub(result, secrets)
        if cleaned.get("failed") and self._task.diff and not self._task.no_log:
            self._show_diff(cleaned.get("diff"), str((task_vars or {}).get("inventory_hostname", "")))
        return cleaned

    def _show_diff(self, diff: Mapping[str, str] | None, host: str) -> None:
        """Show what the rest of a plan comes to: Ansible shows the diff only of a task that does not fail."""
        text = diff_text(diff) if diff else ""
        if text:
            what = "would do" if self._task.check_mode else "has done"
            Display().display(f"{host}: the task fails; this it {what} besides:\n{text}")

    def check(self, arguments: Mapping[str, t.Any], faults: Faults) -> None:
        """Note faults that the argument spec cannot express, before anything is sent."""

    def work(self, arguments: Mapping[str, t.Any], link: Link) -> dict[str, t.Any]:
        """Do what the module is for.

        Args:
            arguments: Validated arguments.
            link: The way to the host; nothing has been sent over it yet.

        Returns:
            The result of the task.
        """
        raise NotImplementedError

    def _run(self) -> dict[str, t.Any]:
        faults = Faults()
        arguments = read_arguments(self.argument_spec, dict(self._task.args), faults)
        self.check(arguments, faults)
        faults.check()
        if self._play_context.become:
            raise AnsibleActionFail(
                "become is not possible with this module: the user of the WinRM connection does the work and must be an"
                " administrator of the host; set become to false for this task"
            )
        link = Link(self._connection)
        try:
            return self.work(arguments, link)
        finally:
            link.close()


class ConvergeAction(MpioAction):
    """A module that brings a part of the host to a wished state."""

    def wish(self, arguments: Mapping[str, t.Any], faults: Faults) -> Desired:
        """Read the wish out of the arguments, noting every fault."""
        raise NotImplementedError

    def check(self, arguments: Mapping[str, t.Any], faults: Faults) -> None:
        """Refuse a wish that cannot be."""
        self.wish(arguments, faults)

    def work(self, arguments: Mapping[str, t.Any], link: Link) -> dict[str, t.Any]:
        """Run the loop and shape what came of it."""
        desired = self.wish(arguments, Faults())
        check_mode = bool(self._task.check_mode)
        machine = WindowsMachine(link, RestartLimits.of(arguments), Ways.of(arguments))
        limits = Limits(devices=float(arguments.get("device_timeout", Limits.devices)))
        try:
            outcome = converge(
                machine,
                desired,
                check_mode=check_mode,
                limits=limits,
                progress=lambda text: Display().v(text, host=link.host),
            )
        except Interrupted as error:
            said = f"{error} (steps says what had been done)"
            return result_of(desired, error.outcome, machine.command, check_mode, cut_off=said)
        return result_of(desired, outcome, machine.command, check_mode)


class ReadAction(MpioAction):
    """A module that only reads."""

    def parts(self, arguments: Mapping[str, t.Any]) -> frozenset[str]:
        """Return the parts of the host (:data:`_model.PARTS`) to read."""
        return frozenset(PARTS)

    def more(self, arguments: Mapping[str, t.Any], host: Host) -> frozenset[str]:
        """Return the parts that what was read raises questions about; none where all is as it should be."""
        return frozenset()

    def shape(self, arguments: Mapping[str, t.Any], host: Host) -> dict[str, t.Any]:
        """Make the result out of what was read."""
        raise NotImplementedError

    def work(self, arguments: Mapping[str, t.Any], link: Link) -> dict[str, t.Any]:
        """Read and shape."""
        machine = WindowsMachine(link, RestartLimits(), Ways.of(arguments))
        host = machine.read(self.parts(arguments))
        more = self.more(arguments, host)
        return {"changed": False, **self.shape(arguments, machine.read(more, host) if more else host)}


class RestartAction(MpioAction):
    """Restarts Windows, or waits until it is back."""

    def work(self, arguments: Mapping[str, t.Any], link: Link) -> dict[str, t.Any]:
        """Look at what would not come back, then restart and wait."""
        machine = WindowsMachine(link, RestartLimits.of(arguments), Ways.of(arguments))
        if arguments["state"] == "waited":
            return {"changed": False, "rebooted": False, **machine.wait_until_up()}
        despite = frozenset(arguments["reboot_despite"])
        guards = frozenset() if arguments["force"] else GUARDS - despite
        host = machine.read(guards | {"initiator_service", "initiator", "sessions", "logins", "drivers"})
        if not arguments["force"]:
            if may_register_hps(host):
                host = machine.read(frozenset({"disks", "dsms"}), host)
            refusal = self._refusal(host, despite)
            if refusal:
                return {"changed": False, "rebooted": False, "failed": True, "msg": refusal}
        if self._task.check_mode:
            return {"changed": True, "rebooted": False}
        return {"changed": True, "rebooted": True, **machine.restart(host)}

    @staticmethod
    def _refusal(host: Host, despite: frozenset[str]) -> str | None:
        found = [f"not restarted, because {text} (host side)" for text in objections(host, despite)]
        lost = hindrance(host)
        if lost is not None:
            found.append(f"not restarted{lost}; {_ACCEPT}")
        for rival in beside_microsofts(MICROSOFT, host):
            found.append(f"not restarted, because of {rival.where}: {rival.text}; {_ACCEPT}")
        return "; ".join(found) or None
