# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The classes of a simulated server against recorded instances of the same release: names, order, types, pages."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator

import pytest

from ansible_collections.eva.mpio.tests.lab.events import EventLog
from ansible_collections.eva.mpio.tests.lab.winrm import profile
from ansible_collections.eva.mpio.tests.lab.winrm.profile import Profile
from ansible_collections.eva.mpio.tests.lab.winrm.server import Endpoints
from ansible_collections.eva.mpio.tests.unit.lab.test_conformance import recording, with_captures
from ansible_collections.eva.mpio.tests.unit.lab.test_conformance_texts import started
from ansible_collections.eva.mpio.tests.unit.lab.windows.conftest import Lab
from ansible_collections.eva.mpio.tests.unit.lab.winrm import fake
from ansible_collections.eva.mpio.tests.unit.lab.winrm.fake import NAMES, WMI, Client
from ansible_collections.eva.mpio.tests.unit.lab.winrm.test_conformance import instances_in

pytestmark = with_captures

RECORDED = [
    ("2003", profile.WINRM_2_0_ON_2003, "root/cimv2", ("wsman/03-enumerate-response-2003r2-os.xml",)),
    (
        "2008",
        profile.WINRM_2_0,
        "root/cimv2",
        ("wsman/05-enumerate-response-2008-nac-first-page.xml", "wsman/06-pull-response-2008-nac.xml"),
    ),
    ("2008r2", profile.WINRM_2_0, "root/wmi", ("wsman-iscsi/wmi-iscsiHBAInformation.xml",)),
    ("2008r2", profile.WINRM_2_0, "root/wmi", ("wsman-iscsi/wmi-iscsiInitiators.xml",)),
]
each_recording = pytest.mark.parametrize(
    ("release", "stack", "namespace", "names"), RECORDED, ids=[row[3][0].rpartition("/")[2] for row in RECORDED]
)


def local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def structured(instance: ET.Element) -> dict[str, bool]:
    """Return the properties in their order, and of each whether it holds elements: a date, an embedded object."""
    return {local(child): len(child) > 0 for child in instance}


@pytest.fixture
def endpoints() -> Iterator[Endpoints]:
    with Endpoints(EventLog()) as endpoints:
        yield endpoints


@each_recording
def test_classes_have_the_recorded_properties(
    endpoints: Endpoints, release: str, stack: Profile, namespace: str, names: tuple[str, ...]
) -> None:
    """Ours has no property that was not recorded, and lacks none but arrays that are empty here."""
    recorded = [one for name in names for one in instances_in(recording(name))]
    class_name = local(recorded[0])
    lab = started(release)
    ours = served_instances(endpoints, lab, stack, f"{WMI}{namespace}/{class_name}")
    assert ours
    there, here = (set().union(*map(structured, instances)) for instances in (recorded, ours))
    assert here <= there
    assert there <= set(lab.host.wmi_class(namespace, class_name).properties)
    for one in recorded:
        for mine in ours:
            both = structured(one).keys() & structured(mine).keys()
            assert [name for name in structured(one) if name in both] == [
                name for name in structured(mine) if name in both
            ]
            filled = both - nil(one) - nil(mine)
            assert {name for name in filled if structured(one)[name]} == {
                name for name in filled if structured(mine)[name]
            }


def nil(instance: ET.Element) -> set[str]:
    return {local(child) for child in instance if child.get(f"{{{NAMES['xsi']}}}nil") == "true"}


def served_instances(endpoints: Endpoints, lab: Lab, stack: Profile, uri: str) -> list[ET.Element]:
    lab.host.spec.users = {fake.USER: fake.PASSWORD}
    client = Client(endpoints.open(lab.host, stack, http_port=0, https_port=-1).http_url)
    answer = client.ask(fake.enumerate_request(uri=uri))
    found = [one for items in answer.iterfind(".//w:Items", NAMES) for one in items]
    while context := client.context_of(answer):
        answer = client.ask(fake.pull_request(context, uri=uri))
        found += [one for items in answer.iterfind(".//n:Items", NAMES) for one in items]
    return found
