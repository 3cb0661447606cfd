# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Instances out of XML, by schema."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._wire import document, reading
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.faults import MalformedAnswer
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.instance import Instance
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.schema import (
    Schema,
    boolean,
    embedded,
    embeddeds,
    integer,
    integers,
    moment,
    octets,
    reference,
    string,
    strings,
)

PORTAL = Schema("root/wmi", "Test_Portal", {"Address": string(), "Port": integer()})
THING = Schema(
    "root/wmi",
    "Test_Thing",
    {
        "Name": string(),
        "Names": strings(),
        "Number": integer(),
        "Numbers": integers(),
        "Flag": boolean(),
        "Key": octets(),
        "Since": moment(),
        "Portal": embedded(PORTAL),
        "Portals": embeddeds(PORTAL),
        "Location": string(),
        "Partition": reference(),
    },
)
NAMESPACES = (
    'xmlns:p="http://schemas.microsoft.com/wbem/wsman/1/wmi/root/wmi/Test_Thing" '
    'xmlns:m="http://schemas.microsoft.com/wbem/wsman/1/wmi/root/wmi/Test_Portal" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:cim="http://schemas.dmtf.org/wbem/wscim/1/common" '
    'xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" '
    'xmlns:n="http://schemas.xmlsoap.org/ws/2004/09/enumeration" '
    'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
)


def read(properties: str) -> Instance:
    text = f'<p:Test_Thing {NAMESPACES} xsi:type="p:Test_Thing_Type">{properties}</p:Test_Thing>'
    return reading.instance(document.parse(text.encode(), "host"), THING)


def test_scalars() -> None:
    thing = read(
        "<p:Name>HP      HSV300          </p:Name><p:Number>18446738026459254808</p:Number><p:Flag>TRUE</p:Flag>"
        "<p:Since><cim:Datetime>2013-04-15T16:28:38.376625Z</cim:Datetime></p:Since><p:Unknown>1</p:Unknown>"
    )
    assert thing.text("Name") == "HP      HSV300          "
    assert thing.integer("Number") == 18446738026459254808
    assert thing.boolean("Flag") is True
    assert thing.moment("Since") == datetime(2013, 4, 15, 16, 28, 38, 376625, timezone.utc)
    assert thing.class_name == "Test_Thing"


def test_letter_case_of_names_does_not_matter() -> None:
    thing = read("<p:NAME>a</p:NAME>")
    assert (thing.text("name"), thing.text("Name")) == ("a", "a")


def test_plain_cim_datetime() -> None:
    assert read("<p:Since>20130415162838.376625+060</p:Since>").moment("Since") == datetime(
        2013, 4, 15, 15, 28, 38, 376625, timezone.utc
    )


@pytest.mark.parametrize(
    "properties",
    [
        "",
        "".join(
            f'<p:{name} xsi:nil="true"/>'
            for name in ("Name", "Names", "Number", "Numbers", "Flag", "Key", "Since", "Portal", "Portals")
        ),
    ],
)
def test_absent_and_nil(properties: str) -> None:
    thing = read(properties)
    assert thing.text("Name") is None
    assert thing.texts("Names") == ()
    assert thing.integer("Number") is None
    assert thing.integers("Numbers") == ()
    assert thing.boolean("Flag") is None
    assert thing.octets("Key") is None
    assert thing.moment("Since") is None
    assert thing.embedded("Portal") is None
    assert thing.embeddeds("Portals") == ()


def test_empty_is_not_nil() -> None:
    thing = read("<p:Name></p:Name><p:Names/><p:Number></p:Number>")
    assert thing.text("Name") == ""
    assert thing.texts("Names") == ("",)
    assert thing.integer("Number") is None


def test_arrays() -> None:
    one = read("<p:Names>a</p:Names><p:Numbers>1</p:Numbers>")
    assert (one.texts("Names"), one.integers("Numbers")) == (("a",), (1,))
    many = read("<p:Names>a</p:Names><p:Name>x</p:Name><p:Names> b </p:Names>")
    assert many.texts("Names") == ("a", " b ")


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        ("<p:Key>0</p:Key><p:Key>255</p:Key><p:Key> 7 </p:Key>", b"\x00\xff\x07"),
        ("<p:Key>65</p:Key>", b"A"),
        ('<p:Key xsi:type="cim:cimBase64Binary">AAH/</p:Key>', b"\x00\x01\xff"),
        ("<p:Key><cim:cimBase64Binary>AAH/</cim:cimBase64Binary></p:Key>", b"\x00\x01\xff"),
        ("<p:Key>1234</p:Key>", b"\xd7\x6d\xf8"),
        ("<p:Key></p:Key>", b""),
    ],
)
def test_octets(xml: str, expected: bytes) -> None:
    assert read(xml).octets("Key") == expected


def test_embedded_objects() -> None:
    thing = read(
        '<p:Portal xsi:type="m:Test_PortalV6_Type"><m:Address>10.0.0.1</m:Address><m:Port>3260</m:Port></p:Portal>'
        '<p:Portals xsi:type="m:Test_Portal_Type"><m:Address>10.0.0.2</m:Address></p:Portals>'
        '<p:Portals xsi:type="m:Test_Portal_Type"><m:Address>10.0.0.3</m:Address></p:Portals>'
    )
    portal = thing.embedded("Portal")
    assert portal is not None
    assert (portal.class_name, portal.text("Address"), portal.integer("Port")) == ("Test_PortalV6", "10.0.0.1", 3260)
    assert [portal.text("Address") for portal in thing.embeddeds("Portals")] == ["10.0.0.2", "10.0.0.3"]
    assert thing.embeddeds("Portals")[0].class_name == "Test_Portal"


def test_xml_fragment_has_no_namespaces_and_no_class() -> None:
    xml = f"<w:XmlFragment {NAMESPACES}><Flag>false</Flag><Names>a</Names><Names>b</Names></w:XmlFragment>"
    thing = reading.instance(document.parse(xml.encode(), "host"), THING)
    assert (thing.class_name, thing.boolean("Flag"), thing.texts("Names")) == ("Test_Thing", False, ("a", "b"))


def test_the_reference_to_the_instance_is_no_property() -> None:
    reference = (
        "<cim:Location><a:Address>x</a:Address><a:ReferenceParameters><w:SelectorSet/></a:ReferenceParameters>"
        "</cim:Location>"
    )
    assert read(reference + "<p:Location>PCI slot 2</p:Location>").text("Location") == "PCI slot 2"


def test_a_property_that_is_a_reference_gives_the_keys_of_what_it_names() -> None:
    selectors = '<w:Selector Name="DeviceID">Disk #1, Partition #0</w:Selector><w:Selector Name="Half">b</w:Selector>'
    reference_to = f"<a:ReferenceParameters><w:SelectorSet>{selectors}</w:SelectorSet></a:ReferenceParameters>"
    thing = read(f"<p:Partition><a:Address>anonymous</a:Address>{reference_to}</p:Partition>")
    assert thing.reference("partition") == {"DeviceID": "Disk #1, Partition #0", "Half": "b"}
    assert read('<p:Partition xsi:nil="true"/>').reference("Partition") is None
    with pytest.raises(MalformedAnswer, match="Partition"):
        read("<p:Partition>Disk #1</p:Partition>")


@pytest.mark.parametrize(
    ("xml", "named"),
    [
        ("<p:Number>many</p:Number>", "Test_Thing.Number cannot be read as integer"),
        ("<p:Flag>perhaps</p:Flag>", "Test_Thing.Flag cannot be read as boolean"),
        ("<p:Since>soon</p:Since>", "Test_Thing.Since cannot be read as datetime"),
        ("<p:Since><cim:Interval>P1D</cim:Interval></p:Since>", "Test_Thing.Since"),
        ("<p:Name>a</p:Name><p:Name>b</p:Name>", "Test_Thing.Name cannot be read as string: 2 values"),
        ("<p:Name><b/></p:Name>", "Test_Thing.Name cannot be read as string: an object"),
        ("<p:Key>256</p:Key><p:Key>1</p:Key>", "Test_Thing.Key cannot be read as octets"),
        ("<p:Key>*</p:Key>", "Test_Thing.Key"),
        ('<p:Names>a</p:Names><p:Names xsi:nil="true"/>', "Test_Thing.Names cannot be read as an array of string"),
        ("<p:Numbers>1</p:Numbers><p:Numbers/>", "Test_Thing.Numbers"),
        ("<p:Portal>10.0.0.1</p:Portal>", "Test_Thing.Portal cannot be read as object: a text"),
        ("<p:Portal><m:Port>x</m:Port></p:Portal>", "Test_Portal.Port"),
    ],
)
def test_what_does_not_fit_is_named(xml: str, named: str) -> None:
    with pytest.raises(MalformedAnswer) as caught:
        read(xml)
    assert named in str(caught.value)


def test_faults_of_the_caller() -> None:
    thing = read("<p:Name>a</p:Name>")
    with pytest.raises(KeyError, match="Test_Thing has no property Nmae"):
        thing.text("Nmae")
    with pytest.raises(TypeError, match=r"Test_Thing\.Name is declared as string, not integer"):
        thing.integer("Name")
    with pytest.raises(TypeError, match="declared as array of string, not string"):
        thing.text("Names")
    with pytest.raises(KeyError):
        Instance(THING, {"Other": 1})


def test_instances_are_compared_by_value() -> None:
    assert read("<p:Name>a</p:Name>") == Instance(THING, {"name": "a"})
    assert read("<p:Name>a</p:Name>") != Instance(THING, {"name": "b"})


@pytest.mark.parametrize(
    ("body", "items", "context"),
    [
        (
            "<n:EnumerateResponse><n:EnumerationContext>c1</n:EnumerationContext>"
            "<w:Items><p:A/></w:Items></n:EnumerateResponse>",
            1,
            "c1",
        ),
        (
            "<n:EnumerateResponse><n:EnumerationContext></n:EnumerationContext>"
            "<w:Items><p:A/><p:A/></w:Items><w:EndOfSequence/></n:EnumerateResponse>",
            2,
            None,
        ),
        ("<n:EnumerateResponse><n:EnumerationContext> c2 </n:EnumerationContext></n:EnumerateResponse>", 0, "c2"),
        ("<n:PullResponse><n:Items><p:A/></n:Items><n:EndOfSequence/></n:PullResponse>", 1, None),
        (
            "<n:PullResponse><n:EnumerationContext>c3</n:EnumerationContext>"
            "<n:Items><w:XmlFragment/></n:Items></n:PullResponse>",
            1,
            "c3",
        ),
        ("<n:PullResponse><n:Items/></n:PullResponse>", 0, None),
    ],
)
def test_pages(body: str, items: int, context: str | None) -> None:
    page = reading.page(document.parse(f"<Body {NAMESPACES}>{body}</Body>".encode(), "host"), "host")
    assert (len(page.items), page.context) == (items, context)


@pytest.mark.parametrize("body", ["", "<Other/>"])
def test_no_page(body: str) -> None:
    with pytest.raises(MalformedAnswer, match="host1: reading X: the host answered an enumeration with"):
        reading.page(document.parse(f"<Body>{body}</Body>".encode(), "host1"), "host1: reading X")


def test_references() -> None:
    xml = (
        f"<a:EndpointReference {NAMESPACES}><a:ReferenceParameters><w:SelectorSet>"
        '<w:Selector Name="InstanceName">ROOT\\ISCSIPRT\\0000_0</w:Selector><w:Selector Name="Number">1</w:Selector>'
        "</w:SelectorSet></a:ReferenceParameters></a:EndpointReference>"
    )
    assert reading.references(document.parse(xml.encode(), "host")) == {
        "InstanceName": "ROOT\\ISCSIPRT\\0000_0",
        "Number": "1",
    }
