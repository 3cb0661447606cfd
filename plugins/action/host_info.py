# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that the collection knows to read of a host."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping
from pathlib import Path

from ansible.errors import AnsibleActionFail

from ansible_collections.eva.mpio.plugins.plugin_utils._action import ReadAction
from ansible_collections.eva.mpio.plugins.plugin_utils._capture.recording import Recorder, objection
from ansible_collections.eva.mpio.plugins.plugin_utils._model import PARTS, Host
from ansible_collections.eva.mpio.plugins.plugin_utils._options import DSM_NAME, HP_POLICIES, RELEASE, ArgumentSpec
from ansible_collections.eva.mpio.plugins.plugin_utils._report.host import describe
from ansible_collections.eva.mpio.plugins.plugin_utils._wish import Faults, check_reading, dependent_services, hp_name

ARGUMENT_SPEC: ArgumentSpec = {
    **RELEASE,
    "gather_subset": {"type": "list", "elements": "str", "default": ["all"], "choices": ["all", *PARTS]},
    "dependent_services": {"type": "list", "elements": "str", "default": []},
    **DSM_NAME,
    "hp_policy_show": HP_POLICIES["hp_policy_show"],
    "hp_policy_pattern": HP_POLICIES["hp_policy_pattern"],
    "capture": {"type": "path"},
}


class ActionModule(ReadAction):
    """Reads and returns; changes nothing on the host."""

    argument_spec = ARGUMENT_SPEC
    _name_of_host = ""

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Run the task; what the inventory calls the host is one of the names that no capture may hold."""
        self._name_of_host = str((task_vars or {}).get("inventory_hostname", ""))
        return super().run(tmp, task_vars)

    def check(self, arguments: Mapping[str, t.Any], faults: Faults) -> None:
        """Refuse names that no service has, commands that are none, and a folder that holds something."""
        dependent_services(arguments["dependent_services"], faults)
        hp_name(arguments, faults)
        check_reading(arguments, faults)
        reason = self._objection(arguments)
        if reason:
            faults.add("capture", reason)

    def parts(self, arguments: Mapping[str, t.Any]) -> frozenset[str]:
        """Read what was asked for; a capture is of everything."""
        wanted = arguments["gather_subset"]
        return frozenset(PARTS if "all" in wanted or arguments["capture"] else wanted)

    def shape(self, arguments: Mapping[str, t.Any], host: Host) -> dict[str, t.Any]:
        """Return the host as plain data."""
        return {"host": describe(host, self.parts(arguments)), "capture": arguments["capture"]}

    def work(self, arguments: Mapping[str, t.Any], link: t.Any) -> dict[str, t.Any]:
        """Read, and record the conversation where that is wanted."""
        folder = self._folder(arguments)
        if folder is None:
            return super().work(arguments, link)
        recorder = Recorder(link, [self._name_of_host])
        try:
            return recorder.record(lambda: super(ActionModule, self).work(arguments, link), folder)
        except OSError as error:
            raise AnsibleActionFail(f"the capture cannot be written on the controller: {error}") from error

    def _objection(self, arguments: Mapping[str, t.Any]) -> str | None:
        """Return why no capture can be written where it is wanted, None where one can or none is wanted."""
        if "\0" in (arguments["capture"] or ""):
            return "no folder has a NUL in its name"
        try:
            folder = self._folder(arguments)
            return objection(folder) if folder else None
        except OSError as error:  # a name too long, for one
            return f"there can be no such folder on the controller ({error.strerror})"

    def _folder(self, arguments: Mapping[str, t.Any]) -> Path | None:
        """Return the folder as Ansible resolves paths on the controller: relative to the playbook."""
        return Path(self._loader.path_dwim(arguments["capture"])) if arguments["capture"] else None
