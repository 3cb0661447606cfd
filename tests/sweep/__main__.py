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

from ansible.plugins.loader import init_plugin_loader

init_plugin_loader()  # before the first import of a collection, which Ansible's own importer has to make

from ansible_collections.eva.mpio.tests.integration.profiles import PROFILES
from ansible_collections.eva.mpio.tests.integration.sweep import positions
from ansible_collections.eva.mpio.tests.integration.test_switches import OPEN
from ansible_collections.eva.mpio.tests.lab.windows.storage.switches import StorageSwitches
from ansible_collections.eva.mpio.tests.lab.windows.switches import Switches
from ansible_collections.eva.mpio.tests.sweep import disturbances, stories
from ansible_collections.eva.mpio.tests.sweep.points import BadPoint, Course, Point
from ansible_collections.eva.mpio.tests.sweep.run import CourseRun, Verdict

USUAL = "2012r2"
"""The profile whose switches are moved, where none is named."""
MOST_TOLD = 10
"""How many bad points of a course are told in full."""


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--release", nargs="+", choices=PROFILES, help="profiles; all of them where none is named")
    parser.add_argument("--story", nargs="+", choices=stories.EACH, default=list(stories.EACH))
    parser.add_argument("--disturbance", nargs="+", choices=disturbances.EACH, default=list(disturbances.EACH))
    parser.add_argument("--fraction", type=float, default=1.0, help="of the points, a fixed sample")
    parser.add_argument("--switches", action="store_true", help="move the lab's switches, one after the other")
    parser.add_argument("--point", help='one point: "2012r2 provision cut-after 57"')
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--plant", metavar="MODULE:FUNCTION", help="call this first: a mistake that has to be found")
    return parser.parse_args()


def courses(asked: argparse.Namespace) -> Iterator[Course]:
    """Yield what to run."""
    if not asked.switches:
        for profile in asked.release or PROFILES:
            yield from (Course(profile, story) for story in asked.story if stories.EACH[story].is_told_of(profile))
        return
    for switch in (*positions(Switches), *positions(StorageSwitches)):
        if switch in OPEN:
            continue
        for profile in asked.release or [USUAL]:
            told = (story for story in asked.story if stories.EACH[story].is_told_of(profile))
            yield from (Course(profile, story, switch) for story in told)


def report(course: Course, verdicts: Sequence[Verdict], among: int, seconds: float) -> int:
    """Print what came of a course of so many points, and return how many of those tried are bad."""
    undisturbed, *points = verdicts
    bad = [verdict for verdict in verdicts if verdict.faults]
    statuses = Counter(verdict.status for verdict in points)
    ended = ", ".join(f"{statuses[status]} {status}" for status in sorted(statuses))
    longest = max((verdict.seconds for verdict in points), default=0.0)
    print(
        f"{course}: {len(points)} of {among} points ({ended or 'none'}), {len(bad)} bad,"
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
    except BadPoint as error:
        print(error, file=sys.stderr)
        return 2

    def wanted(point: Point) -> bool:
        if single is not None:
            return point == single
        return point.disturbance in asked.disturbance and point.is_among(asked.fraction)

    tried = bad = among = 0
    began = time.perf_counter()
    for course in [single.course] if single else courses(asked):
        started = time.perf_counter()
        run = CourseRun(course, wanted, asked.jobs)
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
