# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps that make a host ready and keep it so, and that no step is left without a rendering."""

from __future__ import annotations

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps
from ansible_collections.eva.mpio.plugins.plugin_utils._windows import rendering, status
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.actions import CannotRender, RunCommand
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.apply import perform
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.releases import ROWS, Release
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.rendering import render
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.answers import FakeLink, printed
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.hosts import healthy, read
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.rendered import WHY, rendered

HOST = read(healthy(), "initiator")

LINES: list[tuple[steps.Step, str]] = [
    (steps.AddIsnsServer("isns.example.com", reason=WHY), "iscsicli AddiSNSServer isns.example.com"),
    (steps.RemoveIsnsServer("10.10.1.5", reason=WHY), "iscsicli RemoveiSNSServer 10.10.1.5"),
    (
        steps.BindVolumes(("E:", "F:"), reason=WHY),
        "iscsicli ClearPersistentDevices & iscsicli BindPersistentVolumes",
    ),
    (
        steps.SetServiceDependencies("MSSQLSERVER", ("RPCSS", "MSiSCSI", "+TDI"), reason=WHY),
        "sc config MSSQLSERVER depend= RPCSS/MSiSCSI/+TDI",
    ),
    (
        steps.SetServiceDependencies("My Service", ("Other One", "MSiSCSI"), reason=WHY),
        'sc config "My Service" depend= "Other One/MSiSCSI"',
    ),
    (steps.SetNewDiskPolicy(reason=WHY), 'diskpart < "san policy=OfflineShared" "exit"'),
    (steps.RescanDisks(reason=WHY), 'diskpart < "rescan" "exit"'),
]


@pytest.mark.parametrize(("step", "line"), LINES, ids=lambda value: getattr(value, "summary", ""))
def test_command_lines(step: steps.Step, line: str) -> None:
    action = rendered(step, HOST)
    assert isinstance(action, RunCommand)
    assert action.text == line


@pytest.mark.parametrize("release", ROWS, ids=lambda release: release.key)
def test_a_release_without_a_policy_for_new_disks_is_told_none(release: Release) -> None:
    step = steps.SetNewDiskPolicy(reason=WHY)
    if release.key == "2003":
        with pytest.raises(CannotRender, match="2003"):
            render(step, HOST, release)
    else:
        assert isinstance(render(step, HOST, release), RunCommand)


def test_an_exit_code_of_diskpart_means_nothing() -> None:
    link = FakeLink(tools={'diskpart < "rescan" "exit"': printed("DiskPart has encountered an error", code=5)})
    outcome = perform(link, rendered(steps.RescanDisks(reason=WHY), HOST), 60)  # type: ignore[arg-type]
    assert (outcome.exit_code, outcome.status) == (5, None)
    assert status.of_code(5, status.WIN32) is not None


def test_every_step_but_a_restart_has_a_rendering() -> None:
    def kinds(kind: type[steps.Step]) -> set[type[steps.Step]]:
        return {kind, *(below for child in kind.__subclasses__() for below in kinds(child))}

    without = kinds(steps.Step) - set(rendering._RENDERERS)
    assert without == {steps.Step, steps.PathStep, steps.Reboot, steps.RunDsmProgram}
