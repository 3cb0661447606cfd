# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parsers against recorded outputs, which are not part of this repository.

EVA_MPIO_CAPTURES names the folder that holds them.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import PathState, Policy
from ansible_collections.eva.mpio.plugins.plugin_utils._windows import classes
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.releases import BY_KEY, release_of
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.system import nics_of, operating_system_of
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.text import iscsicli, mpclaim
from ansible_collections.eva.mpio.plugins.plugin_utils._wire import document, reading
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.instance import Instance
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.schema import Schema

_FOLDER = os.environ.get("EVA_MPIO_CAPTURES")
pytestmark = pytest.mark.skipif(not _FOLDER, reason="EVA_MPIO_CAPTURES names no folder with recorded outputs")


def recorded(name: str) -> str:
    """Return an output without the lines in which the collector names its source."""
    lines = (Path(_FOLDER or "") / name).read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("# "))


def test_sessions_of_2008_r2() -> None:
    # Whoever published it cut the status line off.
    text = recorded("iscsicli/03-sessionlist-2sessions-2008r2.txt") + "\nThe operation completed successfully. "
    one, two = iscsicli.sessions(text)
    assert str(one.id) == "fffffa800f7900a8-400001370000000d"
    assert str(one.connections[0].remote) == "192.168.1.108:3260"
    assert (one.connections[0].local, one.connections[0].number) == (None, 0x1B)
    assert [(disk.number, disk.disk, str(disk.address)) for disk in two.devices] == [
        (2, True, "port 1 bus 0 target 1 LUN 0")
    ]


def test_lists_of_disks() -> None:
    rows = mpclaim.disks(recorded("mpclaim/03-check_mpio-result-ok.txt"))
    assert [row.number for row in rows] == list(range(11, -1, -1))
    assert rows[0].policy is Policy.ROUND_ROBIN_WITH_SUBSET
    assert {row.policy for row in rows[1:]} == {Policy.ROUND_ROBIN}
    assert mpclaim.disks(recorded("mpclaim/01-check_mpio-no-disks.txt")) == ()
    vendor = mpclaim.disks(recorded("mpclaim/05-check_mpio-result-ibmsdddsm.txt"))
    assert {(row.policy, row.dsm) for row in vendor} == {(Policy.VENDOR_SPECIFIC, "IBM SDDDSM")}
    assert len(mpclaim.disks(recorded("mpclaim/20-njeffrey-list.txt"))) == 3


def test_disks() -> None:
    plain = mpclaim.detail(recorded("mpclaim/04-check_mpio-result-disk0.txt"))
    assert (plain.announced, len(plain.paths), plain.alua) == (8, 8, False)
    assert plain.serial == "60060E80129FB80050409FB80000107D"
    assert [path.group for path in plain.paths] == [141, 4237, 4236, 140, 4234, 4235, 139, 138]
    subset = mpclaim.detail(recorded("mpclaim/11-vplex-rrws-initial.txt"))
    assert [path.state for path in subset.paths] == [PathState.ACTIVE_OPTIMIZED] * 4 + [PathState.STANDBY] * 4
    assert [path.address.target for path in subset.paths] == [9, 8, 11, 10, 5, 4, 7, 6]
    cut = mpclaim.detail(recorded("mpclaim/13-vplex-rrws-path06-removed.txt"))
    assert (cut.announced, len(cut.paths), cut.alua) == (4, 3, False)


def test_the_node_name() -> None:
    raw = (Path(_FOLDER or "") / "wsman-iscsi/wmi-iscsiInitiators.xml").read_bytes()
    [element] = document.parse(raw, "capture").iter("MSiSCSIInitiator_MethodClass")
    found = reading.instance(element, classes.INITIATOR_METHODS)
    assert found.text("iSCSINodeName") == "iqn.1991-05.com.microsoft:iwave-lab1-windows-dev1.iwave.local"


def instances(name: str, schema: Schema) -> list[Instance]:
    raw = (Path(_FOLDER or "") / name).read_bytes()
    return [reading.instance(element, schema) for element in document.parse(raw, "capture").iter(schema.name)]


def test_server_2003_r2_is_taken_for_2003() -> None:
    [recording] = instances("wsman/03-enumerate-response-2003r2-os.xml", classes.OPERATING_SYSTEM)
    found = operating_system_of(recording)
    assert (found.build, found.service_pack, found.server, found.core, found.edition) == (3790, 2, True, False, None)
    assert release_of(found).key == "2003"


def test_adapters_of_2008_come_on_two_pages() -> None:
    pages = ("05-enumerate-response-2008-nac-first-page.xml", "06-pull-response-2008-nac.xml")
    counts = [len(instances(f"wsman/{page}", classes.ADAPTER)) for page in pages]
    assert counts[0] == 1
    nics = nics_of([nic for page in pages for nic in instances(f"wsman/{page}", classes.ADAPTER)])
    assert len(nics) == sum(counts)
    assert all(str(address.ip) for nic in nics for address in nic.interfaces)


def test_the_dialect_of_2008_claims_in_the_same_words() -> None:
    usage = recorded("mpclaim/09-infi-help-6.0.txt")
    for word in ("-n ", "-i ", "-d "):
        assert f"       {word}" in usage
    assert "\n -s" not in usage, "it shows nothing, so the table says that it cannot"
    assert BY_KEY["2008"].mpclaim == "6.0"
