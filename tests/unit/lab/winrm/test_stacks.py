# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs between the WinRM stacks: the table of MS-WSMV appendix B, and that the service behaves by it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from winrm.exceptions import WSManFaultError
from winrm.protocol import Protocol

from ansible_collections.eva.mpio.tests.lab.winrm import profile
from ansible_collections.eva.mpio.tests.lab.winrm.profile import PROFILES, Profile
from ansible_collections.eva.mpio.tests.lab.winrm.server import Endpoints
from ansible_collections.eva.mpio.tests.unit.lab.winrm import fake
from ansible_collections.eva.mpio.tests.unit.lab.winrm.fake import Client, Windows

APPENDIX_B = {
    # stack: ports, envelope, commands, shells, idle seconds, one at a time, ShellId prefix, error of MSFT_WmiError
    "1.1": ((80, 443), 150, 15, 2, 900, True, "uuid:", False),
    "2.0": ((5985, 5986), 150, 15, 5, 180, False, "", False),
    "3.0": ((5985, 5986), 500, 1500, 30, 7200, False, "", True),
}
RELEASES = {
    "2003": ("2.0", "1.1"),
    "2008": ("2.0", "1.1", "3.0"),
    "2008r2": ("2.0", "3.0"),
    **dict.fromkeys(("2012", "2012r2", "2016", "2019", "2022", "2025"), ("3.0",)),
}
PAIRS = [(release, stack) for release, stacks in RELEASES.items() for stack in stacks]


@pytest.mark.parametrize("one", PROFILES.values(), ids=list(PROFILES))
def test_numbers_of_a_stack(one: Profile) -> None:
    assert APPENDIX_B[one.stack] == (
        (one.http_port, one.https_port),
        one.envelope_kilobytes,
        one.operations_per_user,
        one.shells_per_user,
        one.shell_idle_seconds,
        one.one_command_at_a_time,
        one.shell_id_prefix,
        one.quota_fault_is_wmi_error,
    )


@pytest.mark.parametrize(("release", "stack"), PAIRS)
def test_stack_of_a_release(release: str, stack: str) -> None:
    one = profile.profile_of(release, stack)
    assert one.stack == stack
    assert one.credssp is (stack != "1.1" and release != "2003")
    assert one.utf8_console_runs_scripts is (release not in ("2003", "2008"))
    assert one.obeys_console_options is (release in ("2003", "2008", "2008r2", "2012"))
    assert (one.first_page_items is None) is (release == "2003")


def test_usual_stack_and_those_that_a_release_never_had() -> None:
    assert {release: profile.stacks(release) for release in RELEASES} == RELEASES
    assert profile.profile_of("2008").stack == "2.0"
    with pytest.raises(LookupError, match=r"2003 has no WinRM 3\.0; it can have 2\.0, 1\.1"):
        profile.profile_of("2003", "3.0")


@pytest.mark.parametrize("one", PROFILES.values(), ids=list(PROFILES))
def test_envelope_and_identify(endpoints: Endpoints, windows: Windows, one: Profile) -> None:
    client = Client(endpoints.open(windows, one, http_port=0, https_port=-1).http_url)
    assert client.post(b" " * (one.envelope_kilobytes * 1024 + 1)).status_code == 413
    assert client.post(b" " * (one.envelope_kilobytes * 1024)).status_code == 500
    identify = client.post("<x/>", WSMANIDENTIFY="unauthenticated").text
    assert f"OS: 0.0.0 SP: 0.0 Stack: {one.stack}<" in identify


def shell_of(endpoints: Endpoints, windows: Windows, stack: Profile) -> tuple[Protocol, str]:
    url = endpoints.open(windows, stack, http_port=0, https_port=-1).http_url
    shell = Protocol(
        url, transport="basic", username=fake.USER, password=fake.PASSWORD, operation_timeout_sec=1,
        read_timeout_sec=10, ca_trust_path="", proxy=None,
    )  # fmt: skip
    return shell, shell.open_shell()


BOTH = pytest.mark.parametrize("stack", [profile.WINRM_2_0, profile.WINRM_3_0_ON_2012_R2], ids=["2.0", "2012 R2"])


@BOTH
def test_interpreter_is_skipped_where_the_stack_obeys(endpoints: Endpoints, windows: Windows, stack: Profile) -> None:
    shell, shell_id = shell_of(endpoints, windows, stack)
    shell.run_command(shell_id, 'reg query "a & b" & ver', skip_cmd_shell=True)
    fake.until(lambda: bool(windows.lines))
    obeyed = stack.obeys_console_options
    assert windows.lines == ['reg query "a & b" ^& ver' if obeyed else 'reg query "a & b" & ver']
    if obeyed:
        with pytest.raises(WSManFaultError) as refused:
            shell.run_command(shell_id, "echo x", skip_cmd_shell=True)
        assert refused.value.wsman_fault_code == 2
    else:
        shell.run_command(shell_id, "echo x", skip_cmd_shell=True)


@BOTH
def test_console_has_no_end_of_file_where_the_stack_obeys(
    endpoints: Endpoints, windows: Windows, stack: Profile
) -> None:
    shell, shell_id = shell_of(endpoints, windows, stack)
    command_id = shell.run_command(shell_id, "stdin", console_mode_stdin=True)
    shell.send_command_input(shell_id, command_id, b"text", end=True)
    if stack.obeys_console_options:
        shell.cleanup_command(shell_id, command_id)
        command_id = shell.run_command(shell_id, "stdin", console_mode_stdin=False)
        shell.send_command_input(shell_id, command_id, b"text", end=True)
    assert shell.get_command_output(shell_id, command_id)[0] == b"text"


def test_one_stack_is_not_another() -> None:
    assert len({replace(one, name="") for one in PROFILES.values()}) == len(PROFILES)
