# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tools print against what they were recorded to print: labels, columns, order, empty lines, switches.

Sentences of a usage text belong to Microsoft and are not repeated by the lab; what is compared there is the syntax.
"""

from __future__ import annotations

import re

import pytest

from ansible_collections.eva.mpio.tests.lab.events import EventLog
from ansible_collections.eva.mpio.tests.lab.fabric.array import Array
from ansible_collections.eva.mpio.tests.lab.fabric.memory import MemoryFabric
from ansible_collections.eva.mpio.tests.lab.fabric.network import Network
from ansible_collections.eva.mpio.tests.lab.windows.clock import ManualClock
from ansible_collections.eva.mpio.tests.lab.windows.host import Host
from ansible_collections.eva.mpio.tests.lab.windows.host_spec import HostSpec
from ansible_collections.eva.mpio.tests.lab.windows.storage.mpio import VendorDsm
from ansible_collections.eva.mpio.tests.unit.lab.test_conformance import recording, with_captures
from ansible_collections.eva.mpio.tests.unit.lab.windows.conftest import (
    NIC_A,
    NODE,
    PORTAL_A,
    PORTAL_B,
    TARGET_A,
    TARGET_B,
    Lab,
)
from ansible_collections.eva.mpio.tests.unit.lab.windows_storage.conftest import EVA_ID, Storage, build, eva_lun

pytestmark = with_captures


def started(release: str) -> Lab:
    """Start a server of a release, with one NIC to an array of two targets that shows it a LUN on both."""
    log = EventLog()
    array = Array("eva01", log)
    array.add_port(PORTAL_A, "A", target_name=TARGET_A)
    array.add_port(PORTAL_B, "B", target_name=TARGET_B)
    array.present(array.add_vdisk("data", 8), NODE, 1)
    network = Network(log, [array])
    clock = ManualClock()
    spec = HostSpec(name="FILESERVER", release=release, nics=[(f"{NIC_A}/16", "iSCSI-A")], node_name=NODE)
    lab = Lab(Host(spec, MemoryFabric(network), log, clock), array, network, log, clock)
    lab.host.start()
    if lab.host.release.initiator_included:
        lab.start_initiator()
    return lab


# iscsicli


def syntaxes(text: str) -> dict[str, str]:
    """Read a usage text: each command's arguments, in one line."""
    found = {}
    for block in re.findall(r"^iscsicli ([A-Z].*?)(?=\n\s*\n|\niscsicli |\nQuick|\Z)", text, flags=re.M | re.S):
        name, _blank, arguments = " ".join(block.split()).partition(" ")
        found[name] = arguments
    return found


def test_the_usage_of_iscsicli_names_the_same_commands_and_arguments() -> None:
    recorded = recording("iscsicli/01-usage-14393.txt")
    shown = "\n".join(started("2016").lines("iscsicli nonsense"))
    assert syntaxes(shown) == syntaxes(recorded)
    assert list(syntaxes(shown)) == list(syntaxes(recorded))
    assert shown.split("\n")[:4] == recorded.split("\n")[:4]
    assert shown.rstrip("\n").rpartition("\n")[2] == recorded.rstrip("\n").rpartition("\n")[2]


SAME_EVERYWHERE = (
    *("Target Node Name", "ISID", "Number Connections", "CID", "Device Type", "Storage Device Type"),
    *("Partition Number", "Device Description", "Initiator Name"),
)
LOST = ("Device Interface Name", "4f2-00a0c91efb8b}", "Volume Path Names", "E:\\")
"""Lines that the archive damaged, and those of volumes, which no disk of the lab has."""


def session_shape(text: str) -> list[str]:
    """Keep labels and columns, and the values that are the same on every host."""
    shape = []
    for line in text.split("\n"):
        label, colon, _value = line.partition(": ")
        if not any(part in line for part in LOST):
            shape.append(line if label.strip() in SAME_EVERYWHERE else label + colon)
    return shape


def test_the_session_list_of_2008_r2() -> None:
    lab = started("2008r2")
    for portal, target in ((PORTAL_A, TARGET_A), (PORTAL_B, TARGET_B)):
        lab.discover(portal)
        assert lab.code(f"iscsicli LoginTarget {target} T {portal} 3260 * * 0 0x2 * * * * * * * * * 0") == 0
    shown = "\n".join(lab.lines("iscsicli SessionList"))
    recorded = session_shape(recording("iscsicli/03-sessionlist-2sessions-2008r2.txt").rstrip("\n"))
    assert session_shape(shown)[: len(recorded)] == recorded


def test_the_prompt_of_2012() -> None:
    """The document that shows it has lost its empty lines."""
    typed, *recorded = [line for line in recording("iscsicli/04-interactive-2012.txt").split("\n") if line]
    assert typed.endswith("> iscsicli")
    shown = [line for line in started("2012").lines("iscsicli") if line]
    prompts = [[re.sub(r"^\[[^]]+]", "[<node>]", line) for line in lines] for lines in (shown[:2], recorded)]
    assert prompts[0] == prompts[1]


# dism


def dism_shape(text: str) -> str:
    """Mask versions, and the feature's own words."""
    text = re.sub(r"ersion: [\d.]+", "ersion: <version>", text)
    return re.sub(r"^((?:Feature|Display) Name|Description) : .*", r"\1 : <text>", text, flags=re.M)


@pytest.mark.parametrize(
    ("name", "verb"),
    [("01-get-featureinfo-enabled.txt", "/get-featureinfo"), ("02-disable-feature.txt", "/disable-feature")],
)
def test_dism_line_by_line(name: str, verb: str) -> None:
    server = build("2025")
    server.install()
    shown = server.run(server.dism, "/online", verb, "/featurename:MultipathIo", "/norestart")[1]
    assert dism_shape(shown).rstrip("\n") == dism_shape(recording(f"dism/{name}")).rstrip("\n")


# mpclaim


def shown_by_mpclaim(server: Storage, *argv: str) -> list[str]:
    return [line for line in server.run(server.mpclaim, *argv)[1].split("\n") if line]


def recorded_mpclaim(name: str) -> list[str]:
    return [line for line in recording(f"mpclaim/{name}").split("\n") if line]


def rows(lines: list[str]) -> list[str]:
    """Mask the numbers in the rows of a list of disks, and leave the lead-in out: that is Microsoft's sentence."""
    return [re.sub(r"(?<=Disk)\d|(?<=Disk )\d", "<n>", line) for line in lines if "'mpclaim -s -d #'" not in line]


def test_a_list_of_a_vendors_disks() -> None:
    server = build()
    server.install()
    server.disks.install_vendor_dsm(VendorDsm("IBM SDDDSM", (EVA_ID,)))
    server.disks.boot()
    server.login(1, *(eva_lun(lun) for lun in range(1, 6)))
    assert rows(shown_by_mpclaim(server, "-s", "-d")) == rows(recorded_mpclaim("05-check_mpio-result-ibmsdddsm.txt"))


def test_a_list_in_the_order_of_the_numbers() -> None:
    server = build()
    server.install()
    server.disks.claim([EVA_ID])
    server.login(1, *(eva_lun(lun) for lun in range(1, 4)))
    recorded = rows(recorded_mpclaim("20-njeffrey-list.txt"))
    assert sorted(rows(shown_by_mpclaim(server, "-s", "-d"))) == sorted(recorded)


def test_the_detail_of_a_disk_with_standby_paths() -> None:
    server = build()
    server.install()
    server.disks.claim([EVA_ID])
    for session in range(8):
        server.login(session, eva_lun())
    disk = server.disks.mpio.disk_numbered(0)
    assert disk is not None
    ids = [path.path_id for path in disk.paths]
    words = [word for index, key in enumerate(ids) for word in (f"{key:016x}", "0" if index < 4 else "2", "0", "0")]
    assert server.run(server.mpclaim, "-l", "-d", "0", "3", *words)[0] == 0
    patterns = ((r"[0-9a-f]{16} ", "<path> "), (r"(\d{3}\|){3}\d{3}", "<address>"), (r"SN: \S+", "SN: <sn>"))
    want, have = recorded_mpclaim("11-vplex-rrws-initial.txt"), shown_by_mpclaim(server, "-s", "-d", "0")
    for pattern, symbol in (*patterns, (r"MPIO Disk\d", "MPIO Disk<n>")):
        want, have = ([re.sub(pattern, symbol, line) for line in lines] for lines in (want, have))
    assert sorted(have) == sorted(want)


def test_the_usage_of_2008_names_the_same_switches() -> None:
    recorded = recorded_mpclaim("09-infi-help-6.0.txt")
    shown = shown_by_mpclaim(build("2008"))
    usage = next(line for line in recorded if line.startswith("Usage:"))
    assert usage in shown
    switch = re.compile(r"^ +(-[a-z]) {2,}", re.M)
    assert switch.findall("\n".join(shown)) == switch.findall("\n".join(recorded))
