"""Pure decisions of the room beside the engine's: the codes that bidders are known by."""

from __future__ import annotations

from collections.abc import Sequence


def pick_code(taken: Sequence[str], draw: int) -> str:
    """A free bidder code (``C01``…): ``draw`` is any random number of 0 or more.

    Codes tell nothing of the order of joining. The first 99 bidders share two digits.
    """
    used = set(taken)
    digits = 2 if len(used) < 99 else 3 if len(used) < 999 else 6
    free = [
        code
        for n in range(10 ** (digits - 1) if digits > 2 else 1, 10**digits)
        if (code := f"C{n:0{digits}d}") not in used
    ]
    return free[draw % len(free)]
