# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WMI over WS-Management, asked with envelopes written by hand."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.tests.lab.winrm import profile
from ansible_collections.eva.mpio.tests.lab.winrm.interface import WmiObject
from ansible_collections.eva.mpio.tests.lab.winrm.server import Endpoints
from ansible_collections.eva.mpio.tests.unit.lab.winrm import fake
from ansible_collections.eva.mpio.tests.unit.lab.winrm.fake import NAMES, WMI, Client, Windows

SERVICE = WMI + "root/cimv2/Win32_Service"
TARGET = WMI + "root/wmi/MSiSCSIInitiator_TargetClass"
GET, PUT = NAMES["x"] + "/Get", NAMES["x"] + "/Put"
NAME = {"Name": "MSiSCSI"}


def items(answer: ET.Element) -> list[ET.Element]:
    found = answer.find(".//w:Items", NAMES)
    found = answer.find(".//n:Items", NAMES) if found is None else found
    assert found is not None
    return list(found)


def has_end(answer: ET.Element) -> bool:
    return any(answer.find(f".//{prefix}:EndOfSequence", NAMES) is not None for prefix in "wn")


def test_first_page_has_one_item_and_pull_brings_the_rest(client: Client) -> None:
    first = client.ask(fake.enumerate_request("select * from Win32_Service"))
    assert len(items(first)) == 1
    assert not has_end(first)
    rest = client.ask(fake.pull_request(client.context_of(first)))
    assert len(items(rest)) == 2
    assert has_end(rest)
    assert rest.find(".//n:EnumerationContext", NAMES) is None


def test_single_item_ends_at_once(client: Client) -> None:
    answer = client.ask(fake.enumerate_request("select * from Win32_Service where Name='msiscsi'"))
    assert len(items(answer)) == 1
    assert has_end(answer)
    assert client.context_of(answer) == ""
    assert answer.find(".//n:EnumerationContext", NAMES) is not None


def test_nothing_found_is_an_end_without_items(client: Client) -> None:
    answer = client.ask(fake.enumerate_request("select * from Win32_Service where Name='no'"))
    assert items(answer) == []
    assert has_end(answer)


def test_class_uri_without_filter_enumerates_the_class(client: Client) -> None:
    first = client.ask(fake.enumerate_request(uri=SERVICE))
    rest = client.ask(fake.pull_request(client.context_of(first), uri=SERVICE))
    assert len(items(first) + items(rest)) == 3


def test_enumeration_that_is_not_optimised_only_gives_a_context(client: Client) -> None:
    first = client.ask(fake.enumerate_request("select * from Win32_Service", elements=0))
    assert first.find(".//w:Items", NAMES) is None
    context = client.context_of(first)
    assert len(items(client.ask(fake.pull_request(context, elements=2)))) == 2
    assert has_end(client.ask(fake.pull_request(context, elements=2)))
    assert fake.fault_code(client.refused(fake.pull_request(context))) == 2150858779


def test_released_context_is_gone(client: Client) -> None:
    context = client.context_of(client.ask(fake.enumerate_request("select * from Win32_Service", elements=0)))
    body = f"<n:Release><n:EnumerationContext>{context}</n:EnumerationContext></n:Release>"
    client.ask(fake.envelope(NAMES["n"] + "/Release", SERVICE, body))
    answer = client.refused(fake.pull_request(context))
    assert fake.subcode(answer) == "n:InvalidEnumerationContext"


def test_context_expires(endpoints: Endpoints, windows: Windows) -> None:
    quick = replace(profile.WINRM_3_0, enumeration_seconds=0.0)
    client = Client(endpoints.open(windows, quick, http_port=0, https_port=-1).http_url)
    context = client.context_of(client.ask(fake.enumerate_request("select * from Win32_Service")))
    assert fake.fault_code(client.refused(fake.pull_request(context))) == 2150858779


def test_pages_fit_the_envelope_that_the_client_takes(client: Client) -> None:
    """300 instances of 2,000 characters: no answer is larger than asked for, none is empty, all arrive in order."""
    uri = WMI + "root/cimv2/Big"
    answer = client.ask(fake.enumerate_request(uri=uri))
    found = items(answer)
    while not has_end(answer):
        response = client.post(fake.pull_request(client.context_of(answer), uri=uri, max_envelope=32768))
        assert len(response.content) <= 32768
        answer = ET.fromstring(response.content)
        assert items(answer)
        found += items(answer)
    assert [one.findtext(f"{{{uri}}}Index") for one in found] == [str(number) for number in range(300)]


def test_item_larger_than_the_envelope_is_a_fault(client: Client, windows: Windows) -> None:
    windows.services = [WmiObject("Win32_Service", {"Name": "x" * 200_000})]
    answer = client.refused(fake.enumerate_request("select * from Win32_Service"))
    assert fake.subcode(answer) == "w:EncodingLimit"


def test_old_stack_batches_twenty_items(endpoints: Endpoints, windows: Windows) -> None:
    client = Client(endpoints.open(windows, profile.WINRM_1_1, http_port=0, https_port=-1).http_url)
    uri = WMI + "root/cimv2/Big"
    first = client.ask(fake.enumerate_request(uri=uri))
    assert len(items(client.ask(fake.pull_request(client.context_of(first), uri=uri)))) == 20


def test_server_2003_gives_all_at_once(endpoints: Endpoints, windows: Windows) -> None:
    client = Client(endpoints.open(windows, profile.WINRM_2_0_ON_2003, http_port=0, https_port=-1).http_url)
    assert len(items(client.ask(fake.enumerate_request("select * from Win32_Service")))) == 3


def test_parent_class_finds_the_children(client: Client) -> None:
    answer = client.ask(fake.enumerate_request("select * from Win32_BaseService where Name = 'WinRM'"))
    assert items(answer)[0].tag == f"{{{SERVICE}}}Win32_Service"


def test_projection_is_a_fragment_in_alphabetical_order(client: Client) -> None:
    query = "select STATE, name, InstallDate from Win32_Service where Name='WinRM'"
    text = client.post(fake.enumerate_request(query)).text
    fragment = re.search(r"<w:XmlFragment[^>]*>(.*)</w:XmlFragment>", text)
    assert fragment is not None
    date = "<InstallDate><Datetime>2013-04-15T16:28:38.3766Z</Datetime></InstallDate>"
    assert fragment[1] == f"{date}<Name>WinRM</Name><State>Running</State>"


def test_references_name_the_keys(client: Client) -> None:
    mode = "<w:EnumerationMode>{}</w:EnumerationMode>"
    uri = TARGET
    answer = client.ask(fake.enumerate_request(uri=uri, inside=mode.format("EnumerateEPR")))
    (reference,) = items(answer)
    chosen = {one.get("Name"): one.text for one in reference.iterfind(".//w:Selector", NAMES)}
    assert chosen == {
        "TargetName": "iqn.1986-03.com.hp:fcgw.mpx200:1",
        "DiscoveryMechanism": r"SendTargets:*10.10.1.21 0003260 Root\ISCSIPRT\0000_0 ",
    }
    (both,) = items(client.ask(fake.enumerate_request(uri=uri, inside=mode.format("EnumerateObjectAndEPR"))))
    assert fake.names(both) == ["MSiSCSIInitiator_TargetClass", "EndpointReference"]
    assert fake.subcode(client.refused(fake.enumerate_request(uri=uri, inside=mode.format("Nonsense")))) == (
        "w:UnsupportedFeature"
    )


def test_what_enumerate_named_can_be_got(client: Client) -> None:
    mode = "<w:EnumerationMode>EnumerateEPR</w:EnumerationMode>"
    (reference,) = items(client.ask(fake.enumerate_request(uri=TARGET, inside=mode)))
    chosen = {str(one.get("Name")): str(one.text) for one in reference.iterfind(".//w:Selector", NAMES)}
    answer = client.ask(fake.envelope(GET, TARGET, selectors=chosen))
    assert answer.find(f".//{{{TARGET}}}DiscoveryMechanism") is not None


def test_embedded_objects_arrays_and_nil(client: Client) -> None:
    target = items(client.ask(fake.enumerate_request(uri=TARGET)))[0]
    order = ["DiscoveryMechanism", "ISID", "ISID", "ISID", "LoginOptions", "PortalGroups", "PortalGroups"]
    assert fake.names(target) == [*order, "TargetName"]
    nil = f"{{{NAMES['xsi']}}}nil"
    assert [one.tag.rpartition("}")[2] for one in target if one.get(nil) == "true"] == ["LoginOptions"]
    assert [one.text for one in target.iterfind(f"{{{TARGET}}}ISID")] == ["64", "0", "1"]
    group = target.find(f"{{{TARGET}}}PortalGroups")
    assert group is not None
    assert str(group.get(f"{{{NAMES['xsi']}}}type")).endswith(":MSiSCSIInitiator_PortalGroup_Type")
    group_uri, portal_uri = WMI + "root/wmi/MSiSCSIInitiator_PortalGroup", WMI + "root/wmi/MSiSCSIInitiator_Portal"
    assert group.findtext(f"{{{group_uri}}}Index") == "1"
    assert group.findtext(f"{{{group_uri}}}Portals/{{{portal_uri}}}Address") == "10.10.1.21"


def test_array_without_elements_may_be_nil(endpoints: Endpoints, windows: Windows) -> None:
    stack = replace(profile.WINRM_3_0, omits_empty_arrays=False)
    client = Client(endpoints.open(windows, stack, http_port=0, https_port=-1).http_url)
    target = items(client.ask(fake.enumerate_request(uri=TARGET)))[0]
    empty = target.find(f"{{{TARGET}}}Empty")
    assert empty is not None
    assert empty.get(f"{{{NAMES['xsi']}}}nil") == "true"


def test_text_survives_and_control_characters_become_question_marks(client: Client, windows: Windows) -> None:
    text = "a<b> & \"c\" 'd' \t\r\n ü \U0001f600 \x01\x1f\ufffe"
    windows.services = [WmiObject("Win32_Service", {"Name": "x", "PathName": text})]
    answer = client.ask(fake.envelope(GET, SERVICE, selectors={"Name": "X"}))
    assert answer.findtext(f".//{{{SERVICE}}}PathName") == text[:-3] + "???"


@pytest.mark.parametrize("selectors", [NAME, {"NAME": "msiscsi"}, {"__cimnamespace": r"root\CIMV2", **NAME}])
def test_get_by_selectors_in_any_letter_case(client: Client, selectors: dict[str, str]) -> None:
    answer = client.ask(fake.envelope(GET, SERVICE, selectors=selectors))
    assert answer.findtext(f".//{{{SERVICE}}}State") == "Stopped"


@pytest.mark.parametrize(
    ("selectors", "code", "subcode"),
    [
        ({"Name": "Other"}, 2150858752, "a:DestinationUnreachable"),
        ({}, 2150858842, "w:InvalidSelectors"),
        ({"Name": "MSiSCSI", "State": "Stopped"}, 2150858843, "w:InvalidSelectors"),
        ({"__cimnamespace": "root/wmi", **NAME}, 2150859067, "w:InternalError"),
    ],
)
def test_wrong_selectors(client: Client, selectors: dict[str, str], code: int, subcode: str) -> None:
    answer = client.refused(fake.envelope(GET, SERVICE, selectors=selectors))
    assert (fake.fault_code(answer), fake.subcode(answer)) == (code, subcode)


def test_get_of_a_missing_class_is_not_found(client: Client) -> None:
    answer = client.refused(fake.envelope(GET, WMI + "root/cimv2/Nope", selectors=NAME))
    assert fake.fault_code(answer) == 2150858752


@pytest.mark.parametrize(
    ("document", "code", "subcode"),
    [
        (fake.enumerate_request("select * from Nope"), 2150858778, "n:CannotProcessFilter"),
        (fake.enumerate_request(uri=WMI + "root/cimv2/Nope"), 2150858778, "n:CannotProcessFilter"),
        (fake.enumerate_request("select from"), 2150858778, "n:CannotProcessFilter"),
        (fake.enumerate_request("select Nope from Win32_Service"), 2150858778, "n:CannotProcessFilter"),
        (fake.enumerate_request("select * from Win32_Service", uri=SERVICE), 2150858778, "n:CannotProcessFilter"),
        (
            fake.enumerate_request("select * from Win32_Service").replace(fake.WQL, "urn:other"),
            2150858777,
            "n:FilterDialectRequestedUnavailable",
        ),
        (fake.enumerate_request("select * from MSFC_FCAdapterHBAAttributes"), 2150859010, "w:InternalError"),
        (fake.envelope(NAMES["x"] + "/Delete", SERVICE, selectors=NAME), 2150858771, "a:ActionNotSupported"),
        (fake.envelope(SERVICE + "/Nope", SERVICE, selectors=NAME), 2150858771, "a:ActionNotSupported"),
        (fake.envelope("urn:other", SERVICE, selectors=NAME), 2150858771, "a:ActionNotSupported"),
        (fake.envelope(GET, "urn:other"), 2150858811, "w:InvalidResourceURI"),
        (fake.envelope(GET, WMI + "Class"), 2150858811, "w:InvalidResourceURI"),
        (fake.envelope(GET, ""), 2150858811, "w:InvalidResourceURI"),
        (fake.envelope(GET, SERVICE, max_envelope=8191), 2150858878, "w:EncodingLimit"),
        (fake.envelope(GET, SERVICE, timeout="soon"), 2150858881, "a:InvalidMessageInformationHeader"),
        (
            fake.envelope(GET, SERVICE, headers='<x:Odd s:mustUnderstand="true"/>'),
            2150858768,
            "",
        ),
        (
            fake.envelope(GET, SERVICE, locale="").replace(
                "<w:SelectorSet>", '<w:Locale xml:lang="de" s:mustUnderstand="true"/><w:SelectorSet>'
            ),
            2150858887,
            "w:UnsupportedFeature",
        ),
        (fake.envelope(GET, SERVICE).replace("role/anonymous", "role/other"), 2150858870, "w:UnsupportedFeature"),
        (fake.envelope(GET, SERVICE).replace("a:ReplyTo", "a:Other"), 2150858769, "a:MessageInformationHeaderRequired"),
        (
            fake.envelope(GET, SERVICE).replace("a:MessageID", "a:Other"),
            2150858767,
            "a:InvalidMessageInformationHeader",
        ),
        ("<s:Envelope", 2150858819, "w:SchemaValidationError"),
    ],
)
def test_refusals(client: Client, document: str, code: int, subcode: str) -> None:
    answer = client.refused(document)
    assert (fake.fault_code(answer), fake.subcode(answer)) == (code, subcode)


@pytest.mark.parametrize(
    ("document", "action"),
    [
        (fake.enumerate_request("select * from Nope"), "http://schemas.xmlsoap.org/ws/2004/09/enumeration/fault"),
        (fake.enumerate_request(uri="urn:other"), "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault"),
        (
            fake.envelope(GET, SERVICE, selectors={"Name": "?"}),
            "http://schemas.xmlsoap.org/ws/2004/08/addressing/fault",
        ),
    ],
)
def test_each_standard_has_its_own_fault_action(client: Client, document: str, action: str) -> None:
    assert client.refused(document).findtext(".//a:Action", "", NAMES) == action


def test_answers_and_faults_relate_to_their_request(client: Client) -> None:
    for selectors in (NAME, {"Name": "Other"}):
        request = fake.envelope(GET, SERVICE, selectors=selectors, message_id="uuid:one-of-mine")
        answer = ET.fromstring(client.post(request).content)
        assert answer.findtext(".//a:RelatesTo", "", NAMES) == "uuid:one-of-mine"


def test_put_changes_the_instance(client: Client, windows: Windows) -> None:
    values = '<p:PathName>a &lt; b</p:PathName><p:State xsi:nil="true"/>'
    body = f'<p:Win32_Service xmlns:p="{SERVICE}">{values}</p:Win32_Service>'
    answer = client.ask(fake.envelope(PUT, SERVICE, body, selectors={"name": "msiscsi"}))
    assert windows.services[0].properties["PathName"] == "a < b"
    assert windows.services[0].properties["State"] is None
    assert answer.findtext(f".//{{{SERVICE}}}PathName") == "a < b"


@pytest.mark.parametrize(
    ("body", "uri", "selectors", "code"),
    [
        ("<p:Win32_Service xmlns:p='urn:x'/>", SERVICE, NAME, 2150858840),
        (f"<p:Win32_Service xmlns:p='{SERVICE}'><p:Nope/></p:Win32_Service>", SERVICE, NAME, 2150858817),
        ("", SERVICE, NAME, 2150858817),
        (
            f"<p:X xmlns:p='{TARGET}'/>",
            TARGET,
            {
                "TargetName": "iqn.1986-03.com.hp:fcgw.mpx200:1",
                "DiscoveryMechanism": r"SendTargets:*10.10.1.21 0003260 Root\ISCSIPRT\0000_0 ",
            },
            2150859010,
        ),
    ],
)
def test_put_refused(client: Client, body: str, uri: str, selectors: dict[str, str], code: int) -> None:
    assert fake.fault_code(client.refused(fake.envelope(PUT, uri, body, selectors=selectors))) == code


def test_invoke_hands_over_scalars_arrays_times_and_embedded_objects(client: Client, windows: Windows) -> None:
    portal = WMI + "root/wmi/MSiSCSIInitiator_Portal"
    cim = "http://schemas.dmtf.org/wbem/wscim/1/common"
    body = (
        f'<p:Change_INPUT xmlns:p="{SERVICE}"><p:Text>a &amp; b</p:Text><p:Nothing xsi:nil="true"/><p:Key>1</p:Key>'
        f'<p:Key>2</p:Key><p:At><c:Datetime xmlns:c="{cim}">2013-04-15T20:27:39.762Z</c:Datetime></p:At>'
        f'<p:TargetPortal xmlns:m="{portal}" xsi:type="m:MSiSCSIInitiator_Portal_Type"><m:Port>3260</m:Port>'
        "</p:TargetPortal></p:Change_INPUT>"
    )
    answer = client.ask(fake.envelope(SERVICE + "/Change", SERVICE, body, selectors={"NAME": "MSISCSI"}))
    method, selectors, arguments = windows.invoked[0]
    assert (method, selectors) == ("Change", {"Name": "MSiSCSI"})
    moment = arguments.pop("At")
    assert str(moment) == "2013-04-15 20:27:39.762000+00:00"
    assert arguments == {
        "Text": "a & b",
        "Nothing": None,
        "Key": ["1", "2"],
        "TargetPortal": WmiObject("MSiSCSIInitiator_Portal", {"Port": "3260"}),
    }
    assert answer.findtext(".//a:Action", "", NAMES) == SERVICE + "/ChangeResponse"
    output = answer.find(f".//{{{SERVICE}}}Change_OUTPUT")
    assert output is not None
    assert fake.names(output) == ["ProcessId", "ReturnValue"]


def test_static_method_needs_no_selectors(client: Client, windows: Windows) -> None:
    uri = WMI + "root/cimv2/Win32_Process"
    client.ask(fake.envelope(uri + "/create", uri, f'<p:Create_INPUT xmlns:p="{uri}"/>'))
    assert windows.invoked == [("Create", {}, {})]


def test_invoke_refused(client: Client, windows: Windows) -> None:
    wrong_element = fake.envelope(SERVICE + "/Change", SERVICE, f'<p:Change_IN xmlns:p="{SERVICE}"/>', selectors=NAME)
    answer = client.refused(wrong_element)
    assert fake.subcode(answer) == "w:SchemaValidationError"
    assert '"Change_IN"' in ET.tostring(answer, "unicode")
    nobody = fake.envelope(SERVICE + "/Change", SERVICE, selectors={"Name": "Other"})
    assert fake.fault_code(client.refused(nobody)) == 2150858752
    assert windows.invoked == []


def test_open_enumerations_are_limited(endpoints: Endpoints, windows: Windows) -> None:
    client = Client(endpoints.open(windows, profile.WINRM_2_0, http_port=0, https_port=-1).http_url)
    request = fake.enumerate_request("select * from Win32_Service")
    contexts = [client.context_of(client.ask(request)) for _unused in range(15)]
    assert fake.fault_code(client.refused(request)) == 2150859174
    client.ask(fake.pull_request(contexts[0]))
    client.ask(request)


def test_dmtf_uri_with_namespace_selector(client: Client) -> None:
    uri = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/Win32_Service"
    answer = client.ask(fake.envelope(GET, uri, selectors={"__cimnamespace": "root/cimv2", **NAME}))
    assert answer.find(f".//{{{uri}}}State") is not None
    assert fake.fault_code(client.refused(fake.envelope(GET, uri, selectors=NAME))) == 2150858752


def test_selector_filter(client: Client) -> None:
    dialect = "http://schemas.dmtf.org/wbem/wsman/1/wsman/SelectorFilter"
    chosen = '<w:SelectorSet><w:Selector Name="state">RUNNING</w:Selector></w:SelectorSet>'
    inside = f'<w:Filter Dialect="{dialect}">{chosen}</w:Filter>'
    first = client.ask(fake.enumerate_request(uri=SERVICE, inside=inside))
    rest = client.ask(fake.pull_request(client.context_of(first), uri=SERVICE))
    assert [one.findtext(f"{{{SERVICE}}}Name") for one in items(first) + items(rest)] == ["Spooler", "WinRM"]
