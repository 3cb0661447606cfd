# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults in both forms into typed errors."""

from __future__ import annotations

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._wire import document, faults
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.faults import WireError, WsmanFault
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.wire.fake_host import fault

SUBJECT = "host1: reading X"


def error(raw: bytes, acts: bool = False) -> WireError:
    found = faults.find_fault(document.parse(raw, "host"))
    assert found is not None
    return faults.error_of(found, SUBJECT, acts)


def wsman(code: int, wmi: bool = False, **others: str) -> WsmanFault:
    made = error(fault(code, wmi, **others).octets)
    assert made.__class__ is WsmanFault
    return made


both = pytest.mark.parametrize("wmi", [False, True], ids=["WSManFault", "MSFT_WmiError"])


@both
@pytest.mark.parametrize("code", [2150859173, 2150859174])
def test_quotas(code: int, wmi: bool) -> None:
    made = wsman(code, wmi)
    assert (made.code, made.quota, made.shell_lost, made.class_missing) == (code, True, False, False)


def test_quota_by_its_subcode() -> None:
    assert wsman(1, subcode="w:QuotaLimit").quota
    assert not wsman(1).quota


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (2150858778, "class_missing"),
        (2150858811, "class_missing"),
        (2150858752, "instance_missing"),
        (2150859010, "provider_missing"),
        (2150858843, "shell_lost"),
        (2150859174, "quota"),
        (2150859038, None),
    ],
)
def test_kinds(code: int, kind: str | None) -> None:
    made = wsman(code)
    kinds = ["class_missing", "instance_missing", "provider_missing", "shell_lost", "quota"]
    assert [name for name in kinds if getattr(made, name)] == ([kind] if kind else [])


@both
@pytest.mark.parametrize("code", [5, 2147942405, 2150859013])
def test_access_denied(code: int, wmi: bool) -> None:
    made = error(fault(code, wmi).octets)
    assert made.__class__ is faults.AccessDenied
    assert str(made).startswith("host1: reading X: access was denied (it went wrong).")


@both
def test_a_certificate_whose_mapping_holds_an_old_password(wmi: bool) -> None:
    made = error(fault(1309, wmi).octets)
    assert made.__class__ is faults.AuthenticationRefused
    assert "mapping there holds another password than the account has now" in str(made)


@both
def test_time_out_of_the_host(wmi: bool) -> None:
    made = error(fault(2150858793, wmi).octets, acts=True)
    assert isinstance(made, faults.TimedOut)
    assert "Whether it was carried out is unknown" in str(made)


def test_provider_fault() -> None:
    detail = (
        '<f:ProviderFault provider="WMI Provider" path="x"><f:WSManFault Code="2150859010">'
        "<f:Message>no driver</f:Message>"
        '</f:WSManFault><f:ExtendedError><p:__ExtendedStatus xmlns:p="u:p"><p:Description>'
        "WDM specific return code: 4200\n</p:Description></p:__ExtendedStatus></f:ExtendedError></f:ProviderFault>"
    )
    made = wsman(1359, detail=detail)
    assert made.provider_fault == 2150859010
    assert made.extended_status == "WDM specific return code: 4200"
    assert made.wdm_code == 4200
    assert made.provider_missing
    assert made.fault.provider == "WMI Provider"
    assert str(made) == "host1: reading X: the host refused: no driver (code 0x54F, WDM code 4200)."


def test_negative_codes_are_the_same_codes() -> None:
    assert wsman(-2144108122).code == 0x803381A6


@pytest.mark.parametrize("code", ["", "abc", "99999999999999"])
def test_a_code_that_is_none(code: str) -> None:
    raw = fault(1).octets.replace(b'Code="1"', f'Code="{code}"'.encode())
    made = error(raw)
    assert isinstance(made, WsmanFault)
    assert made.code is None
    assert "(no code)" in str(made)


def test_secrets_are_taken_out_of_the_hosts_words() -> None:
    raw = fault(87, detail="the value hunter2 is wrong").octets
    found = faults.find_fault(document.parse(raw, "host"))
    assert found is not None
    made = faults.error_of(found, SUBJECT, False, lambda text: text.replace("hunter2", "********"))
    assert "hunter2" not in str(made)
    assert "the value ******** is wrong" in str(made)


def test_no_fault() -> None:
    assert faults.find_fault(document.parse(b"<Envelope><Body><Fine/></Body></Envelope>", "host")) is None
