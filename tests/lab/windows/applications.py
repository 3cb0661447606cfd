# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services of applications that keep their data on drives of the array: whether the drive is there when they start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .services import AUTOMATIC, OWN_PROCESS, Service
from .storage.disks import Disks


@dataclass(frozen=True)
class ServiceSpec:
    """A service of an application that starts by itself."""

    name: str
    depends_on: tuple[str, ...] = ()
    """Services that have to run before it does."""
    needs: tuple[str, ...] = ()
    """Letters of the drives that it expects when it starts."""


def application_service(spec: ServiceSpec, disks: Disks, emit: Callable[..., object]) -> Service:
    """Return the service; when it starts without a drive it tells of it by the event ``late-volume``."""

    def started() -> None:
        there = {volume.path for volume in disks.volumes()}
        for letter in spec.needs:
            path = f"{letter}:\\"
            if path not in there and not disks.is_local_volume(path):
                emit("late-volume", service=spec.name, volume=path)

    return Service(
        spec.name,
        spec.name,
        f"C:\\Program Files\\{spec.name}\\{spec.name}.exe",
        AUTOMATIC,
        OWN_PROCESS,
        depends_on=spec.depends_on,
        on_start=started,
        of_application=True,
    )
