# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fallback parsers: place and form count, words do not, and what is not understood is said to be so."""

from __future__ import annotations

import typing as t
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.eva.mpio.plugins.plugin_utils._model import Authentication, PathState, Policy
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.text import iscsicli, mpclaim, reg
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.text.lines import NotUnderstood
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows import scenario, texts
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.answers import printed

EMPTY = printed(*texts.BANNER, texts.SUCCESS).stdout


def relabelled(text: str) -> str:
    """Give every label another name of another length, as another language would, and a wide colon to some."""
    lines = []
    for number, line in enumerate(text.splitlines()):
        _label, colon, value = line.partition(": ")
        indent = " " * (len(line) - len(line.lstrip()))
        lines.append(f"{indent}目标 {number}{'：' if number % 2 else ':'} {value}" if colon else line)  # noqa: RUF001
    return "\r\n".join(lines)


def test_sessions_in_another_language() -> None:
    text = texts.session_list().stdout
    assert iscsicli.sessions(relabelled(text)) == iscsicli.sessions(text)


def test_portals_in_another_language() -> None:
    text = texts.target_portals().stdout
    assert iscsicli.portals(relabelled(text)) == iscsicli.portals(text)


@pytest.mark.parametrize("parser", [iscsicli.logins, iscsicli.portals])
def test_an_empty_list_has_no_header(parser: Callable[[str], t.Any]) -> None:
    assert parser(EMPTY) == ()


def test_no_sessions() -> None:
    assert iscsicli.sessions(printed(*texts.BANNER, "Total of 0 sessions", "", texts.SUCCESS).stdout) == ()


@pytest.mark.parametrize("parser", [iscsicli.sessions, iscsicli.logins, iscsicli.portals])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "The Microsoft iSCSI Initiator Service is not running. Please start the service and retry. ",
        printed(*texts.BANNER, "Total of 3 things", texts.SUCCESS).stdout,
        printed(*texts.BANNER, "iscsicli AddTarget <TargetName>", texts.SUCCESS).stdout,
    ],
)
def test_another_text_is_not_an_empty_list(parser: Callable[[str], t.Any], text: str) -> None:
    with pytest.raises(NotUnderstood):
        parser(text)


def test_a_cut_list_is_refused() -> None:
    lines = texts.session_list().stdout.splitlines()
    with pytest.raises(NotUnderstood, match="announces 4"):
        iscsicli.sessions("\r\n".join(lines[: len(lines) // 2]))


@pytest.mark.parametrize(
    ("more", "specified", "kind"),
    [
        ((), 0, None),
        (("    Authentication Type  : CHAP", "    Username             : "), 0x80, Authentication.CHAP),
        (("    Authentication Type  : Mutual CHAP",), 0x80, Authentication.MUTUAL_CHAP),
        (("    Authentication Type  : None",), 0x80, Authentication.NONE),
        (("    Authentifizierung    : Keine",), 0x80, None),
    ],
)
def test_logins(more: tuple[str, ...], specified: int, kind: Authentication | None) -> None:
    lines = texts.persistent_target(None, "*", more, specified)
    [login] = iscsicli.logins(printed(*texts.BANNER, "Total of 1 persistent targets", *lines, texts.SUCCESS).stdout)
    assert (login.port_number, login.portal, login.multipath, login.authentication) == (None, None, True, kind)


def test_digests_do_not_shift_the_flags() -> None:
    lines = texts.persistent_target(1, "fd00::21", (), 0x83)
    lines[8:8] = ["    Header Digest        : None", "    Data Digest          : CRC-32C"]
    lines += ["    Authentication Type  : CHAP"]
    [login] = iscsicli.logins(printed(*texts.BANNER, "Total of 1 peristent targets", *lines, texts.SUCCESS).stdout)
    assert str(login.portal) == "[fd00::21]:3260"
    assert (login.login_flags, login.authentication) == (2, Authentication.CHAP)


def test_the_session_type_of_another_language_is_not_guessed() -> None:
    text = texts.persistent_targets().stdout.replace(": Data", ": Daten")
    with pytest.raises(NotUnderstood):
        iscsicli.logins(text)


# --- mpclaim


def test_no_disks_in_english_is_zero_and_in_another_language_is_unknown() -> None:
    noise = ["Failed to open handle in Supported Policies info.  Error 1068"] * 7
    assert mpclaim.disks("\r\n".join([*noise, "", "No MPIO disks are present."])) == ()
    with pytest.raises(NotUnderstood):
        mpclaim.disks("\r\nEs sind keine MPIO-Datenträger vorhanden.\r\n")


@pytest.mark.parametrize(
    ("code", "policy"),
    [
        ("FOO", Policy.FAILOVER_ONLY),
        ("RR", Policy.ROUND_ROBIN),
        ("RRWS", Policy.ROUND_ROBIN_WITH_SUBSET),
        ("LQD", Policy.LEAST_QUEUE_DEPTH),
        ("WP", Policy.WEIGHTED_PATHS),
        ("LB", Policy.LEAST_BLOCKS),
        ("VS", Policy.VENDOR_SPECIFIC),
        ("XY", None),
    ],
)
def test_policies_by_their_code(code: str, policy: Policy | None) -> None:
    row = f"MPIO Disk123 Disk 4       {code:13}HP MPIO DSM for EVA"
    [found] = mpclaim.disks(f"{'-' * 79}\n{row}\n")
    assert (found.number, found.policy, found.dsm) == (123, policy, "HP MPIO DSM for EVA")


def detail(*lines: str, access: str = "Symmetric Access", count: str = "04") -> mpclaim.Detail:
    return mpclaim.detail(
        "\r\n".join(
            [
                "",
                f"MPIO Disk7: {count} Paths, Fail Over Only, {access}",
                "    Controlling DSM: Microsoft DSM",
                "    SN: 600508B4",
                "    Supported Load Balance Policies: FOO RR RRWS LQD WP LB",
                "",
                "    Path ID          State              SCSI Address      Weight",
                "    " + "-" * 75,
                *lines,
            ]
        )
    )


def test_paths_of_a_disk() -> None:
    found = detail(
        "  * 0000000077030000 Active/Optimized   003|000|011|002   7",
        "    * TPG_State : Active/Optimized  , TPG_Id: 141, : 12",
        "    0000000077030001 Standby            003|001|000|002   0",
        "    0000000077030002 Gestört            003|001|001|002   0",
    )
    one, two, three = found.paths
    assert (found.number, found.announced, found.serial) == (7, 4, "600508B4")
    assert (one.id, one.state, one.weight, one.preferred, one.group) == (
        0x77030000,
        PathState.ACTIVE_OPTIMIZED,
        7,
        True,
        141,
    )
    assert str(one.address) == "port 3 bus 0 target 11 LUN 2"
    assert (two.state, two.preferred, two.group) == (PathState.STANDBY, False, None)
    assert three.state is None


@pytest.mark.parametrize(
    ("access", "group", "alua"),
    [
        ("Symmetric Access", True, False),
        ("ALUA Not Supported", False, False),
        ("Implicit Only", True, True),
        ("Nur implizit", True, None),
        ("ALUA wird nicht unterstützt", False, False),
    ],
)
def test_access_types(access: str, group: bool, alua: bool | None) -> None:
    lines = ["    0000000077030000 Active/Optimized   003|000|000|002   0"]
    lines += ["      TPG_State : Active/Optimized  , TPG_Id: 1, : 1"] if group else []
    assert detail(*lines, access=access).alua is alua


def test_a_vendors_disk_has_counted_but_no_listed_paths() -> None:
    found = detail(access="Implicit Only", count="08")
    assert (found.announced, found.paths) == (8, ())


@pytest.mark.parametrize("text", ["", "Element not found.\r\n", "\r\nInvalid switch specified.\r\n\r\nUsed for\r\n"])
def test_another_text_is_no_disk(text: str) -> None:
    with pytest.raises(NotUnderstood):
        mpclaim.detail(text)
    with pytest.raises(NotUnderstood):
        mpclaim.disks(text)


PARSERS: list[tuple[Callable[[str], t.Any], str]] = [
    (iscsicli.sessions, texts.session_list().stdout),
    (iscsicli.logins, texts.persistent_targets().stdout),
    (iscsicli.portals, texts.target_portals().stdout),
    (mpclaim.disks, texts.disk_list().stdout),
    (mpclaim.detail, texts.disk_detail(scenario.LUNS[1]).stdout),
    (reg.parse, "\r\n".join(one.stdout for one in texts.registry().values())),
]


@given(data=st.data())
@pytest.mark.parametrize("parser", range(len(PARSERS)))
def test_a_damaged_text_is_understood_or_refused(parser: int, data: st.DataObject) -> None:
    function, text = PARSERS[parser]
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 200)))
    damaged = text[:start] + data.draw(st.text(max_size=20)) + text[end:]
    try:
        function(damaged)
    except NotUnderstood as error:
        assert str(error).startswith("the text of ")  # noqa: PT017 - any other exception is the failure


@pytest.mark.parametrize("digits", ["9" * 5000, "٣" * 5000])
def test_endless_numbers_are_no_numbers(digits: str) -> None:
    # Python itself refuses to read a number of more than 4300 digits.
    lines = (*texts.BANNER, f"Total of {digits} sessions", f"Port Number : {digits}", texts.SUCCESS)
    said = printed(*lines).stdout
    for read_text in (iscsicli.sessions, iscsicli.logins, iscsicli.portals):
        with pytest.raises(NotUnderstood):
            read_text(said)


@pytest.mark.parametrize("data", ["0x", "", "zwei", "0x1ffffffff", "-1"])
def test_a_registry_value_that_is_no_number(data: str) -> None:
    assert reg.Value("REG_DWORD", data).number is None
