# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What really is on a host at the level of the model; it gives snapshots and knows nothing of Windows' texts.

What differs between releases, or is uncertain, is an attribute.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta, timezone
from ipaddress import IPv4Interface

from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    CHANGED_IN_THIS_BOOT,
    PARTS,
    Address,
    Authentication,
    Chap,
    Claims,
    Cluster,
    Connection,
    ConnectionState,
    Device,
    DiscoveryPortal,
    DiskPath,
    Dsm,
    Feature,
    Host,
    Initiator,
    InitiatorPort,
    Known,
    MpioDisk,
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
    SessionId,
    Target,
    TargetPortal,
    Traits,
    Unknown,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.around import FakeArray, Lun, Standing

SERVICE = "MSiSCSI"
INSTANCE = "ROOT\\ISCSIPRT\\0000_0"
MICROSOFT = "Microsoft DSM"
SERVER_2012 = Traits()
SERVER_2003 = Traits(
    "2003",
    initiator_included=False,
    feature_exists=False,
    claim_list=False,
    microsoft_dsm_driver="msiscdsm",
    policies=frozenset(Policy) - {Policy.LEAST_BLOCKS, Policy.VENDOR_SPECIFIC},
)
ALONE = Cluster(member=False, groups=Known(()))
OF_THE_SERVICE = frozenset({"initiator", "portals", "targets", "sessions", "logins"})


@dataclass
class Truth:
    """What really is on a host and behind it."""

    interfaces: tuple[IPv4Interface, ...]
    arrays: list[FakeArray]
    traits: Traits = SERVER_2012
    installed: bool = True
    """Whether there is an initiator."""
    package_brings: frozenset[str] = frozenset({"initiator", "mpio"})
    """What the setup of the initiator installs: an uncertain fact, and the arguments are the administrator's."""
    package_starts: bool = True
    """Whether the initiator runs, and starts with Windows, when its setup is through."""
    package_runs: int = 0
    users: tuple[str, ...] = ()
    cluster: Cluster = ALONE
    noted: bool = False
    """Whether a run has noted in this boot that it changed MPIO."""
    start_mode: str = "Manual"
    running: bool = False
    node_name: str = "iqn.1991-05.com.microsoft:host1"
    port_numbers: dict[Address, int] = field(default_factory=dict)
    feature: str = "absent"
    """``absent``, ``pending`` until the restart, or ``loaded``."""
    payload: bool = True
    other_dsms: tuple[str, ...] = ()
    claims: list[str] = field(default_factory=list)
    dsm_claims: list[str] | None = None
    """The DSM's own list where it differs."""
    loaded_claims: list[str] = field(default_factory=list)
    """What was claimed at the last boot."""
    discovery: list[tuple[TargetPortal, Address]] = field(default_factory=list)
    known_targets: dict[str, set[TargetPortal]] = field(default_factory=dict)
    sessions: list[Standing] = field(default_factory=list)
    logins: list[PersistentLogin] = field(default_factory=list)
    policies: dict[str, Policy] = field(default_factory=dict)
    down: set[tuple[Address, TargetPortal]] = field(default_factory=set)
    """Ways that are interrupted."""
    boots: int = 0
    clock: float = 0.0
    next_session: int = 1
    secret_set: int = 0

    feature_needs_reboot: bool = True
    claim_needs_reboot: bool = True
    claim_works_before_reboot: bool = True
    stale_discovery: bool = False
    """Adding a discovery portal does not fill the list; asking again does."""
    store_logs_in: bool = False
    """A persistent login is made at once where the path has no session."""
    device_delay: float = 0.0
    session_delay: float = 0.0
    """How long after a boot or service start stored logins take to become sessions."""
    coming: list[tuple[float, PersistentLogin]] = field(default_factory=list)
    misplaced: dict[Address, Address] = field(default_factory=dict)
    """Logins asked for the first NIC leave from the second."""
    hidden: frozenset[str] = frozenset()
    """Parts that cannot be read."""
    reordered: bool = False
    """Whether lists are read back to front."""

    # ---- what is so

    def array_at(self, portal: TargetPortal) -> FakeArray | None:
        return next((one for one in self.arrays if any(portal in ports for ports in one.targets.values())), None)

    def array_of(self, target: str) -> FakeArray | None:
        return next((one for one in self.arrays if target in one.targets), None)

    def shown_by(self, session: Standing) -> list[Lun]:
        array = self.array_of(session.path.target)
        visible = array is not None and session.connected and self.clock >= session.since
        return [lun for lun in array.luns if lun.presented] if array and visible else []

    def claimed(self, lun: Lun) -> bool:
        if not self.traits.claim_list:
            return self.feature == "loaded"
        name = f"{lun.vendor:8}{lun.product:16}"
        lists = [self.claims, self.claims if self.dsm_claims is None else self.dsm_claims]
        lists += [self.loaded_claims] if self.claim_needs_reboot else []
        return self.feature == "loaded" and all(any(name.startswith(entry) for entry in one if entry) for one in lists)

    def in_mpio(self, session: Standing, lun: Lun) -> bool:
        return self.claimed(lun) and lun.wwn not in session.outside

    def local_of(self, number: int | None) -> Address | None:
        return next((address for address, one in self.port_numbers.items() if one == number), None)

    def reaches(self, nic: Address, portal: TargetPortal) -> bool:
        return self.array_at(portal) is not None and (nic, portal) not in self.down

    # ---- what happens

    def arrive(self) -> None:
        """Let what is due come: stored sessions, and devices into or outside MPIO."""
        due = [login for moment, login in self.coming if moment <= self.clock]
        self.coming = [item for item in self.coming if item[0] > self.clock]
        for login in due:
            self._make_stored(login)
        for session in self.sessions:
            session.outside |= {lun.wwn for lun in self.shown_by(session) if not self.claimed(lun)}

    def rest(self) -> None:
        """Let all come that is due: sessions, then their devices."""
        for _round in range(2):
            self.clock += self.session_delay + self.device_delay
            self.arrive()

    def log_in(self, path: Path) -> Standing:
        session = Standing(SessionId(0xFFFFFA80, self.next_session), path, self.clock + self.device_delay)
        self.next_session += 1
        self.sessions.append(session)
        self.arrive()
        return session

    def _make_stored(self, login: PersistentLogin) -> None:
        nic = self.local_of(login.port_number) or self.interfaces[0].ip
        if login.portal is None or login.informational or not self.running or login not in self.logins:
            return
        path = Path(nic, login.portal, login.target)
        if self.reaches(nic, login.portal) and not any(one.path == path for one in self.sessions):
            self.log_in(path)

    def start_service(self) -> None:
        self.running = True
        self.coming = [(self.clock + self.session_delay, login) for login in self.logins]
        self.arrive()

    def boot(self) -> None:
        self.boots += 1
        self.sessions, self.coming, self.known_targets, self.noted = [], [], {}, False
        self.feature = "loaded" if self.feature == "pending" else self.feature
        self.loaded_claims = list(self.claims)
        self.running = False
        if self.installed and self.start_mode == "Auto":
            self.start_service()
            for portal, nic in self.discovery:
                self.discover(portal, nic)

    def discover(self, portal: TargetPortal, nic: Address) -> None:
        array = self.array_at(portal)
        if array is None or not self.reaches(nic, portal):
            return
        for name, portals in array.targets.items():
            if portal in portals:
                self.known_targets.setdefault(name, set()).add(portal)

    # ---- what can be read

    def host(self, parts: t.Collection[str] = PARTS, previous: Host | None = None) -> Host:
        """Return a snapshot with these parts; the others as they were, or unread."""
        self.arrive()
        fresh = {name: self._part(name) for name in parts}
        old = {name: Unknown("not read") if previous is None else getattr(previous, name) for name in PARTS}
        return Host(os=self._os(), traits=self.traits, **{**old, **fresh})

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
        return tuple(DiscoveryPortal(portal, INSTANCE, self.port_numbers.get(nic)) for portal, nic in self.discovery)

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
        return (Connection(local, session.path.portal, ConnectionState.FULL),) if session.connected else ()

    def _devices(self, session: Standing) -> Iterator[Device]:
        if self.shown_by(session):
            yield Device(self._address(session, 0), None, False, False, None, None)  # the array's controller LUN
        for lun in self.shown_by(session):
            number = (1 if self.in_mpio(session, lun) else 10 * session.id.session) + self._lun_number(lun)
            name = (lun.vendor.lower(), lun.product.lower().replace(" ", "_"))
            yield Device(
                self._address(session, self._lun_number(lun)),
                number,
                True,
                self.in_mpio(session, lun),
                name[0],
                name[1],
            )

    def _address(self, session: Standing, lun: int) -> ScsiAddress:
        return ScsiAddress(4, 0, session.id.session, lun)

    def _lun_number(self, lun: Lun) -> int:
        return 1 + next(n for n, one in enumerate(one for array in self.arrays for one in array.luns) if one is lun)

    def _read_logins(self) -> tuple[PersistentLogin, ...]:
        return tuple(self.logins)

    def _read_feature(self) -> Feature:
        return Feature(self.feature != "absent", self.payload)

    def _read_drivers(self) -> tuple[Service, ...]:
        names = ("mpio", self.traits.microsoft_dsm_driver) if self.feature != "absent" else ()
        if self.other_dsms:
            names = tuple(dict.fromkeys(("mpio", *names)))
        return tuple(Service(name, "Boot", "Running" if self.feature == "loaded" else "Stopped") for name in names)

    def _read_dsms(self) -> tuple[Dsm, ...]:
        names = (MICROSOFT, *self.other_dsms) if self.feature == "loaded" else self.other_dsms
        return tuple(Dsm(name, "6.3.9600.1") for name in names)

    def _read_claims(self) -> Claims:
        return Claims(tuple(self.claims), tuple(self.claims if self.dsm_claims is None else self.dsm_claims))

    def _read_disks(self) -> tuple[MpioDisk, ...]:
        return tuple(
            self._disk(number, lun, carriers)
            for number, lun in enumerate(lun for array in self.arrays for lun in array.luns)
            if (carriers := [one for one in self.sessions if lun in self.shown_by(one) and self.in_mpio(one, lun)])
        )

    def _disk(self, number: int, lun: Lun, carriers: Sequence[Standing]) -> MpioDisk:
        paths = tuple(
            DiskPath(
                0x77030000 + one.id.session,
                self._address(one, self._lun_number(lun)),
                PathState.ACTIVE_OPTIMIZED,
                None,
                None,
                group_of(one.path.portal) if lun.alua else None,
            )
            for one in carriers
        )
        policy = self.policies.get(lun.wwn, Policy.ROUND_ROBIN_WITH_SUBSET if lun.alua else Policy.FAILOVER_ONLY)
        product = lun.product.lower().replace(" ", "_")
        instance = f"MPIO\\Disk&Ven_{lun.vendor}&Prod_{product}\\{number}"
        return MpioDisk(number, instance, lun.wwn, MICROSOFT, lun.vendor.lower(), product, policy, lun.alua, paths)

    def _read_policy_defaults(self) -> PolicyDefaults:
        return PolicyDefaults(None, (), tuple(sorted(self.policies)))

    def _read_pending_reboot(self) -> tuple[str, ...]:
        waits = self.feature == "pending" and self.traits.feature_exists
        noted = (CHANGED_IN_THIS_BOOT,) if self.noted else ()
        return (*(["a change of features waits for a restart"] if waits else []), *noted)

    def _read_users(self) -> tuple[str, ...]:
        return self.users

    def _read_cluster(self) -> Cluster:
        return self.cluster


def group_of(address: TargetPortal) -> int:
    """The target port group of a portal, its last digit: ``.21`` and ``.31`` are ports of controller 1."""
    return int(str(address.address)[-1])


def stored(
    truth: Truth, path: Path, chap: Chap | None = None, *, multipath: bool = True, informational: bool = False
) -> PersistentLogin:
    """Return the stored login of a path."""
    kind = Authentication.NONE
    if chap is not None:
        kind = Authentication.MUTUAL_CHAP if chap.mutual else Authentication.CHAP
    return PersistentLogin(
        path.target,
        path.portal,
        INSTANCE,
        truth.port_numbers.get(path.nic),
        multipath,
        informational,
        kind,
        2 if multipath else 0,
    )


def snapshot(truth: Truth) -> dict[str, t.Any]:
    """Return everything of the truth that a change would show in."""
    names = [item.name for item in fields(truth) if item.name not in ("clock", "arrays", "coming")]
    result = {name: getattr(truth, name) for name in names}
    result["sessions"] = [(one.id, one.path, one.connected) for one in truth.sessions]
    result["known_targets"] = {name: set(told) for name, told in truth.known_targets.items()}
    return {name: value.copy() if isinstance(value, (list, dict, set)) else value for name, value in result.items()}
