# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers recorded from real hosts, where there are any at hand: EVA_MPIO_CAPTURES names their folder.

The recordings are not ours to publish. Without them these tests are skipped, and the same shapes are tested by
fixtures of our own in the other files.
"""

from __future__ import annotations

import os
from datetime import datetime, timezone
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._wire import document, faults, reading
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.faults import WsmanFault
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.instance import Instance
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.schema import (
    Schema,
    boolean,
    integer,
    integers,
    moment,
    string,
    strings,
)

FOLDER = os.environ.get("EVA_MPIO_CAPTURES")
pytestmark = pytest.mark.skipif(not FOLDER, reason="EVA_MPIO_CAPTURES does not name a folder of recordings")

ANSWERS = sorted(Path(FOLDER).glob("wsman*/*.xml")) if FOLDER else []


def parse(path: Path) -> Element:
    return document.parse(path.read_bytes(), path.name)


def recorded(name: str) -> Element:
    return parse(Path(FOLDER or "") / name)


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_recording_parses(path: Path) -> None:
    assert parse(path).tag in ("Envelope", "WSManFault")


def items(name: str, schema: Schema) -> tuple[list[object], str | None]:
    body = recorded(name).find("Body")
    assert body is not None
    page = reading.page(body, name)
    return [reading.instance(item, schema) for item in page.items], page.context


def wsman(name: str) -> WsmanFault:
    found = faults.find_fault(recorded(name))
    assert found is not None
    made = faults.error_of(found, "host: reading", False)
    assert made.__class__ is WsmanFault
    return made


KINDS = ["class_missing", "instance_missing", "provider_missing", "quota", "shell_lost"]


@pytest.mark.parametrize(
    ("name", "code", "kind"),
    [
        ("wsman/10-fault-max-operations-winrm20.xml", 2150859174, "quota"),
        ("wsman/11-fault-max-shells-msft-wmierror.xml", 2150859173, "quota"),
        ("wsman/12-fault-bad-class-winrm1x.xml", 2150858778, "class_missing"),
        ("wsman/13-fault-bad-class-winrm20-extendedstatus.xml", 2150858778, "class_missing"),
        ("wsman/20-fault-root-wmi-wdm-provider-error.xml", 2150859010, "provider_missing"),
        ("wsman/21-fault-get-not-found-2150858752.xml", 2150858752, "instance_missing"),
        ("wsman-iscsi/xml-error.xml", 2150859010, "provider_missing"),
        ("wsman-iscsi/wmi-pullError.xml", 2150858779, None),
        ("wsman-iscsi/faults-soapFault.xml", 2150858817, None),
        ("wsman-iscsi/faults-soapFault2.xml", 2150859038, None),
        ("wsman-iscsi/faults-soapFault3.xml", 1359, None),
        ("wsman-iscsi/faults-soapFault4.xml", 2150858840, None),
    ],
)
def test_recorded_faults(name: str, code: int, kind: str | None) -> None:
    made = wsman(name)
    assert made.code == code
    assert [member for member in KINDS if getattr(made, member)] == ([kind] if kind else [])


def test_recorded_wdm_code() -> None:
    made = wsman("wsman/20-fault-root-wmi-wdm-provider-error.xml")
    assert made.wdm_code == 4200
    assert "WDM code 4200" in str(made)


def test_windows_2003_gives_all_at_once() -> None:
    schema = Schema(
        "root/cimv2",
        "Win32_OperatingSystem",
        {
            "BuildNumber": string(),
            "LastBootUpTime": moment(),
            "PAEEnabled": boolean(),
            "ProductType": integer(),
            "Primary": boolean(),
            "Description": string(),
        },
    )
    (system,), context = items("wsman/03-enumerate-response-2003r2-os.xml", schema)
    assert isinstance(system, Instance)
    assert context is None
    assert system.text("BuildNumber") == "3790"
    assert system.moment("LastBootUpTime") == datetime(2013, 4, 15, 16, 28, 38, 376625, timezone.utc)
    assert (system.boolean("PAEEnabled"), system.boolean("Primary"), system.integer("ProductType")) == (None, True, 3)
    assert system.text("Description") == ""


def test_windows_2008_gives_one_first() -> None:
    schema = Schema(
        "root/cimv2",
        "Win32_NetworkAdapterConfiguration",
        {"Index": integer(), "IPAddress": strings(), "IPEnabled": boolean(), "MACAddress": string()},
    )
    first, context = items("wsman/05-enumerate-response-2008-nac-first-page.xml", schema)
    assert len(first) == 1
    assert context == "uuid:42EBC4F2-7C3B-4C6F-9491-2C57C22F8695"
    rest, context = items("wsman/06-pull-response-2008-nac.xml", schema)
    assert len(rest) > 1
    assert context is None
    addressed = [nic for nic in rest if isinstance(nic, Instance) and nic.texts("IPAddress")]
    assert addressed
    assert all(nic.boolean("IPEnabled") for nic in addressed)


def test_initiator_classes() -> None:
    adapter = Schema(
        "root/wmi",
        "MSiSCSI_HBAInformation",
        {"UniqueAdapterId": integer(), "GenerationalGuid": integers(), "InstanceName": string(), "Active": boolean()},
    )
    (read,), _unused = items("wsman-iscsi/wmi-iscsiHBAInformation.xml", adapter)
    assert isinstance(read, Instance)
    assert read.integer("UniqueAdapterId") == 18446738026459254808
    assert read.integers("GenerationalGuid") == (0,) * 16
    assert read.text("InstanceName") == "Root\\ISCSIPRT\\0000_0"
    node = Schema("root/wmi", "MSiSCSIInitiator_MethodClass", {"iSCSINodeName": string()})
    (named,), _unused = items("wsman-iscsi/wmi-iscsiInitiators.xml", node)
    assert isinstance(named, Instance)
    assert (named.text("iSCSINodeName") or "").startswith("iqn.1991-05.com.microsoft:")
