# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sweep from the command line; ``make sweep POINT="2012r2 mend cut-after 9"`` repeats one of its points."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Any

from ansible.plugins.loader import init_plugin_loader

init_plugin_loader()  # before the first import of a collection, which Ansible's own importer has to make

from ansible_collections.eva.mpio.tests.integration.profiles import PROFILES
from ansible_collections.eva.mpio.tests.integration.switch_positions import OPEN, positions
from ansible_collections.eva.mpio.tests.sweep import disturbances, stories
from ansible_collections.eva.mpio.tests.sweep.points import BadPoint, Course, Point
from ansible_collections.eva.mpio.tests.sweep.run import CourseRun, Verdict

USUAL = ("2012r2", "2012")
"""Whose switches are moved where no profile is named: the first that a story is told of."""
MOST_TOLD = 10
"""How many bad points of a course are told in full."""


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--release", nargs="+", choices=PROFILES, help="profiles; all of them where none is named")
    parser.add_argument("--story", nargs="+", choices=stories.EACH, default=list(stories.EACH))
    parser.add_argument("--disturbance", nargs="+", choices=disturbances.EACH, default=list(disturbances.EACH))
    parser.add_argument("--fraction", type=float, default=1.0, help="of the points, a fixed sample")
    moved = parser.add_mutually_exclusive_group()
    moved.add_argument("--switches", action="store_true", help="move the lab's switches, one after the other")
    moved.add_argument(
        "--switch",
        nargs="+",
        metavar="NAME[=VALUE]",
        help="move these switches, one after the other, to this position or to each that is not the usual one;"
        ' a name may be a pattern: "hp_dsm_*"',
    )
    parser.add_argument("--point", help='one point: "2012r2 provision cut-after 57"')
    parser.add_argument(
        "--alone", action="store_true", help="follow each point to its end, also where another has come to the same"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--plant", metavar="MODULE:FUNCTION", help="call this first: a mistake that has to be found")
    return parser.parse_args()


class BadSwitch(ValueError):
    """No switch, or no position of one, is named so."""


def moved_switches(asked: argparse.Namespace) -> list[tuple[str, Any] | None]:
    """Return which switches to move to where; one None where all stand as usual.

    Raises:
        BadSwitch: there is no such switch or position.
    """
    known = list(positions())
    if asked.switches:
        return [switch for switch in known if switch not in OPEN]
    found: list[tuple[str, Any] | None] = []
    for text in asked.switch or ():
        pattern, _unused, value = text.partition("=")
        named = [switch for switch in known if fnmatchcase(switch[0], pattern) and value in ("", str(switch[1]))]
        if not named:
            there_are = ", ".join(f"{name}={position}" for name, position in known)
            raise BadSwitch(f"{text!r} is no switch that can be moved; there are: {there_are}")
        found.extend(named)
    return found or [None]


def courses(asked: argparse.Namespace) -> Iterator[Course]:
    """Yield what to run.

    Raises:
        BadSwitch: there is no such switch or position.
    """
    for switch in moved_switches(asked):
        if asked.release or switch is None:
            told = [(profile, story) for profile in asked.release or PROFILES for story in asked.story]
        else:
            told = [(profile, story) for story in asked.story for profile in usual_profile(story)]
        yield from (Course(*one, switch) for one in told if stories.EACH[one[1]].is_told_of(one[0]))


def usual_profile(story: str) -> Sequence[str]:
    """Return the profile with which a story is told while switches are moved, or none."""
    return [profile for profile in USUAL if stories.EACH[story].is_told_of(profile)][:1]


def report(course: Course, verdicts: Sequence[Verdict], among: int, seconds: float) -> int:
    """Print what came of a course of so many points, and return how many of those tried are bad."""
    undisturbed, *points = verdicts
    bad = [verdict for verdict in verdicts if verdict.faults]
    ends = sum(not verdict.same_as for verdict in points)
    statuses = Counter(verdict.status for verdict in points)
    ended = ", ".join(f"{statuses[status]} {status}" for status in sorted(statuses))
    longest = max((verdict.seconds for verdict in points), default=0.0)
    print(
        f"{course}: {len(points)} of {among} points ({ended or 'none'}), come to {ends} ends, {len(bad)} bad,"
        f" {len(points) / seconds:.1f} a second; Windows' seconds: {undisturbed.seconds:.0f} undisturbed,"
        f" {longest:.0f} the longest",
        flush=True,
    )
    for verdict in bad[:MOST_TOLD]:
        print(f"  {verdict.point}")
        for fault in verdict.faults:
            print(f"    {fault}", flush=True)
    if bad[MOST_TOLD:]:
        print("  and", ", ".join(verdict.point for verdict in bad[MOST_TOLD:]), flush=True)
    return len(bad)


def main() -> int:
    """Run the sweep; 0 where nothing bad was found."""
    asked = arguments()
    if asked.plant:
        module, _unused, function = asked.plant.partition(":")
        getattr(importlib.import_module(module), function)()
    try:
        single = Point.parse(asked.point) if asked.point else None
        along = [single.course] if single else list(courses(asked))
    except (BadPoint, BadSwitch) as error:
        print(error, file=sys.stderr)
        return 2

    def wanted(point: Point) -> bool:
        if single is not None:
            return point == single
        return point.disturbance in asked.disturbance and point.is_among(asked.fraction)

    tried = bad = among = 0
    began = time.perf_counter()
    for course in along:
        started = time.perf_counter()
        run = CourseRun(course, wanted, asked.jobs, asked.alone)
        verdicts = list(run.verdicts())
        bad += report(course, verdicts, run.points, time.perf_counter() - started)
        tried += len(verdicts) - 1
        among += run.points
    seconds = time.perf_counter() - began
    print(f"{tried} points tried of {among}, {bad} bad, {seconds:.0f} seconds, {tried / seconds:.1f} points a second")
    if single and not tried:
        print(f"the run has no such request: {single}", file=sys.stderr)
        return 2
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
