# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers that speak German or Japanese: nothing they print is English, and the same things happen."""

from __future__ import annotations

import base64
import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest

from ansible_collections.eva.mpio.tests.lab import windows
from ansible_collections.eva.mpio.tests.lab.events import EventLog
from ansible_collections.eva.mpio.tests.lab.windows import language as tables
from ansible_collections.eva.mpio.tests.lab.windows.iscsi.status import TEXTS, Status
from ansible_collections.eva.mpio.tests.lab.windows.language import ENGLISH, Language, MissingSentenceError, pad, width
from ansible_collections.eva.mpio.tests.lab.windows.programs import codec_of
from ansible_collections.eva.mpio.tests.lab.winrm import profile, soapfault
from ansible_collections.eva.mpio.tests.lab.winrm.interface import OEM_CODE_PAGE
from ansible_collections.eva.mpio.tests.lab.winrm.server import Endpoints
from ansible_collections.eva.mpio.tests.unit.lab.windows.conftest import Lab
from ansible_collections.eva.mpio.tests.unit.lab.winrm import fake
from ansible_collections.eva.mpio.tests.unit.lab.winrm.fake import Client

FOREIGN = ("de", "ja")
each_language = pytest.mark.parametrize("code", FOREIGN)

NO_SENTENCES = {
    ("iscsicli.texts", "NULL"),
    ("iscsicli.texts", "SINCE_10"),
    ("iscsicli.texts", "USAGES"),
    ("iscsicli.texts", "USAGE_HEADING"),
    ("mpclaim.texts", "POLICY_CODES"),
}
"""Constants of modules of texts that are the same in every language."""


def printed_by(module: ModuleType) -> Iterator[str]:
    """Return the texts that a module of the lab prints: its table TEXTS, and all of a module that is called texts."""
    short = ".".join(module.__name__.split(".")[-2:])
    for name, value in vars(module).items():
        public = name.isupper() and not name.startswith("_") and (short, name) not in NO_SENTENCES
        if public and (short.endswith(".texts") or name.endswith(("TEXTS", "MESSAGES", "NOT_RECOGNIZED"))):
            yield from strings(value)


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)


def modules() -> list[ModuleType]:
    found = pkgutil.walk_packages(windows.__path__, f"{windows.__name__}.")
    return [importlib.import_module(item.name) for item in found]


@each_language
def test_every_text_of_the_lab_is_translated(code: str) -> None:
    language = Language(code, strict=True)
    texts = [text for module in modules() for text in printed_by(module)]
    texts += [kind.reason for kind in soapfault.KINDS.values()]
    assert len(texts) > 300
    missing = []
    for text in texts:
        try:
            language(text)
        except MissingSentenceError as error:
            missing.append(str(error))
    assert not missing


@each_language
def test_every_sentence_has_its_fields_and_can_be_shown(code: str) -> None:
    codec = codec_of(tables.locales()[code].console_code_page)
    for english, translations in tables.sentences().items():
        assert code in translations, english
        assert sorted(re.findall(r"{.*?}", english)) == sorted(re.findall(r"{.*?}", translations[code])), english
        assert translations[code].encode(codec).decode(codec) == translations[code]


def test_no_translation_leaves_a_long_sentence_in_english() -> None:
    same = {
        english
        for english, translations in tables.sentences().items()
        if english in translations.values() and len(english.split()) > 3
    }
    assert same == {"Microsoft Windows [Version {version}]"}


def test_text_keeps_its_place_and_labels_their_columns() -> None:
    german, japanese = (Language(code, strict=True) for code in FOREIGN)
    assert german("\n  Access is denied. \n") == "\n  Zugriff verweigert \n"
    assert german("Session Id             : ") == "Sitzungs-ID            : "
    assert width(japanese("Session Id             : ")) == len("Session Id             : ")
    assert german("    {name:<4}|----", name="x") == "    x   |----"
    assert german("Total of {count} sessions\n\n", count=3) == "Insgesamt 3 Sitzungen\n\n"
    assert german("Total of 3 sessions") == "Insgesamt 3 Sitzungen"
    assert german("State : Enabled") == "Status : Aktiviert"
    assert german("Feature Name : MultipathIo") == "Featurename  : MultipathIo"
    assert german("Retry later. Access is denied. ") == "Versuchen Sie es später. Zugriff verweigert "


def test_english_is_left_alone() -> None:
    assert ENGLISH("nobody translated {this}") == "nobody translated {this}"
    assert ENGLISH("Total of {count} sessions\n", count=2) == "Total of 2 sessions\n"


def test_a_missing_sentence_is_neither_english_nor_silent() -> None:
    shown = Language("de")("Nobody translated {what} yet.", what=7)
    assert re.fullmatch(r"\[de [0-9a-f]{8}] 7", shown)
    with pytest.raises(MissingSentenceError, match="Nobody translated"):
        Language("de", strict=True)("Nobody translated {what} yet.", what=7)
    with pytest.raises(ValueError, match="no such language: fr; there are en, de, ja"):
        Language("fr")


def test_widths_and_language_ids() -> None:
    assert (pad("ディスク", 10), pad("long enough", 3)) == ("ディスク  ", "long enough")
    assert [Language(code).locale.locale for code in ("en", "de", "ja")] == ["0409", "0407", "0411"]


# servers

LINES = (
    "iscsicli SessionList",
    "iscsicli ListTargets T",
    "iscsicli TargetInfo iqn.2004-09.com.example:eva01.a",
    "iscsicli ListPersistentTargets",
    "iscsicli ListTargetPortals",
    "iscsicli ReportTargetMappings",
    "iscsicli ListInitiators",
    "iscsicli LogoutTarget nonsense",
    "iscsicli LoginTarget iqn.nobody T * * * * 0 0x2 * * * * * * * * * 0",
    "sc qc MSiSCSI",
    "sc query MSiSCSI",
    "sc start MSiSCSI",
    "sc query Nobody",
    "net start MSiSCSI",
    "net stop Nobody",
    "reg query HKLM\\SOFTWARE\\Nobody",
    "reg add",
    "nonsense",
    "type C:\\nobody.txt",
    "chcp",
    "shutdown /a",
    "whoami /groups",
    "dism /online /get-featureinfo /featurename:MultipathIo",
    "dism /online /enable-feature /featurename:MultipathIo /all /norestart",
    "dism /online /get-featureinfo /featurename:Nobody",
    "mpclaim -x",
    "mpclaim -s -d",
    "mpclaim -s -d 0",
    "mpclaim -s -d 77",
    "mpclaim -s -m",
    "mpclaim -e",
    "echo san | diskpart",
    "echo list disk | diskpart",
    "echo online disk | diskpart",
    "diskpart /s C:\\nobody.txt",
    "sc stop RpcSs",
    "sc enumdepend Tcpip",
)
UNTRANSLATED = re.compile(
    # Names of programs, keys, features, nodes and fields of the protocol; words that are the same in every language.
    r"^[\W\d_]*$|^iscsicli |^HKEY_|STOPPABLE|^\s+iqn\.|^\s+\"?SendTargets:|Root\\ISCSIPRT|^0x|^\"HP "
    r"|^DISKPART> $|Microsoft Windows \[Version|^[\w\\$-]+$| : Multipath I.?O$|^ *(CID|ISID|TSID|SN|Version) *:"
)


def output(lab: Lab, line: str) -> list[str]:
    result = lab.run(line, code_page=65001)
    return (result.stdout + result.stderr).decode("utf-8").replace("\r\n", "\n").split("\n")


def prepared(build: Callable[..., Lab], code: str) -> Lab:
    """Start a server with a LUN under the Microsoft DSM, a stored login and a discovery portal."""
    lab = build(language=code)
    lab.host.language = Language(code, strict=True)
    lab.run("dism /online /enable-feature /featurename:MultipathIo /all /norestart")
    lab.start_initiator()
    lab.discover()
    assert lab.code(lab.login_line("PersistentLoginTarget")) == 0
    restart(lab)
    lab.run('mpclaim -n -i -a ""')
    restart(lab)
    assert lab.host.disks.mpio.disk_numbered(0) is not None
    return lab


def restart(lab: Lab) -> None:
    lab.host.power_off()
    lab.host.start()


@each_language
def test_no_tool_prints_english_and_all_end_alike(build: Callable[..., Lab], code: str) -> None:
    english, foreign = prepared(build, "en"), prepared(build, code)
    for line in LINES:
        assert english.run(line).exit_code == foreign.run(line).exit_code, line
        common = set(output(english, line)) & set(output(foreign, line))
        assert not {shown for shown in common if not UNTRANSLATED.search(shown)}, line


@each_language
def test_status_lines(build: Callable[..., Lab], code: str) -> None:
    lab = build(language=code)
    lab.start_initiator()
    shown = output(lab, "iscsicli ListTargets")
    assert shown[-2] == Language(code)(TEXTS[Status.SUCCESS]) + " "
    assert shown[0].startswith("Microsoft iSCSI")


def test_a_console_without_the_characters_shows_question_marks(build: Callable[..., Lab]) -> None:
    lab = build(language="ja")
    lab.start_initiator()
    done = "この操作を正しく終了しました。"
    assert lab.run("iscsicli ListTargets", code_page=437).stdout.decode("cp437").endswith("?" * len(done) + " \r\n")
    for code_page in (932, OEM_CODE_PAGE):
        assert lab.run("iscsicli ListTargets", code_page=code_page).stdout.decode("cp932").endswith(f"{done} \r\n")


def test_services_features_and_disks_have_names_of_the_language(build: Callable[..., Lab]) -> None:
    lab = build(language="de")
    rows = {row["Name"]: row["DisplayName"] for row in lab.wmi("Win32_Service", "root/cimv2")}
    assert rows["MSiSCSI"] == "Microsoft iSCSI-Initiator-Dienst"
    assert "Multipfad-E/A" in {row["Caption"] for row in lab.wmi("Win32_OptionalFeature", "root/cimv2")}
    assert {row["Description"] for row in lab.wmi("Win32_DiskDrive", "root/cimv2")} == {"Laufwerk"}
    assert lab.code('net start "Microsoft iSCSI-Initiator-Dienst"') == 0
    assert "    ANZEIGENAME        : Microsoft iSCSI-Initiator-Dienst" in "\n".join(output(lab, "sc qc MSiSCSI"))


def test_the_operating_system_tells_its_language(build: Callable[..., Lab]) -> None:
    (row,) = build(language="de").wmi("Win32_OperatingSystem", "root/cimv2")
    assert (row["OSLanguage"], row["Locale"], row["CountryCode"], row["CodeSet"]) == (1031, "0407", "49", "1252")


@each_language
def test_faults_are_in_the_language_of_the_server(build: Callable[..., Lab], code: str) -> None:
    lab = build(language=code)
    lab.host.spec.users = {fake.USER: fake.PASSWORD}
    with Endpoints(EventLog()) as endpoints:
        client = Client(endpoints.open(lab.host, profile.WINRM_2_0, http_port=0, https_port=-1).http_url)
        missing = client.refused(fake.enumerate_request(uri=f"{fake.WMI}root/cimv2/Nobody"))
        without_driver = client.refused(fake.enumerate_request(uri=f"{fake.WMI}root/wmi/DSM_QueryLBPolicy_V2"))
        stale = client.refused(fake.pull_request("uuid:gone"))
    language = Language(code, strict=True)
    for answer in (missing, without_driver, stale):
        kind = soapfault.KINDS[fake.fault_code(answer)]
        assert answer.findtext(".//s:Text", "", fake.NAMES) == language(kind.reason)
        messages = {message.text for message in answer.iterfind(".//f:Message", fake.NAMES) if not len(message)}
        assert messages
        assert not any(re.search(r"[A-Z][a-z]+ [a-z]+ [a-z]+ the ", message or "") for message in messages)
    described = without_driver.findtext(".//{*}Description", "").strip()
    assert described == language("WDM specific return code: {code}", code=4200)


def test_a_shell_begins_with_the_oem_code_page(build: Callable[..., Lab]) -> None:
    lab = build(language="ja")
    lab.host.spec.users = {fake.USER: fake.PASSWORD}
    with Endpoints(EventLog()) as endpoints:
        client = Client(endpoints.open(lab.host, profile.WINRM_2_0, http_port=0, https_port=-1).http_url)
        created = client.ask(fake.envelope(f"{fake.NAMES['x']}/Create", fake.SHELL, "<rsp:Shell/>"))
        chosen = {"ShellId": created.findtext(".//w:Selector[@Name='ShellId']", "", fake.NAMES)}
        line = "<rsp:CommandLine><rsp:Command>chcp</rsp:Command></rsp:CommandLine>"
        started = client.ask(fake.envelope(f"{fake.NAMES['rsp']}/Command", fake.SHELL, line, selectors=chosen))
        command = started.findtext(".//rsp:CommandId", "", fake.NAMES)
        body = f'<rsp:Receive><rsp:DesiredStream CommandId="{command}">stdout</rsp:DesiredStream></rsp:Receive>'
        received = client.ask(fake.envelope(f"{fake.NAMES['rsp']}/Receive", fake.SHELL, body, selectors=chosen))
    printed = base64.b64decode("".join(piece.text or "" for piece in received.iterfind(".//rsp:Stream", fake.NAMES)))
    assert printed.decode("cp932") == "現在のコード ページ: 932\r\n"
