# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the administrator says of HP's DSM against what the host says: release, version, driver.

Private to the collection.
"""

from __future__ import annotations

from collections.abc import Iterator

from .._judge.dsms import HP_DSM
from .._judge.effect import changed_in_this_boot
from .._model import Dsm, Host, Service
from .desired import DsmPackage
from .plan import Finding, Severity, Side


def refused_here(package: DsmPackage, host: Host, registered: bool) -> Finding | None:
    """Refuse HP's DSM on a release for which no source names it; where it is there already, it may stay."""
    allowed = host.traits.hp_dsm
    if allowed == "supported" or (allowed == "override" and (registered or package.unsupported_release)):
        return None
    hint = (
        "the Microsoft DSM is the other one that HP supports (dsm: microsoft)"
        if allowed == "refused"
        else "use the Microsoft DSM (dsm: microsoft), or accept it with dsm_package: {unsupported_release: true}"
    )
    text = f"no document of HP's names it for {host.os.caption} (Windows Server 2003 to 2012 are named): {hint}"
    return Finding(Severity.REFUSAL, Side.WISH, HP_DSM, text)


def wrong_version(package: DsmPackage, registered: tuple[Dsm, ...]) -> Iterator[Finding]:
    """Compare the registered version with the wished one, which may be the beginning of it."""
    if package.version is None:
        return
    for dsm in registered:
        if not _begins(dsm.version, package.version):
            text = (
                f"its version is {dsm.version}, wished for is {package.version}: install that version by hand, because"
                " nothing public tells how one replaces another, or correct dsm_package.version"
            )
            yield Finding(Severity.PROBLEM, Side.HOST, f"DSM {dsm.name}", text)


def _begins(version: str, wanted: str) -> bool:
    """Compare versions part by part; HP writes 4.03.00 where MPIO has the numbers 4, 3 and 0."""
    parts, begin = ([one.lstrip("0") or "0" for one in text.split(".")] for text in (version, wanted))
    return parts[: len(begin)] == begin


def without_driver(
    package: DsmPackage, registered: tuple[Dsm, ...], drivers: tuple[Service, ...], host: Host
) -> Iterator[Finding]:
    """Name a driver service that the administrator told and that a registered DSM cannot have.

    Raises:
        NotKnown: it is not known whether MPIO was changed in this boot.
    """
    if registered and package.driver is not None and not drivers and not changed_in_this_boot(host):
        yield Finding(Severity.PROBLEM, Side.HOST, f"DSM {registered[0].name}", no_such_driver(package.driver))


def no_such_driver(name: str) -> str:
    """Say that a registered DSM cannot have the driver service of this name."""
    return (
        f'it is registered, and there is no driver service "{name}": correct dsm_package.driver, or leave it out'
        " (eva.mpio.host_info shows the drivers that look like HP's)"
    )
