# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What really is on a host at the level of the model; it gives snapshots and knows nothing of Windows' texts."""

from __future__ import annotations

import typing as t
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta, timezone

from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    CHANGED_IN_THIS_BOOT,
    PARTS,
    QUESTIONS,
    TIMERS_CHANGED,
    Address,
    Authentication,
    Chap,
    Claims,
    Cluster,
    Connection,
    ConnectionState,
    Dependencies,
    Device,
    Digests,
    DiscoveryPortal,
    DiskPath,
    DiskUse,
    Dsm,
    DsmNotes,
    Feature,
    Host,
    HpLunPolicy,
    HpPolicy,
    Initiator,
    InitiatorPort,
    Known,
    MpioDisk,
    NewDiskPolicy,
    Nic,
    OperatingSystem,
    Part,
    Path,
    PathState,
    PersistentLogin,
    Policy,
    PolicyDefaults,
    ScsiAddress,
    Service,
    Session,
    Setting,
    SetupProgram,
    Target,
    TargetPortal,
    Unknown,
    Volume,
    Volumes,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.around import FakeArray, Lun, Standing
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.state import SERVER_2003, SERVER_2012, State

__all__ = ["SERVER_2003", "SERVER_2012", "FakeArray", "Lun", "Truth", "group_of", "snapshot", "stored"]

SERVICE = "MSiSCSI"
INSTANCE = "ROOT\\ISCSIPRT\\0000_0"
MICROSOFT = "Microsoft DSM"
HP = "HP EVA DSM"
"""A guess: the friendly name of HP's DSM is not public."""
HP_DRIVER = "hpeaadsm"
TIMERS: dict[str, tuple[str, int | None]] = {
    "pdo_remove_period": ("mpio", 20),
    "use_custom_path_recovery_interval": ("mpio", False),
    "path_recovery_interval": ("mpio", 40),
    "link_down_time": ("initiator", 15),
    "disk_timeout": ("disk", None),
}
"""Whose it is, and the default."""
OF_THE_SERVICE = frozenset({"initiator", "portals", "targets", "sessions", "logins", "isns_servers"})
NOTES = ("dsm_notes", "pending_reboot")
"""What the line of reg tells besides what it is asked for."""
IN_THE_REGISTRY = frozenset({*NOTES, "dependencies", "new_disk_policy", "policy_defaults", "settings"})


@dataclass
class Truth(State):
    """The state of a host as it can be read."""

    # ---- what can be read

    def host(self, parts: t.Collection[str] = PARTS, previous: Host | None = None) -> Host:
        """Return a snapshot with these parts; the others as they were, or unread."""
        self.arrive()
        fresh = {name: self._part(name) for name in (*parts, *self._told_beside(parts))}
        names = (*PARTS, *QUESTIONS)
        old = {name: Unknown("not read") if previous is None else getattr(previous, name) for name in names}
        return Host(os=self._os(), traits=self.traits, **{**old, **fresh})

    def _told_beside(self, parts: t.Collection[str]) -> tuple[str, ...]:
        """What one line of reg tells whatever it is asked for; nothing is asked for claims without lists of them."""
        asked = {"claims"} if self.traits.claim_list else set()
        asked |= {"taken_offline"} if self.traits.offline_disks else set()
        return NOTES if (IN_THE_REGISTRY | asked).intersection(parts) else ()

    def _part(self, name: str) -> Part[t.Any]:
        if name in self.hidden:
            return Unknown(f"{name} cannot be read here")
        if name in OF_THE_SERVICE and not self.running:
            return Unknown("the service is stopped")
        value = getattr(self, f"_read_{name}")()
        if self.reordered and isinstance(value, tuple):
            value = value[::-1]
        return Known(value)

    def _os(self) -> OperatingSystem:
        booted = datetime(2026, 1, 1, tzinfo=timezone.utc) + timedelta(hours=self.boots)
        version, build = ("5.2.3790", 3790) if self.traits == SERVER_2003 else ("6.3.9600", 9600)
        return OperatingSystem("host1", "Windows", version, build, 0, True, None, 7, 1033, booted)

    def _read_setup_programs(self) -> tuple[SetupProgram, ...]:
        return tuple(SetupProgram(path, there) for path, there in self.programs.items())

    def _read_nics(self) -> tuple[Nic, ...]:
        return tuple(Nic(f"NIC {n}", f"00:15:5D:00:00:{n:02X}", n, (one,)) for n, one in enumerate(self.interfaces))

    def _read_initiator_service(self) -> Service:
        if not self.installed:
            return Service(SERVICE, "Absent", "Absent")
        return Service(SERVICE, self.start_mode, "Running" if self.running else "Stopped")

    def _read_initiator(self) -> Initiator:
        ports = tuple(InitiatorPort(number, address) for address, number in self.port_numbers.items())
        return Initiator(self.node_name, INSTANCE, ports[::-1] if self.reordered else ports)

    def _read_portals(self) -> tuple[DiscoveryPortal, ...]:
        return tuple(self._portal(portal, nic) for portal, nic in self.discovery)

    def _portal(self, portal: TargetPortal, nic: Address) -> DiscoveryPortal:
        chap = self.discovery_chap.get((portal, nic))
        kind = kind_of(chap) if self.tells_credentials else None
        user = chap.user if chap is not None and self.tells_credentials else None
        return DiscoveryPortal(portal, INSTANCE, self.port_numbers.get(nic), authentication=kind, user=user)

    def _read_targets(self) -> tuple[Target, ...]:
        return tuple(
            Target(name, array.targets[name], tuple(sorted(told)))
            for name, told in self.known_targets.items()
            if (array := self.array_of(name))
        )

    def _read_sessions(self) -> tuple[Session, ...]:
        return tuple(
            Session(one.id, one.path.target, self._connections(one), tuple(self._devices(one))) for one in self.sessions
        )

    def _connections(self, session: Standing) -> tuple[Connection, ...]:
        local = session.path.nic if session.tells_nic else None
        kind = kind_of(session.chap) if self.tells_credentials else None
        agreed = Digests(bool(session.digests.header), bool(session.digests.data))
        connection = Connection(local, session.path.portal, ConnectionState.FULL, kind, agreed)
        return (connection,) if session.connected else ()

    def _devices(self, session: Standing) -> Iterator[Device]:
        if self.shown_by(session):
            yield Device(self._address(session, 0), None, False, False, None, None)  # the array's controller LUN
        for lun in self.shown_by(session):
            number = self._drive(session, lun)
            name = (lun.vendor.lower(), lun.product.lower().replace(" ", "_"))
            yield Device(
                self._address(session, self._lun_number(lun)),
                number,
                True,
                self.in_mpio(session, lun),
                name[0],
                name[1],
            )

    def _drive(self, session: Standing, lun: Lun) -> int:
        """Return the PhysicalDrive number: one for an MPIO disk, one for each session otherwise."""
        return (1 if self.in_mpio(session, lun) else 10 * session.id.session) + self._lun_number(lun)

    def _drives(self) -> dict[int, str]:
        """Return the PhysicalDrive numbers that Windows shows now, with the WWN behind each."""
        return {self._drive(one, lun): lun.wwn for one in self.sessions for lun in self.shown_by(one)}

    def _address(self, session: Standing, lun: int) -> ScsiAddress:
        return ScsiAddress(4, 0, session.id.session, lun)

    def _lun_number(self, lun: Lun) -> int:
        return 1 + next(n for n, one in enumerate(one for array in self.arrays for one in array.luns) if one is lun)

    def _read_logins(self) -> tuple[PersistentLogin, ...]:
        return tuple(self.logins)

    def _read_feature(self) -> Feature:
        return Feature(self.feature != "absent", self.payload)

    def _read_drivers(self) -> tuple[Service, ...]:
        modes: dict[str, str] = {}
        if self.feature != "absent":
            modes = {"mpio": "Boot", self.traits.microsoft_dsm_driver: self.microsoft_driver}
        if self.other_dsms or self.hp_driver is not None:
            modes.setdefault("mpio", "Boot")
        if self.hp_driver is not None and self.hp_driver_recognised:
            modes[HP_DRIVER] = self.hp_driver
        running = {"mpio": True, self.traits.microsoft_dsm_driver: self.microsoft_loaded, HP_DRIVER: self.hp_loaded}
        states = {name: "Running" if running[name] and self.feature == "loaded" else "Stopped" for name in modes}
        return tuple(Service(name, mode, states[name]) for name, mode in modes.items())

    def _read_dsms(self) -> tuple[Dsm, ...]:
        names = (MICROSOFT, *self.other_dsms) if self.feature == "loaded" and self.microsoft_loaded else self.other_dsms
        hps = (Dsm(HP, self.hp_version),) if self.hp_loaded else ()
        return (*(Dsm(name, "6.3.9600.1") for name in names), *hps)

    def _read_claims(self) -> Claims:
        return Claims(tuple(self.claims), tuple(self.claims if self.dsm_claims is None else self.dsm_claims))

    def _read_disks(self) -> tuple[MpioDisk, ...]:
        return tuple(
            self._disk(number, lun, carriers)
            for number, lun in enumerate(lun for array in self.arrays for lun in array.luns)
            if (carriers := [one for one in self.sessions if lun in self.shown_by(one) and self.in_mpio(one, lun)])
        )

    def _disk(self, number: int, lun: Lun, carriers: Sequence[Standing]) -> MpioDisk:
        untold = self.is_hps(lun)
        paths = tuple(
            DiskPath(
                0x77030000 + one.id.session,
                self._address(one, self._lun_number(lun)),
                None if untold else PathState.ACTIVE_OPTIMIZED,
                None,
                None,
                group_of(one.path.portal) if lun.alua and not untold else None,
            )
            for one in carriers
        )
        policy = self.policies.get(lun.wwn, Policy.ROUND_ROBIN_WITH_SUBSET if lun.alua else Policy.FAILOVER_ONLY)
        product = lun.product.lower().replace(" ", "_")
        instance = f"MPIO\\Disk&Ven_{lun.vendor}&Prod_{product}\\{number}"
        names = (lun.vendor.lower(), product)
        if untold:
            return MpioDisk(number, instance, lun.wwn, HP, *names, Policy.VENDOR_SPECIFIC, None, paths)
        return MpioDisk(number, instance, lun.wwn, MICROSOFT, *names, policy, lun.alua, paths)

    def _read_hp_policies(self) -> tuple[HpLunPolicy, ...]:
        begins_with = HpPolicy.SHORTEST_QUEUE_SERVICE_TIME
        theirs = (disk.wwn for disk in self._read_disks() if disk.policy is Policy.VENDOR_SPECIFIC)
        return tuple(HpLunPolicy(wwn, self.hp_policies.get(wwn, begins_with)) for wwn in theirs)

    def _read_policy_defaults(self) -> PolicyDefaults:
        return PolicyDefaults(self.dsm_policy, tuple(sorted(self.id_policies.items())), tuple(sorted(self.policies)))

    def _read_pending_reboot(self) -> tuple[str, ...]:
        waits = self.feature == "pending" and self.traits.feature_exists
        noted = [CHANGED_IN_THIS_BOOT] if self.noted else []
        timers = [TIMERS_CHANGED] if self.timers_noted else []
        return (*(["a change of features waits for a restart"] if waits else []), *noted, *timers)

    def _read_settings(self) -> tuple[Setting, ...]:
        return tuple(
            Setting(name, self.timers.get(name), default, f"HKLM\\{of}\\{name}", of, self._why_unknown(of))
            for name, (of, default) in TIMERS.items()
        )

    def _why_unknown(self, of: str) -> str | None:
        return "the initiator's driver has no instance" if of == "initiator" and not self.installed else None

    def _read_users(self) -> tuple[str, ...]:
        return self.users

    def _read_cluster(self) -> Cluster:
        return self.cluster

    def _read_cluster_addresses(self) -> tuple[Address, ...]:
        return self.cluster_addresses

    def _read_isns_servers(self) -> tuple[str, ...]:
        return tuple(self.isns)

    def _read_disk_use(self) -> tuple[DiskUse, ...]:
        return tuple(
            DiskUse(
                number,
                wwn in self.in_use and wwn not in self.offline,
                "as this test says",
                wwn in self.clustered,
                offline=wwn in self.offline if self.traits.offline_disks else None,
                mounted=tuple(letter for letter, on in self.volumes.items() if on == wwn and wwn not in self.offline),
            )
            for number, wwn in self._drives().items()
        )

    def _read_volumes(self) -> Volumes:
        drives = {wwn: number for number, wwn in self._drives().items()}
        there = {letter: wwn for letter, wwn in self.volumes.items() if wwn in drives and wwn not in self.offline}
        mounted = (Volume(letter, drives[wwn]) for letter, wwn in there.items())
        return Volumes(self.bound, tuple(mounted))

    def _read_dependencies(self) -> tuple[Dependencies, ...]:
        return tuple(Dependencies(service, names) for service, names in self.services.items())

    def _read_taken_offline(self) -> tuple[str, ...]:
        return tuple(sorted(self.taken_offline))

    def _read_dsm_notes(self) -> DsmNotes:
        return DsmNotes(self.change_begun, self.setup)

    def _read_new_disk_policy(self) -> NewDiskPolicy | None:
        return self.new_disk_policy


def kind_of(chap: Chap | None) -> Authentication:
    """The authentication of a login with these credentials."""
    if chap is None:
        return Authentication.NONE
    return Authentication.MUTUAL_CHAP if chap.mutual else Authentication.CHAP


def group_of(address: TargetPortal) -> int:
    """The target port group of a portal, its last digit: ``.21`` and ``.31`` are ports of controller 1."""
    return int(str(address.address)[-1])


def stored(
    truth: State,
    path: Path,
    chap: Chap | None = None,
    *,
    multipath: bool = True,
    informational: bool = False,
    digests: Digests | None = None,
) -> PersistentLogin:
    """Return the stored login of a path."""
    return PersistentLogin(
        path.target,
        path.portal,
        INSTANCE,
        truth.port_numbers.get(path.nic),
        multipath,
        informational,
        kind_of(chap),
        2 if multipath else 0,
        None if chap is None else chap.user,
        digests or Digests(),
    )


def snapshot(truth: Truth) -> dict[str, t.Any]:
    """Return everything of the truth that a change would show in."""
    names = [item.name for item in fields(truth) if item.name not in ("clock", "arrays", "coming", "dead_waits")]
    result = {name: getattr(truth, name) for name in names}
    result["sessions"] = [(one.id, one.path, one.connected) for one in truth.sessions]
    result["known_targets"] = {name: set(told) for name, told in truth.known_targets.items()}
    return {name: value.copy() if isinstance(value, (list, dict, set)) else value for name, value in result.items()}
