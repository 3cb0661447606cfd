# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commands, their secrets, and batches of them."""

from __future__ import annotations

import dataclasses
import json

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._wire.command import Batch, Command, Completed, Secret
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.faults import CannotSend, MalformedAnswer
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.masking import Masks

HIDDEN = "0x736563726574"


def test_line_holds_what_masked_hides() -> None:
    command = Command("iscsicli", ("CHAPSecret", Secret(HIDDEN)))
    assert command.line == f"iscsicli CHAPSecret {HIDDEN}"
    assert command.masked == "iscsicli CHAPSecret ********"
    assert command.secrets == (Secret(HIDDEN),)


def test_typed_lines() -> None:
    command = Command("iscsicli", typed=(("CHAPSecret", Secret(HIDDEN)), ("exit",)))
    assert command.line == "iscsicli"
    assert command.input == f"CHAPSecret {HIDDEN}\r\nexit\r\n"
    assert command.masked == 'iscsicli < "CHAPSecret ********" "exit"'


def test_masked_line_is_for_people() -> None:
    assert (
        Command("mpclaim", ("-r", "-d", "HP      HSV300          ")).masked
        == 'mpclaim -r -d "HP      HSV300          "'
    )


@pytest.mark.parametrize("command", [Command("a", ("%TEMP%",)), Command("a", ("x" * 9000,)), Command("a b")])
def test_refused(command: Command) -> None:
    with pytest.raises(CannotSend) as caught:
        command.line  # noqa: B018
    assert str(caught.value).endswith(".")


def test_typed_lines_cannot_hold_two_lines() -> None:
    with pytest.raises(CannotSend):
        Command("iscsicli", typed=(("a\r\nLogoutTarget",),)).input  # noqa: B018
    assert Command("iscsicli", typed=(("100%",),)).input == "100%\r\n"


def test_no_way_of_showing_a_secret_shows_it() -> None:
    secret = Secret(HIDDEN)
    command = Command("iscsicli", (secret,), ((secret,),))
    shown = [str(secret), repr(secret), f"{secret}", f"{secret:>20}", "%s" % secret, repr(command), repr([secret])]  # noqa: UP031
    shown += [command.masked, str(Batch((Command("a", (secret,)),))), str(dataclasses.replace(command))]
    assert not [text for text in shown if HIDDEN in text]
    with pytest.raises(TypeError):
        json.dumps(secret)


def test_masks_replace_the_longest_first() -> None:
    masks = Masks()
    masks.add([Secret("abc"), Secret("abcdef"), Secret("")])
    assert masks.conceal("abcdef abc x") == "******** ******** x"
    assert masks.values == {"abc", "abcdef"}


def test_batch() -> None:
    batch = Batch((Command("a", ("1",)), Command("b"), Command("c")), mark="MARK")
    assert batch.line == "a 1 & echo MARK& b & echo MARK& c"
    assert batch.masked == "a 1 & b & c"
    whole = Completed(7, "one\r\nMARK\r\ntwo without an endMARK \r\n", "oh")
    assert batch.split(whole) == (
        Completed(None, "one\r\n", ""),
        Completed(None, "two without an end", ""),
        Completed(7, "", "oh"),
    )


def test_batch_of_one_knows_its_exit_code() -> None:
    batch = Batch((Command("a"),))
    assert batch.line == "a"
    assert batch.split(Completed(3, "x", "")) == (Completed(3, "x", ""),)


def test_marks_differ_and_survive_cmd() -> None:
    marks = {Batch((Command("a"),)).mark for _unused in range(50)}
    assert len(marks) == 50
    assert all(mark.replace("-", "").replace(".", "").isalnum() for mark in marks)


def test_batch_with_a_mark_missing_is_not_guessed() -> None:
    batch = Batch((Command("a"), Command("b")), mark="MARK")
    with pytest.raises(MalformedAnswer, match="2 commands were run in one line and the output of 1"):
        batch.split(Completed(0, "one", ""))


def test_batch_refuses() -> None:
    with pytest.raises(CannotSend, match="standard input"):
        Batch((Command("a"), Command("b", typed=(("c",),))))
    with pytest.raises(ValueError, match="needs a command"):
        Batch(())
    with pytest.raises(CannotSend, match="8000"):
        Batch((Command("a", ("x" * 5000,)), Command("b", ("x" * 5000,)))).line  # noqa: B018
