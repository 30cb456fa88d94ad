"""Brings faults upon members, and heals them: what each word of the plan means."""

from __future__ import annotations

from playwright.async_api import Error as PlaywrightError

from tests.chaos.chromium import Chromium
from tests.chaos.fleet import Fleet
from tests.chaos.members import NotThere
from tests.chaos.plan import Fault, Part
from tests.chaos.window import Window


class Impossible(Exception):
    """This fault cannot be brought upon this member now; the sentence says why."""


async def inject(fleet: Fleet, part: Part) -> None:
    """Have it begin.

    :raises Impossible: the member is not in a state for it
    """
    try:
        await _inject(fleet, part)
    except (NotThere, PlaywrightError) as error:
        raise Impossible(str(error).partition("\n")[0]) from error


async def _inject(fleet: Fleet, part: Part) -> None:  # noqa: C901, PLR0912 - a table
    member = fleet.members[part.member]
    match part.fault, member:
        case Fault.INTRODUCER, _:
            await fleet.introducer.kill()
        case Fault.KILL, _:
            await member.kill()
        case Fault.CLOSE, _:
            await member.close()
        case Fault.FREEZE, _:
            await member.freeze()
        case Fault.SLOW, _:
            await member.slow(part.amount)
        case Fault.CLEAR, _:
            await member.clear()
        case Fault.ONE_WAY, _:
            await fleet.cut({(part.member, part.peer)})
        case Fault.LATE, _:
            await fleet.cut({(part.member, part.peer)}, late=True)
        case Fault.PARTITION, Chromium():
            await member.partition(cut=True)
        case Fault.PARTITION, _:
            await fleet.cut(fleet.wires_of(part.member))
        case Fault.RELOAD, Window():
            await member.reload()
        case Fault.CRASH, Window():
            await member.crash()
        case Fault.DELAY, Chromium():
            await member.delay(part.amount)
        case Fault.HIDE, Chromium():
            await member.hide()
        case Fault.QUOTA, Chromium():
            await member.fill()
        case _:
            raise Impossible(f"nobody knows how to bring {part.fault} upon {member.name}")


async def heal(fleet: Fleet, part: Part) -> None:
    """Have it end; the member need not be back yet, save where it takes more than waiting.

    :raises NotThere: a member whose storage was cleared did not come back into the cluster
    """
    member = fleet.members[part.member]
    match part.fault, member:
        case Fault.INTRODUCER, _:
            await fleet.introducer.start()
        case ((Fault.KILL | Fault.CLOSE | Fault.CRASH), _):
            await member.start()
        case Fault.FREEZE, _:
            await member.thaw()
        case Fault.SLOW, _:
            await member.slow(1.0)
        case Fault.CLEAR, _:
            old = fleet.id_of(part.member)
            await member.start()
            await fleet.replace(part.member, old)
        case ((Fault.ONE_WAY | Fault.LATE), _):
            await fleet.mend({(part.member, part.peer)})
        case Fault.PARTITION, Chromium():
            await member.partition(cut=False)
        case Fault.PARTITION, _:
            await fleet.mend(fleet.wires_of(part.member))
        case Fault.DELAY, Chromium():
            await member.delay(0.0)
        case Fault.HIDE, Chromium():
            await member.show()
        case Fault.QUOTA, Chromium():
            await member.empty()
            await member.reload()
