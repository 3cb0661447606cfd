# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans for what the Microsoft DSM claims, and by which entries of its lists. Private to the collection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from .._eva.dsm_names import is_microsofts
from .._judge.dsms import MICROSOFT_DSM
from .._judge.effect import covering, hardware_id_of, hp_drivers, is_bus_wide, unclaimed
from .._model import Claims, Device, Dsm, Feature, Host, MpioDisk, NotKnown, Unknown, value_of
from .desired import Desired
from .plan import Finding, Item, Memory, Planned, Severity, Side
from .preparation import not_packaged, unreadable
from .steps import ClaimHardware, ListHardware, UnclaimHardware

CHANGE = "eva.mpio.host with change_dsm: true (or the playbook eva.mpio.migrate_dsm)"

_OWN_CLAIM = "eva.mpio.claim with models or hardware_ids"
_WIDER = (
    f"give each disk that stays with it a claim of its own ({_OWN_CLAIM}), then take that entry out of the lists (the"
    " one for every iSCSI LUN with eva.mpio.claim, all_iscsi: true and state: absent)"
)

_LOOKS_LIKE_HPS = (
    "its name looks like HP's, so it may claim the same LUNs (if it is for other arrays, say what HP's for EVA is"
    " called: hp_dsm_name of eva.mpio.host)"
)
_NAME_IT = "if it is HP's for EVA, name it with hp_dsm_name"
_KEEP_OR_MOVE = f"if HP's shall keep the disks, say so: dsm: hp. To move them to the other DSM, use {CHANGE}"
_REMOVE_IT = "it has none of the disks: remove it with eva.mpio.dsm and state: absent"


@dataclass(frozen=True)
class Coverage:
    """How the lists of the Microsoft DSM cover a hardware id."""

    hardware_id: str
    exact: bool
    """Whether both lists cover it no more once the entries that are it itself are gone."""
    entries: tuple[str, ...]
    """Entries that cover others too: those that begin like it, and the one for every iSCSI LUN."""

    @property
    def names(self) -> str:
        """The wide entries as a sentence names them."""
        return " and ".join(f'"{entry}"' for entry in self.entries)


def coverage(claims: Claims, hardware_ids: Iterable[str]) -> tuple[Coverage, ...]:
    """Return how both lists cover hardware ids; those that are not claimed are left out."""
    wanted = list(hardware_ids)
    missing = unclaimed(claims, wanted)
    return tuple(_coverage(claims, name) for name in wanted if name not in missing)


def _coverage(claims: Claims, name: str) -> Coverage:
    wide = [
        [entry for entry in covering(listed, name) if not _is_it(entry, name)] for listed in (claims.mpio, claims.dsm)
    ]
    entries = tuple(dict.fromkeys(entry for found in wide for entry in found))
    return Coverage(name, not all(wide), entries)


def too_wide(covered: Iterable[Coverage]) -> Iterator[Finding]:
    """Refuse the entries that would let two DSMs claim the disks of hardware ids, each once.

    Args:
        covered: What no unclaiming of single hardware ids takes away.
    """
    for names, ids in _by_entries(covered):
        text = f"{names} of its lists also claims {ids}, so two DSMs would claim those disks: {_WIDER}"
        yield Finding(Severity.REFUSAL, Side.HOST, MICROSOFT_DSM, text)


def _by_entries(covered: Iterable[Coverage]) -> Iterator[tuple[str, str]]:
    """Return each set of wide entries with the hardware ids that it covers."""
    groups: dict[str, list[str]] = {}
    for item in covered:
        groups.setdefault(item.names, []).append(f'"{item.hardware_id}"')
    yield from ((names, ", ".join(ids)) for names, ids in groups.items())


def _stands(claims: Claims, name: str) -> bool:
    """Tell whether both lists have an entry that is this hardware id itself."""
    return all(any(_is_it(entry, name) for entry in covering(listed, name)) for listed in (claims.mpio, claims.dsm))


def _is_it(entry: str, name: str) -> bool:
    return entry.casefold() == name.casefold()


def answers(shown: Device | MpioDisk, hardware_ids: Iterable[str]) -> bool:
    """Tell whether a disk, or a path of one, is known to answer with one of the hardware ids."""
    own = hardware_id_of(shown)
    return own is not None and any(_is_it(own, name) for name in hardware_ids)


def plan_claim(desired: Desired, host: Host, memory: Memory) -> Iterator[Item]:
    """The Microsoft DSM claims the wanted hardware ids by entries of their own, and no other DSM has them."""
    wanted = desired.claim or ()
    try:
        feature, dsms, disks = value_of(host.feature), value_of(host.dsms), value_of(host.disks)
        claims = value_of(host.claims) if host.traits.claim_list else None
    except NotKnown as error:
        yield unreadable(MICROSOFT_DSM, str(error))
        return
    rival = _rival(desired, host, dsms, disks)
    if rival is not None:
        yield rival
        return
    if not host.traits.claim_list and not desired.feature:
        yield from _no_list(host, feature)
    if claims is None:
        return
    yield from _wide_entries(coverage(claims, wanted), wanted)
    for step in _claiming(claims, wanted):
        yield from _when(step, desired, feature, dsms, memory)


def _claiming(claims: Claims, wanted: Sequence[str]) -> Iterator[ClaimHardware]:
    """What is not claimed, and what only wider entries claim: those can go when each disk has its own."""
    missing = unclaimed(claims, wanted)
    if missing:
        yield ClaimHardware(missing, reason="only a disk that the DSM claims has its paths joined")
    by_others = tuple(name for name in wanted if name not in missing and not _stands(claims, name))
    if by_others:
        reason = "only wider entries claim them, which others may take out of the lists"
        yield ListHardware(by_others, reason=reason)


def _when(
    step: ClaimHardware, desired: Desired, feature: Feature, dsms: Sequence[Dsm], memory: Memory
) -> Iterator[Item]:
    """Plan a claim for when the feature is there that has the lists."""
    if not feature.enabled:
        if desired.feature:
            yield Planned(step, "the MPIO feature is enabled")
        else:
            yield _without_feature("claimed")
    elif step in memory.failed and not any(is_microsofts(dsm.name) for dsm in dsms):
        # mpclaim may not work before the restart that completes the feature; try again after it.
        yield Planned(step, "the restart that completes the MPIO feature", again=True)
    else:
        yield Planned(step)


def _without_feature(done: str) -> Finding:
    return Finding(
        Severity.REFUSAL,
        Side.HOST,
        MICROSOFT_DSM,
        f"the MPIO feature is not enabled, so nothing can be {done}; run eva.mpio.feature first",
    )


def _wide_entries(covered: Sequence[Coverage], wanted: Sequence[str]) -> Iterator[Finding]:
    """Say which entries of the lists claim more than what is wished for, and what a wish for every LUN claims."""
    found = [entry for item in covered for entry in item.entries]
    for entry in dict.fromkeys([*found, *(name for name in wanted if is_bus_wide(name))]):
        if is_bus_wide(entry):
            yield _note(f'entry "{entry}" of its lists claims every iSCSI LUN, also those of other arrays')
        else:
            yield _note(f'entry "{entry}" of its lists claims every disk whose hardware id begins so')


def _note(text: str) -> Finding:
    return Finding(Severity.NOTE, Side.HOST, MICROSOFT_DSM, text)


def _rival(desired: Desired, host: Host, dsms: Sequence[Dsm], disks: Sequence[MpioDisk]) -> Finding | None:
    """Refuse to let two DSMs have the same disks.

    Where it claims every iSCSI LUN, the Microsoft DSM that is still to come would have those of other arrays too.
    """
    wanted = desired.claim or ()
    hp = desired.owner.other if desired.owner.microsoft else desired.owner
    refused = "so the Microsoft DSM claims nothing here"
    all_iscsi = any(is_bus_wide(name) for name in wanted)
    if not host.traits.claim_list:
        all_iscsi = not any(is_microsofts(dsm.name) for dsm in dsms)
        refused = f"and that of Microsoft claims every iSCSI LUN of {host.os.caption}: remove one of the two"
    kept = any(is_microsofts(disk.dsm) and answers(disk, wanted) for disk in disks)
    away = _REMOVE_IT if kept else f"{_KEEP_OR_MOVE}. If {_REMOVE_IT}"
    for dsm in sorted(dsms, key=lambda item: item.name):
        if is_microsofts(dsm.name):
            continue
        own = [disk for disk in disks if disk.dsm == dsm.name]
        owned = sorted(disk.wwn for disk in own if answers(disk, wanted) or (all_iscsi and is_iscsi(disk, host)))
        if owned:
            way = _KEEP_OR_MOVE if hp.is_it(dsm.name) else f"{_NAME_IT}; {_KEEP_OR_MOVE}"
            return _two(f"DSM {dsm.name}", f"it owns {', '.join(owned)}", f"{refused}; {way}")
        if hp.is_it(dsm.name):
            return _two(f"DSM {dsm.name}", _LOOKS_LIKE_HPS, f"{refused}; {away}")
    try:
        drivers = hp_drivers(host)
    except NotKnown:
        drivers = ()  # what is not registered has no disk yet, and the plan of the DSM asks for the drivers
    if drivers:
        what = "HP's DSM is installed and registers when Windows starts"
        return _two(f"driver {drivers[0].name}", what, f"{refused}; {away}")
    return None


def _two(where: str, what: str, refused: str) -> Finding:
    text = f"{what}; two DSMs must never claim one disk, {refused}"
    return Finding(Severity.REFUSAL, Side.HOST, where, text)


def is_iscsi(disk: MpioDisk, host: Host) -> bool:
    """Tell whether a disk may be reached over an iSCSI session."""
    if isinstance(host.sessions, Unknown):
        return True
    seen = {device.address for session in host.sessions.value for device in session.disks}
    return any(path.address in seen for path in disk.paths)


def _no_list(host: Host, feature: Feature) -> Iterator[Finding]:
    """Say that there is nothing to claim where the Microsoft DSM has no list of hardware ids."""
    if feature.enabled:
        yield _note(f"nothing is to be done: that of {host.os.caption} has no list and claims every iSCSI LUN")
    else:
        yield not_packaged(host)


def plan_unclaim(hardware_ids: Sequence[str], host: Host, memory: Memory) -> Iterator[Item]:
    """The Microsoft DSM claims these hardware ids no more.

    Nothing goes while a disk depends on it: after the restart Windows would show each of its paths as a disk.
    """
    if not host.traits.claim_list:
        text = f"that of {host.os.caption} has no list and claims every iSCSI LUN, so no single id can be taken from it"
        yield Finding(Severity.REFUSAL, Side.HOST, MICROSOFT_DSM, text)
        return
    try:
        claims, feature, disks = value_of(host.claims), value_of(host.feature), value_of(host.disks)
    except NotKnown as error:
        yield unreadable(MICROSOFT_DSM, str(error))
        return
    listed = tuple(name for name in hardware_ids if any(_is_it(entry, name) for entry in (*claims.mpio, *claims.dsm)))
    left = without(claims, listed)
    bereft = [disk for disk in disks if is_microsofts(disk.dsm) and _loses(disk, claims, left, listed, host)]
    if listed and bereft:
        yield _depending(bereft, any(is_bus_wide(name) for name in listed))
        return
    yield from _nothing_to_give_up(hardware_ids, listed, left, memory)
    for names, ids in _by_entries(coverage(left, hardware_ids)):
        text = f"{ids} stays claimed by {names}, which covers others too: {_WIDER}"
        yield Finding(Severity.PROBLEM, Side.HOST, MICROSOFT_DSM, text)
    if not listed:
        return
    if not feature.enabled:
        yield _without_feature("taken from it")
        return
    if host.traits.last_claim_holds_mpio:
        yield _note("where this takes its last device away, mpclaim removes MPIO itself (mpclaim help text of 6.0)")
    yield Planned(UnclaimHardware(listed, reason="it shall not claim them any more", was="claimed"))


def _nothing_to_give_up(
    hardware_ids: Sequence[str], listed: Sequence[str], left: Claims, memory: Memory
) -> Iterator[Finding]:
    """Name the ids that no entry claims: what is misspelt looks as if it were gone already."""
    gone = {name for step in memory.since_boot if isinstance(step, UnclaimHardware) for name in step.hardware_ids}
    names = [f'"{name}"' for name in unclaimed(left, hardware_ids) if name not in listed and name not in gone]
    if names:
        text = f"no entry of its lists claims {', '.join(names)}, so nothing is given up there"
        yield Finding(Severity.NOTE, Side.WISH, MICROSOFT_DSM, text)


def _depending(disks: Sequence[MpioDisk], bus_wide: bool) -> Finding:
    """Refuse to take a claim away by which the Microsoft DSM has these disks."""
    names = ", ".join(sorted(disk.wwn for disk in disks))
    instead = f"give them a claim of their own first ({_OWN_CLAIM}), " if bus_wide else ""
    text = (
        f"these LUNs are its disks by the claim that is to go: {names}; after a restart Windows would show each of"
        f" their paths as a disk of its own: {instead}remove their paths first (eva.mpio.session with state: absent),"
        " or keep the claim"
    )
    return Finding(Severity.REFUSAL, Side.HOST, MICROSOFT_DSM, text)


def without(claims: Claims, names: Sequence[str]) -> Claims:
    """Return the lists without the entries that are these hardware ids themselves."""
    mpio, dsm = (
        tuple(entry for entry in listed if not any(_is_it(entry, name) for name in names))
        for listed in (claims.mpio, claims.dsm)
    )
    return Claims(mpio, dsm)


def _loses(disk: MpioDisk, before: Claims, after: Claims, gone: Sequence[str], host: Host) -> bool:
    """Tell whether a disk is claimed only by entries that are to go."""
    name = hardware_id_of(disk)
    if name is None:
        return True
    bus_wide = any(is_bus_wide(one) for one in gone) and is_iscsi(disk, host)
    if not bus_wide and not answers(disk, gone):
        return False
    return not unclaimed(before, [name]) and bool(unclaimed(after, [name]))
