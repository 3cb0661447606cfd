# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bound volumes and devices: what the initiator service waits for when it starts, so that nobody misses a disk."""

from __future__ import annotations

from .failures import InitiatorError
from .persistent import PersistentLogins
from .sessions import Sessions
from .status import Status
from .surroundings import Surroundings

_LOOK_AGAIN_SECONDS = 1.0


class BoundDevices:
    """The list of one initiator; it outlives a restart."""

    def __init__(self, around: Surroundings, persistent: PersistentLogins, sessions: Sessions) -> None:
        """Start with nothing bound."""
        self._around = around
        self._persistent = persistent
        self._sessions = sessions
        self._bound: list[str] = []

    def all(self) -> list[str]:
        """Return the volumes and devices as they are listed."""
        self._around.need_service()
        return list(self._bound)

    def bind_all(self) -> Status:
        """Bind every disk that a stored login brings back (SetupPersistentIScsiDevices).

        The function "builds the list of devices and volumes" and saves it; whether one that is gone stays in it is a
        switch.
        """
        self._around.need_service()
        found = list(dict.fromkeys(self._there(stored_only=True)))
        with self._around.lock:
            old = [] if self._around.switches.binding_replaces_list else self._bound
            self._bound = list(dict.fromkeys([*old, *found]))
            self._around.emit("state", change="devices bound", devices=list(self._bound))
        return Status.SUCCESS

    def bind(self, path: str) -> Status:
        """Bind one volume or device.

        Raises:
            InitiatorError: DEVICE_ALREADY_PERSISTENTLY_BOUND, DEVICE_NOT_ISCSI_OR_PERSISTENT, DEVICE_NOT_FOUND
        """
        self._around.need_service()
        if path.lower() in (item.lower() for item in self._bound):
            raise InitiatorError(Status.DEVICE_ALREADY_PERSISTENTLY_BOUND)
        if self._around.disks.is_local_volume(path):
            raise InitiatorError(Status.DEVICE_NOT_ISCSI_OR_PERSISTENT)
        if path.lower() not in self._names(stored_only=False):
            raise InitiatorError(Status.DEVICE_NOT_FOUND)
        if path.lower() not in self._names(stored_only=True):
            raise InitiatorError(Status.DEVICE_NOT_ISCSI_OR_PERSISTENT)
        self._bound.append(path)
        return Status.SUCCESS

    def unbind(self, path: str | None) -> Status:
        """Unbind one volume or device, None for all.

        Raises:
            InitiatorError: DEVICE_NOT_FOUND
        """
        self._around.need_service()
        kept = [item for item in self._bound if path is not None and item.lower() != path.lower()]
        if path is not None and len(kept) == len(self._bound):
            raise InitiatorError(Status.DEVICE_NOT_FOUND)
        self._bound = kept
        return Status.SUCCESS

    def wait(self) -> None:
        """Wait until what is bound is there, or as long as the service does at most; then it says so and goes on."""
        around = self._around
        with around.lock:
            epoch = around.epoch
        waited = 0.0
        while missing := self._missing():
            if waited >= around.switches.bound_device_timeout:
                around.emit("bound-devices-missing", status=int(Status.PERSISTENT_LOGIN_TIMEOUT), devices=missing)
                return
            around.clock.sleep(_LOOK_AGAIN_SECONDS)
            waited += _LOOK_AGAIN_SECONDS
            with around.lock:
                if epoch != around.epoch:
                    return  # the service was stopped meanwhile

    def _missing(self) -> list[str]:
        there = self._names(stored_only=False)
        return [path for path in self._bound if path.lower() not in there]

    def _names(self, stored_only: bool) -> set[str]:
        return {name.lower() for pair in self._pairs(stored_only) for name in pair if name}

    def _there(self, stored_only: bool) -> list[str]:
        """Return each device as it is listed when it is bound."""
        by_letter = self._around.switches.volumes_bound_as == "letter"
        return [volume if volume and by_letter else device for volume, device in self._pairs(stored_only)]

    def _pairs(self, stored_only: bool) -> list[tuple[str | None, str]]:
        """Return (mounted volume or None, device interface name) of every disk, each volume once."""
        around = self._around
        stored = {login.request.target.lower() for login in self._persistent.all()}
        found: list[tuple[str | None, str]] = []
        with around.lock:
            volumes = around.disks.volumes()
            for session in self._sessions.all():
                if stored_only and session.target.lower() not in stored:
                    continue
                for device in around.disks.session_devices(session.id):
                    mounted: list[str | None] = [
                        volume.path for volume in volumes if volume.drive_number == device.device_number
                    ]
                    found += [(path, device.interface_name) for path in mounted or [None]]
        return list(dict.fromkeys(found))
