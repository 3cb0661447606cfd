# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What really is on a host and behind it, and what happens there.

What differs between releases, or is uncertain, is an attribute.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Interface

from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    Address,
    Authentication,
    Chap,
    Cluster,
    Digests,
    HpPolicy,
    Known,
    NewDiskPolicy,
    Path,
    PersistentLogin,
    Policy,
    SessionId,
    SetupRun,
    TargetPortal,
    Traits,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.around import FakeArray, Lun, Standing

SERVER_2012 = Traits()
SERVER_2003 = Traits(
    "2003",
    initiator_included=False,
    feature_exists=False,
    claim_list=False,
    microsoft_dsm_driver="msiscdsm",
    policies=frozenset(Policy) - {Policy.LEAST_BLOCKS, Policy.VENDOR_SPECIFIC},
    policy_tool=False,
    policy_store=False,
    offline_disks=False,
    new_disk_policy=False,
)
ALONE = Cluster(member=False, groups=Known(()))


PROGRAMS = tuple(f"C:\\prepared\\{name}.exe" for name in ("initiator", "hpdsm", "remove", "dsm"))
"""The setup programs that the wishes name."""


@dataclass
class State:
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
    programs: dict[str, bool | None] = field(default_factory=lambda: dict.fromkeys(PROGRAMS, True))
    """Setup programs, and whether they are there; None where Windows does not tell."""
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
    microsoft_driver: str = "Boot"
    """When the driver of the Microsoft DSM starts."""
    microsoft_loaded: bool = True
    """Whether it has started with Windows, as far as MPIO is there."""
    hp_driver: str | None = None
    """When the driver of HP's DSM starts; None where it is not installed."""
    hp_driver_recognised: bool = True
    """Whether its driver service has a name that looks like HP's; the package of the wish does not tell it."""
    hp_loaded: bool = False
    """Whether HP's DSM has registered when Windows started."""
    hp_leaves: bool = False
    """Whether it is removed and its service goes with the restart."""
    hp_works: bool = True
    """Whether its setup installs anything."""
    hp_registers: bool = True
    """Whether it registers when Windows starts with its driver."""
    hp_stays: bool = False
    """Whether its removal removes nothing, without a word."""
    hp_version: str = "4.3.0.0"
    other_dsms: tuple[str, ...] = ()
    claims: list[str] = field(default_factory=list)
    dsm_claims: list[str] | None = None
    """The DSM's own list where it differs."""
    loaded_claims: list[str] = field(default_factory=list)
    """What was claimed at the last boot."""
    discovery: list[tuple[TargetPortal, Address]] = field(default_factory=list)
    discovery_chap: dict[tuple[TargetPortal, Address], Chap] = field(default_factory=dict)
    known_targets: dict[str, set[TargetPortal]] = field(default_factory=dict)
    sessions: list[Standing] = field(default_factory=list)
    logins: list[PersistentLogin] = field(default_factory=list)
    secrets: list[str | None] = field(default_factory=list)
    """Those of the stored logins, in their order; missing ones are None."""
    isns: list[str] = field(default_factory=list)
    in_use: set[str] = field(default_factory=set)
    """WWNs of LUNs that something uses."""
    clustered: set[str] = field(default_factory=set)
    """WWNs of LUNs that a failover cluster has."""
    offline: set[str] = field(default_factory=set)
    """WWNs of LUNs whose disks are offline."""
    volumes: dict[str, str] = field(default_factory=dict)
    """Drive letter -> WWN of the LUN it lies on; it is mounted while Windows shows the LUN."""
    bound: tuple[str, ...] = ()
    services: dict[str, tuple[str, ...] | None] = field(default_factory=dict)
    """Service -> what it depends on; None where there is no such service."""
    new_disk_policy: NewDiskPolicy | None = None
    timers: dict[str, int] = field(default_factory=dict)
    """Those that the registry holds."""
    timers_noted: bool = False
    """Whether a run has noted in this boot that it changed timers."""
    cluster_addresses: tuple[Address, ...] = ()
    unnoticed: set[str] = field(default_factory=set)
    """WWNs that Windows shows only after it looked for disks again."""
    dead_waits: Counter[tuple[Address, TargetPortal]] = field(default_factory=Counter)
    """How often a login or a discovery portal waited for a way that is interrupted."""
    policies: dict[str, Policy] = field(default_factory=dict)
    """Those that LUNs have of their own."""
    dsm_policy: Policy | None = None
    id_policies: dict[str, Policy] = field(default_factory=dict)
    hp_policies: dict[str, HpPolicy] = field(default_factory=dict)
    taken_offline: set[str] = field(default_factory=set)
    """WWNs that a run has noted on the host."""
    change_begun: bool = False
    """Whether a run has noted that it changes the DSM."""
    setup: SetupRun | None = None
    """What a run has noted of the program of HP's DSM that it ran last."""
    down: set[tuple[Address, TargetPortal]] = field(default_factory=set)
    """Ways that are interrupted."""
    boots: int = 0
    clock: float = 0.0
    next_session: int = 1
    secret_set: int = 0

    feature_needs_reboot: bool = True
    claim_needs_reboot: bool = True
    claim_works_before_reboot: bool = True
    busy_stays: bool = False
    """Windows logs no session out that shows a disk in use, although others show it too."""
    tells_credentials: bool = True
    """Windows tells the authentication of sessions and discovery portals."""
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
        return (
            [lun for lun in array.luns if lun.presented and lun.wwn not in self.unnoticed] if array and visible else []
        )

    def claimed(self, lun: Lun) -> bool:
        """Tell whether the Microsoft DSM takes the devices of a LUN."""
        if not self.microsoft_loaded:
            return False
        if not self.traits.claim_list:
            return self.feature == "loaded"
        name = f"{lun.vendor:8}{lun.product:16}"
        lists = [self.claims, self.claims if self.dsm_claims is None else self.dsm_claims]
        lists += [self.loaded_claims] if self.claim_needs_reboot else []
        return self.feature == "loaded" and all(any(name.startswith(entry) for entry in one if entry) for one in lists)

    def is_hps(self, lun: Lun) -> bool:
        """Tell whether HP's DSM takes the devices of a LUN: it knows the EVAs by itself."""
        return self.hp_loaded and lun.product.startswith("HSV")

    def in_mpio(self, session: Standing, lun: Lun) -> bool:
        return (self.claimed(lun) or self.is_hps(lun)) and lun.wwn not in session.outside

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
            session.outside |= {lun.wwn for lun in self.shown_by(session) if not self.in_mpio(session, lun)}

    def rest(self) -> None:
        """Let all come that is due: sessions, then their devices."""
        for _round in range(2):
            self.clock += self.session_delay + self.device_delay
            self.arrive()

    def store(self, login: PersistentLogin, chap: Chap | None = None) -> None:
        self.secrets = [*self.aligned_secrets(), None if chap is None else chap.secret]
        self.logins.append(login)

    def remove(self, login: PersistentLogin, keep: int = 0) -> None:
        """Remove a stored login with all that equal it, but for some."""
        left, self.secrets = list(zip(self.logins, self.aligned_secrets(), strict=True)), []
        self.logins = []
        for one, secret in left:
            if one == login and self.logins.count(login) >= keep:
                continue
            self.logins.append(one)
            self.secrets.append(secret)

    def secret_of(self, login: PersistentLogin) -> str | None:
        return self.aligned_secrets()[self.logins.index(login)]

    def aligned_secrets(self) -> list[str | None]:
        return [*self.secrets, *[None] * len(self.logins)][: len(self.logins)]

    def log_in(self, path: Path, chap: Chap | None = None, digests: Digests | None = None) -> Standing:
        moment = self.clock + self.device_delay
        session = Standing(SessionId(0xFFFFFA80, self.next_session), path, moment, chap, digests or Digests())
        self.next_session += 1
        self.sessions.append(session)
        self.arrive()
        return session

    def _make_stored(self, login: PersistentLogin) -> None:
        nic = self.local_of(login.port_number) or self.interfaces[0].ip
        if login.portal is None or login.informational or not self.running or login not in self.logins:
            return
        path = Path(nic, login.portal, login.target)
        array, chap = self.array_at(login.portal), self._chap_of(login)
        wanted = sum((one.target, one.portal, self.local_of(one.port_number)) == _key(path) for one in self.logins)
        if array is None or not self.reaches(nic, login.portal) or not array.admits(chap):
            return
        if sum(one.path == path for one in self.sessions) < max(1, wanted):
            self.log_in(path, chap, login.digests)

    def _chap_of(self, login: PersistentLogin) -> Chap | None:
        if login.authentication in (None, Authentication.NONE):
            return None
        mutual = login.authentication is Authentication.MUTUAL_CHAP
        return Chap(login.user or "", self.secret_of(login) or "", mutual)

    def start_service(self) -> None:
        self.running = True
        self.coming = [(self.clock + self.session_delay, login) for login in self.logins]
        self.arrive()

    def boot(self) -> None:
        self.boots += 1
        self.sessions, self.coming, self.known_targets, self.noted = [], [], {}, False
        self.timers_noted = False
        if self.setup is not None:
            self.setup = replace(self.setup, in_this_boot=False)
        self.feature = "loaded" if self.feature == "pending" else self.feature
        self.loaded_claims = list(self.claims)
        self.microsoft_loaded = self.microsoft_driver != "Disabled"
        self.hp_driver, self.hp_leaves = (None if self.hp_leaves else self.hp_driver), False
        # HP's kit brings MPIO where Windows has no feature of its own (KB977506).
        brought = self.feature == "loaded" or not self.traits.feature_exists
        self.hp_loaded = self.hp_driver == "Boot" and self.hp_registers and brought
        self.running = False
        if self.installed and self.start_mode == "Auto":
            self.start_service()
            for portal, nic in self.discovery:
                self.discover(portal, nic)

    def discover(self, portal: TargetPortal, nic: Address) -> None:
        array = self.array_at(portal)
        if array is None or not self.reaches(nic, portal) or not array.admits(self.discovery_chap.get((portal, nic))):
            return
        for name, portals in array.targets.items():
            if portal in portals:
                self.known_targets.setdefault(name, set()).add(portal)


def _key(path: Path) -> tuple[object, ...]:
    return path.target, path.portal, path.nic
