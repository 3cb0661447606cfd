# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Argument lists of mpclaim, all in this one place (help text of 6.1). Private to the collection."""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Sequence

from .._model import Policy
from .._plan.steps import PathSetting
from .actions import CannotRender, Draft, DraftWord

PROGRAM: t.Final = "mpclaim"

_HARDWARE_ID_LENGTH: t.Final = 24


def claim(hardware_ids: Iterable[str]) -> Draft:
    """Return the command that claims hardware ids and never restarts Windows by itself.

    Raises:
        CannotRender: an id has not the 8 + 16 characters that the tool compares; it would never match.
    """
    return Draft(PROGRAM, ("-n", "-i", "-d", *_checked(hardware_ids)))


def unclaim(hardware_ids: Iterable[str]) -> Draft:
    """Return the command that takes hardware ids off the lists and never restarts Windows by itself.

    Raises:
        CannotRender: an id has not the 8 + 16 characters that the tool compares; it would never match.
    """
    return Draft(PROGRAM, ("-n", "-u", "-d", *_checked(hardware_ids)))


def _checked(hardware_ids: Iterable[str]) -> tuple[str, ...]:
    wanted = tuple(hardware_ids)
    wrong = [name for name in wanted if len(name) != _HARDWARE_ID_LENGTH]
    if wrong:
        raise CannotRender(
            f"Hardware ids have {_HARDWARE_ID_LENGTH} characters, vendor padded to 8 and product to 16 with blanks: "
            f"{', '.join(map(repr, wrong))}."
        )
    return wanted


def make_list() -> Draft:
    """Return the command that makes an empty list of claimed hardware ids; only for a host whose list is empty."""
    key = r"HKLM\SYSTEM\CurrentControlSet\Control\MPDEV"
    return Draft("reg", ("add", key, "/v", "MPIOSupportedDeviceList", "/t", "REG_MULTI_SZ", "/f"))


def set_policy(number: DraftWord, policy: Policy | None, paths: Sequence[DraftWord] = ()) -> Draft:
    """Return the command that sets the policy of one MPIO disk, or takes its own away; it names paths by four words."""
    return Draft(PROGRAM, ("-l", "-d", number, _number(policy), *paths))


def words_of(setting: PathSetting) -> tuple[str, ...]:
    """Return the four words of a path: id in 16 hexadecimal digits, state, weight, preferred."""
    return f"{setting.id:016x}", str(setting.state.value), str(setting.weight), str(int(setting.preferred))


def set_default(hardware_id: str | None, policy: Policy | None) -> Draft:
    """Return the command that sets, or takes away, the default of a hardware id, or of the DSM as a whole for None."""
    scope = ("-m",) if hardware_id is None else ("-t", hardware_id)
    return Draft(PROGRAM, ("-l", *scope, _number(policy)))


def _number(policy: Policy | None) -> str:
    return "0" if policy is None else str(policy.value)
