# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a capture holds, what it never holds, and where it is written."""

from __future__ import annotations

import base64
import itertools
import json
import re
import stat
from pathlib import Path

import pytest
import yaml

from ansible_collections.eva.mpio.plugins.plugin_utils._capture import recording
from ansible_collections.eva.mpio.plugins.plugin_utils._capture.disguise import Disguise
from ansible_collections.eva.mpio.plugins.plugin_utils._capture.recording import INDEX, Recorder, objection
from ansible_collections.eva.mpio.plugins.plugin_utils._capture.scrubbing import Exchange, scrubbed
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.command import Command
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.faults import HostWentAway
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.link import Link
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.capture.conftest import Record
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.capture.judging import files, found
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.capture.scenario_host import PRIVATE, ScenarioHost
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.wire.fake_host import PASSWORD, USER, Raw, output


@pytest.fixture
def folder(tmp_path: Path, record: Record) -> Path:
    record(tmp_path / "capture")
    return tmp_path / "capture"


OF_THE_CONNECTION = (PASSWORD, USER, "win-inventory-canary")


def test_nothing_private_is_in_any_file_in_any_form(folder: Path) -> None:
    written = files(folder)
    assert len(written) > 60
    assert not found((*itertools.chain(*PRIVATE.values()), *OF_THE_CONNECTION), written)


def test_all_of_it_was_answered(link: Link, record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the host never says cannot leak, and would prove nothing."""
    monkeypatch.setattr(recording, "scrubbed", lambda exchanges, _disguise: exchanges)
    record(tmp_path / "open")
    private = set(itertools.chain(*PRIVATE.values()))
    assert found(private, files(tmp_path / "open")) == private


def test_what_is_cut_in_two_by_pieces_of_output(host: ScenarioHost, link: Link, tmp_path: Path) -> None:
    wwn = PRIVATE["WWNs"][0]
    pieces = [wwn[:11].encode(), wwn[11:].encode() + b" on SR", b"V01"]
    host.answer("Command", "<rsp:CommandResponse><rsp:CommandId>C</rsp:CommandId></rsp:CommandResponse>")
    host.answer("Receive", *(output(piece, done=False) for piece in pieces), output())
    work = Recorder(link, ["srv01"])
    work.record(lambda: {"said": link.run(Command("mpclaim"), 10).stdout}, tmp_path / "capture")
    streams = re.findall(r'Name="stdout"[^>]*>([^<]*)<', "".join(sorted(files(tmp_path / "capture"))))
    said = b"".join(base64.b64decode(stream) for stream in streams).decode()
    assert said == f"{wwn[:7]}{1:025} on host-1"


def test_output_in_another_code_page(host: ScenarioHost, link: Link, tmp_path: Path) -> None:
    link.use_code_page(437)
    host.answer("Command", "<rsp:CommandResponse><rsp:CommandId>C</rsp:CommandId></rsp:CommandResponse>")
    host.answer("Receive", output("GRÜN läuft".encode("cp437")))
    Recorder(link, ["grün"]).record(lambda: {"said": link.run(Command("ver"), 10).stdout}, tmp_path / "capture")
    streams = re.findall(r'Name="stdout"[^>]*>([^<]*)<', "".join(files(tmp_path / "capture")))
    assert [base64.b64decode(stream).decode("cp437") for stream in streams] == ["host-1 läuft"]


def test_the_index_tells_each_exchange_and_probe(folder: Path, host: ScenarioHost) -> None:
    index = yaml.safe_load((folder / INDEX).read_text(encoding="utf-8"))
    exchanges = index["exchanges"]
    assert len(exchanges) == len(host.asked)
    names = {entry[part] for entry in exchanges for part in ("request", "answer")}
    assert names | {INDEX} == {path.name for path in folder.iterdir()}
    assert exchanges[0]["asked"] == "Enumerate wmi/root/cimv2/* select * from Win32_OperatingSystem"
    assert {entry["status"] for entry in exchanges} == {200, 500}
    assert any(entry["asked"].startswith("Command windows/shell/cmd reg query") for entry in exchanges)
    found = {probe["probe"]: probe["outcome"] for probe in index["probes"]}
    assert found["WinRM"] == "OS: 6.2.9200 SP: 0.0 Stack: 3.0"
    assert found["selectors of MSiSCSIInitiator_SessionClass"] == "1 instances; keys: SessionId"
    assert "Index 1, Port 41, PortalType 0" in found["ports of the initiator"]
    assert "the parameter is not valid" in found["object as argument"]
    assert {entry["for"] for entry in exchanges} == {"reading", *found}


def test_only_its_owner_may_read_it(folder: Path) -> None:
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_what_is_not_private_stays_octet_by_octet(folder: Path, host: ScenarioHost) -> None:
    index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    [entry] = [entry for entry in index["exchanges"] if "Win32_OptionalFeature" in entry["asked"]]
    asked = next(asked for asked in host.asked if "Win32_OptionalFeature" in asked.text)
    assert (folder / entry["request"]).read_text(encoding="utf-8") == asked.text


def test_the_call_that_must_be_refused_names_no_policy_and_no_path(
    record: Record, host: ScenarioHost, tmp_path: Path
) -> None:
    record(tmp_path / "capture")
    [asked] = [asked for asked in host.asked if asked.action == "DsmSetLoadBalancePolicy"]
    assert asked.value("Selector").startswith("MPIO\\Disk&Ven_HP")
    assert [element.text for element in asked.root.iter() if element.tag.endswith("}LoadBalancePolicy")][-1] == "255"
    assert "DSM_Paths" not in asked.text


@pytest.mark.parametrize("dsm", ["HP MPIO Full Featured DSM for EVA", None])
def test_another_dsm_is_asked_nothing(record: Record, host: ScenarioHost, tmp_path: Path, dsm: str | None) -> None:
    for drive in host.classes["MPIO_DISK_INFO"][0]["DriveInfo"]:
        drive["DsmName"] = dsm
    record(tmp_path / "capture")
    assert "DsmSetLoadBalancePolicy" not in host.actions
    assert "not asked" in (tmp_path / "capture" / INDEX).read_text(encoding="utf-8")


def test_nothing_is_changed_on_the_host(record: Record, host: ScenarioHost, tmp_path: Path) -> None:
    record(tmp_path / "capture")
    assert not {"Put", "Send"} & set(host.actions)
    asked = {asked.value("Command").split()[0] for asked in host.asked if asked.action == "Command"}
    assert asked <= {"reg", "mpclaim", "iscsicli"}


def test_a_reading_that_fails_is_recorded_up_to_there(host: ScenarioHost, link: Link, tmp_path: Path) -> None:
    def work() -> dict[str, str]:
        link.identify()
        raise HostWentAway("gone")

    with pytest.raises(HostWentAway):
        Recorder(link, []).record(work, tmp_path / "capture")
    assert {path.name for path in (tmp_path / "capture").iterdir()} == {INDEX, "0001-request.xml", "0001-answer.xml"}


def test_an_answer_that_is_no_xml_is_replaced_as_a_text(host: ScenarioHost, link: Link, tmp_path: Path) -> None:
    host.answer("Identify", Raw(503, f"{PRIVATE['names'][0]} at 10.10.1.11 is not there".encode(), "text/plain"))
    with pytest.raises(Exception, match="no WinRM"):
        Recorder(link, ["SRV01"]).record(lambda: {"identity": link.identify()}, tmp_path / "capture")
    assert (tmp_path / "capture" / "0001-answer.xml").read_text() == "host-1 at 198.18.0.1 is not there"


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    assert objection(tmp_path) is None
    assert objection(tmp_path / "new") is None
    (tmp_path / "file").touch()
    assert "is not empty" in str(objection(tmp_path))
    assert "is a file" in str(objection(tmp_path / "file"))


@pytest.mark.parametrize(
    ("original", "written"),
    [
        ("<PortalAddress>eva1.storage.corp</PortalAddress>", "<PortalAddress>host-1.domain-1</PortalAddress>"),
        ("<DsmName>DSM of EVA1</DsmName>", "<DsmName>DSM of host-1</DsmName>"),
        ("<PortalAddress>10.1.2.3</PortalAddress>", "<PortalAddress>198.18.0.1</PortalAddress>"),
        ("<SerialNumber>SGA0123X</SerialNumber>", "<SerialNumber>text-1</SerialNumber>"),
        (f"<SerialNumber>{'6001438005DE9999' * 2}</SerialNumber>", f"<SerialNumber>6001438{'1':0>25}</SerialNumber>"),
        ('<Selector Name="CSName">server</Selector>', '<Selector Name="CSName">host-2</Selector>'),
    ],
)
def test_values_by_what_they_are(original: str, written: str) -> None:
    taught = "<PortalAddress>eva1.storage.corp</PortalAddress><CSName>server</CSName>"
    request = "<s:Envelope><s:Header><Action>Server</Action></s:Header></s:Envelope>"
    answer = f"<s:Envelope><s:Body><MPIO_DRIVE_INFO>{taught}{original}</MPIO_DRIVE_INFO></s:Body></s:Envelope>"
    (made,) = scrubbed([Exchange(request, answer, 200)], Disguise())
    assert written in made.answer
    assert made.request == request
