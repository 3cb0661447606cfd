# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The DSM that shall own the disks, and HP's package of it. Private to the collection."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping, Sequence

from .._eva.dsm_names import is_microsofts
from .._eva.models import PRODUCTS
from .._judge.dsms import DsmKind, Owner
from .._options import OF_MICROSOFTS_DSM
from .._plan.desired import DsmPackage, Layout, WantedDsm
from .faults import Faults
from .programs import check_program
from .words import CONTROL, read_name, unfilled

_VERSION = re.compile(r"[0-9]{1,5}(?:\.[0-9]{1,10}){0,3}")
"""DSM_VERSION of MPIO_REGISTERED_DSM has four numbers (windows-driver-docs, mpiowmi)."""
_DRIVER = re.compile(rf"[^\s\"'%/\\{CONTROL}]{{1,256}}")
"""CreateService: at most 256 characters without slashes; of HP's drivers none is known that has a blank."""
_WORDS = {
    "version": (_VERSION, "no version: up to four numbers with dots between them, such as 4.4.0"),
    "driver": (_DRIVER, "no name of a driver service: no blanks, quotation marks, slashes or percent signs"),
}


def owner(arguments: Mapping[str, t.Any], faults: Faults) -> Owner:
    """Read ``dsm`` and ``hp_dsm_name`` where the module has them; without them it is Microsoft's."""
    return Owner(DsmKind(arguments.get("dsm", DsmKind.MICROSOFT.value)), hp_name(arguments, faults))


def wanted_dsm(
    arguments: Mapping[str, t.Any], wanted: Layout, hardware_ids: Sequence[str], faults: Faults
) -> WantedDsm:
    """Read what module ``host`` is told of the DSM.

    Args:
        arguments: The arguments of the task.
        wanted: The layout; its owner has been read.
        hardware_ids: What the LUNs of its arrays answer with, 24 characters each.
        faults: Takes what is wrong.
    """
    change: bool = arguments["change_dsm"]
    if change and not arguments["reboot"]:
        text = "the DSM cannot change without restarts of Windows; set reboot to true as well"
        faults.add("change_dsm", f"{text} (multipath_reboot of the role)")
    return WantedDsm(wanted.owner, tuple(hardware_ids), _package(arguments["dsm_package"], faults), change=change)


def hp_dsm(arguments: Mapping[str, t.Any], faults: Faults) -> WantedDsm:
    """Read what module ``dsm`` is told: HP's DSM present or absent.

    It takes every EVA, so no hardware id of any may be claimed beside it.
    """
    absent = arguments["state"] == "absent"
    package = _package(arguments["dsm_package"], faults)
    ids = tuple(product.hardware_id for product in PRODUCTS)
    return WantedDsm(Owner(DsmKind.HP, hp_name(arguments, faults)), ids, package, absent=absent)


def check_policies(arguments: Mapping[str, t.Any], faults: Faults) -> None:
    """Refuse policies of the DSM that is not the wished one."""
    if arguments["dsm"] == DsmKind.MICROSOFT.value:
        if arguments.get("hp_policies"):
            faults.add("hp_policies", "they are those of HP's DSM, and dsm is microsoft; lun_policies are Microsoft's")
        return
    for option in (*OF_MICROSOFTS_DSM, "explicit_policies", "allow_least_queue_depth"):
        if arguments.get(option):
            faults.add(
                option,
                "it is for the Microsoft DSM, and dsm is hp: Windows shows each policy of HP's DSM as vendor specific"
                " and sets none; hp_policies is for those",
            )


def hp_name(arguments: Mapping[str, t.Any], faults: Faults) -> str | None:
    """Read ``hp_dsm_name``; None where the module does not have it, or it is not given."""
    given = arguments.get("hp_dsm_name")
    if given is None:
        return None
    name = read_name(given, "hp_dsm_name", faults)
    if name is not None and is_microsofts(name.strip()):
        faults.add("hp_dsm_name", f"{name!r} is a name of a DSM of Microsoft's, not of HP's")
    return name


def _package(given: Mapping[str, t.Any] | None, faults: Faults) -> DsmPackage:
    if given is None:
        return DsmPackage()
    for kind in ("", "removal_"):
        path, arguments = given[f"{kind}path"], given[f"{kind}arguments"]
        if path is not None:
            check_program("dsm_package", kind, path, arguments, faults)
            if path.lower().endswith(".msi"):
                faults.add(
                    f"dsm_package.{kind}path",
                    f"{path!r} is no program; name msiexec.exe by its full path, and the file among {kind}arguments",
                )
        elif arguments:
            faults.add("dsm_package", f"{kind}arguments needs {kind}path, the program that takes them")
    _check_words(given, faults)
    return DsmPackage(
        given["path"],
        tuple(given["arguments"]),
        given["removal_path"],
        tuple(given["removal_arguments"]),
        given["version"],
        given["driver"],
        given["unsupported_release"],
    )


def _check_words(given: Mapping[str, t.Any], faults: Faults) -> None:
    for key, (pattern, what) in _WORDS.items():
        value = given[key]
        if value is None:
            continue
        if unfilled(value):
            faults.add(f"dsm_package.{key}", f"{value!r} is a template that was not filled in")
        elif not pattern.fullmatch(value):
            faults.add(f"dsm_package.{key}", f"{value!r} is {what}")
