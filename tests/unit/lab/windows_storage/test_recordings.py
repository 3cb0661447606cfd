# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same parser reads recorded mpclaim output and ours; the recordings are not part of the collection.

Set EVA_MPIO_CAPTURES to a folder that has ``mpclaim/*.txt`` with two comment lines at the head of each file.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from ansible_collections.eva.mpio.tests.lab.windows.storage.policies import PathState, Policy, TargetPortGroups

FOLDER = os.environ.get("EVA_MPIO_CAPTURES")
pytestmark = pytest.mark.skipif(not FOLDER, reason="EVA_MPIO_CAPTURES does not name a folder with recorded answers")

SYMBOLS = [
    (r"[0-9a-f]{16} ", "<path> "),
    (r"\d{3}\|\d{3}\|\d{3}\|\d{3}", "<address>"),
    (r"SN: \S+", "SN: <sn>"),
    (r"TPG_Id: \d+, : \d+", "TPG_Id: <group>, : <port>"),
    (r"MPIO Disk\d+(\s+)Disk \d+", r"MPIO Disk<n>\1Disk <n>"),
    (r"MPIO Disk\d+: \d\d Paths", "MPIO Disk<n>: <nn> Paths"),
]


def recorded(name: str) -> list[str]:
    body = (Path(str(FOLDER)) / "mpclaim" / name).read_text(encoding="utf-8").splitlines()[2:]
    return [line for line in body if line]


def shape(text_lines: list[str]) -> list[str]:
    """Replace what differs from host to host; the columns stay."""
    found = []
    for line in text_lines:
        for pattern, symbol in SYMBOLS:
            line = re.sub(pattern, symbol, line)
        found.append(line)
    return found


def ours(server, *argv: str) -> list[str]:
    return [line for line in server.run(server.mpclaim, *argv)[1].split("\n") if line]


def without_lead_in(shown: list[str]) -> list[str]:
    return [line for line in shown if "'mpclaim -s -d #'" not in line]


def test_the_list(server, unit) -> None:
    server.login(1, *(unit(lun) for lun in range(1, 13)))
    server.disks.set_policy(server.disks.mpio.disk_numbered(11), Policy.ROUND_ROBIN_WITH_SUBSET, [], by_method=False)
    want = without_lead_in(recorded("03-check_mpio-result-ok.txt"))
    have = without_lead_in(ours(server, "-s", "-d"))
    assert want[:2] == have[:2]
    # The system disk's number differs: this server has a system disk of its own.
    assert {row[:13] + row[26:] for row in have[2:]} == {row[:13] + row[26:] for row in want[2:]}


def test_the_detail_with_port_groups(server, unit) -> None:
    server.disks.set_target_port_groups(unit().naa, TargetPortGroups())
    for session in range(8):
        server.login(session, unit(target_port_group=100 + session, relative_target_port=100 + session))
    assert shape(ours(server, "-s", "-d", "0")) == shape(recorded("04-check_mpio-result-disk0.txt"))
    assert ours(server, "-s", "-d", "0")[0] == recorded("04-check_mpio-result-disk0.txt")[0]


def test_the_detail_without_port_groups_after_a_loss(server, unit) -> None:
    for session in range(4, 8):
        server.login(session, unit())
    ids = [path.path_id for path in server.disks.mpio.disks[0].paths]
    words = [word for path_id in ids[1:] for word in (f"{path_id:016x}", "2", "0", "0")]
    server.run(server.mpclaim, "-l", "-d", "0", "3", *words)
    server.disks.fail("s4")
    want, have = recorded("13-vplex-rrws-path06-removed.txt"), ours(server, "-s", "-d", "0")
    assert sorted(shape(have)) == sorted(shape(want))
    assert have[0].replace("Disk0", "Disk2") == want[0]


def test_the_defaults(server) -> None:
    assert ours(server, "-s", "-m") == recorded("26-infi-test-s-m-none.txt")
    assert ours(server, "-s", "-t") == recorded("28-infi-test-s-t-none.txt")
    server.run(server.mpclaim, "-l", "-m", "1")
    assert ours(server, "-s", "-m") == recorded("19-ceph-docs-s-m-foo.txt")


def test_no_disks(server) -> None:
    assert ours(server, "-s", "-d") == recorded("01-check_mpio-no-disks.txt")


def test_a_bad_switch_names_the_same_switches(server) -> None:
    want, have = recorded("10-infi-help-6.1.txt"), ours(server, "-x")
    assert want[0] == have[0]
    switch = re.compile(r"^ +(-[a-z])\s", re.M)
    assert set(switch.findall("\n".join(have))) >= set(switch.findall("\n".join(want)))


def test_the_usage_of_2008_names_the_same_switches(make) -> None:
    want, have = recorded("09-infi-help-6.0.txt"), ours(make("2008"), "-x")
    switch = re.compile(r"^ +(-[a-z]|[a-z]+_[a-z]+)\s", re.M)
    assert switch.findall("\n".join(have)) == switch.findall("\n".join(want))
    assert [line for line in have if line.startswith("Usage:")] == [line for line in want if line.startswith("Usage:")]


def test_port_groups_of_two_states_have_the_recorded_columns(server, unit) -> None:
    server.disks.set_target_port_groups(unit().naa, TargetPortGroups(1, {2: PathState.STANDBY}))
    server.login(1, unit(target_port_group=1, relative_target_port=1))
    server.login(2, unit(target_port_group=2, relative_target_port=2))
    want = {line.index(":") for line in recorded("04-check_mpio-result-disk0.txt") if "TPG_State" in line}
    have = {line.index(":") for line in ours(server, "-s", "-d", "0") if "TPG_State" in line}
    assert have == want
