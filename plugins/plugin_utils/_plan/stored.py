# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans for the stored half of a path: its persistent logins. Private to the collection."""

from __future__ import annotations

from collections.abc import Iterator

from .._judge.paths import same_credentials
from .._model import Host, Initiator
from .credentials import may_lose
from .halves import Demand, Halves, in_vain, is_full
from .live import numbered
from .plan import Finding, Item, Planned, Severity, Side
from .waits import MULTIPATH, SUCCESSOR, Stage


def plan_stored(halves: Halves, demand: Demand, host: Host, initiator: Initiator, stage: Stage) -> Iterator[Item]:
    """Replace what is stored wrong, store again what has the secret of before, and store what is missing."""
    if halves.wrong:
        yield from _replacements(halves, demand, stage)
    elif halves.stored:
        yield from _renewal(halves, demand, stage)
    path, one = halves.path, stage.one
    if one is not None and one.instead_of in halves.stored:
        # It makes room for the live path now and comes back afterwards.
        yield Planned(demand.store(path.nic, path.portal, path.target), MULTIPATH)
    yield from _missing(halves, demand, host, initiator, stage)


def _replacements(halves: Halves, demand: Demand, stage: Stage) -> Iterator[Item]:
    path = halves.path
    waits = None if stage.is_free(path) else MULTIPATH
    for login, reason in halves.wrong:
        # Storing may also log in, which another path than the one must not do, nor the one path twice.
        makes_room = stage.one is not None and (login == stage.one.instead_of or len(halves.stored) > 1)
        unproven = may_lose(login, demand.array, demand.memory)
        if unproven and in_vain(halves, demand):
            continue
        proof = SUCCESSOR if unproven and not halves.live else _until_proven(halves, stage)
        after = MULTIPATH if makes_room else waits or proof
        if same_credentials(login, demand.array.chap) or not in_vain(halves, demand) or stage.proven:
            yield Planned(demand.replace(path.nic, path.portal, path.target, login, reason), after)


def _renewal(halves: Halves, demand: Demand, stage: Stage) -> Iterator[Item]:
    """Store logins with the secret of today once it has made a session, on this path or else on another one."""
    path = halves.path
    step = demand.renewal(path.nic, path.portal, path.target)
    if not demand.renews_secrets or step in demand.memory.done:
        return
    if stage.one is not None:
        yield Planned(step, MULTIPATH)
    elif halves.current or (stage.proven and (is_full(halves, demand) or in_vain(halves, demand))):
        yield Planned(step)
    elif halves.live or not in_vain(halves, demand):
        yield Planned(step, SUCCESSOR)


def _missing(halves: Halves, demand: Demand, host: Host, initiator: Initiator, stage: Stage) -> Iterator[Item]:
    path, one = halves.path, stage.one
    # What does not work now is not stored for every boot; the failed login is reported.
    wanted = min(demand.number, len(halves.live)) if in_vain(halves, demand) else demand.number
    for number in range(len(halves.stored) + 1, wanted + 1):
        step = demand.store(path.nic, path.portal, path.target, number)
        if number > 1:
            if step in demand.memory.failed:
                yield _merged(halves, demand)
                return
            yield Planned(step, MULTIPATH if one is not None else _until_proven(halves, stage))
        elif one is not None and path == one.path and one.instead_of is not None:
            why = "until multipath is in effect only the live path is stored"
            replacement = demand.replace(path.nic, path.portal, path.target, one.instead_of, why)
            yield numbered(Planned(replacement), path, host, initiator)
            yield Planned(step, MULTIPATH)  # should multipath turn out to be in effect, nothing need make room
        else:
            free = one is None or (path == one.path and one.may_store)
            # A path that gets no successor shall come back at boot all the same.
            proof = None if one is not None or is_full(halves, demand) else _until_proven(halves, stage)
            after = proof if free else MULTIPATH
            yield numbered(Planned(step, after), path, host, initiator)


def _until_proven(halves: Halves, stage: Stage) -> str | None:
    """Say what a login waits for whose credentials would take the place of those that a session stands with."""
    if halves.current or not halves.outdated:
        return None
    return SUCCESSOR if stage.one is None else MULTIPATH


def _merged(halves: Halves, demand: Demand) -> Finding:
    return Finding(
        Severity.NOTE,
        Side.HOST,
        f"persistent login {halves.path}",
        f"Windows keeps {len(halves.stored)} of {demand.number} equal ones, so after a boot the path has as many"
        " sessions until the next run",
    )
