"""Amounts in words as contracts and receipts write them (中文大写金额, 支付结算办法附一)."""

from __future__ import annotations

from typing import Final

_DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
_PLACES: Final = ("", "拾", "佰", "仟")
_GROUPS: Final = ("", "万", "亿", "万亿")


def spell_yuan(minor: int) -> str:
    """``人民币壹佰伍拾伍万元整``; ``minor`` in 分, not negative, below ten thousand 万亿 yuan.

    Raises ValueError outside of that.
    """
    yuan, rest = divmod(minor, 100)
    if minor < 0 or yuan >= 10 ** (4 * len(_GROUPS)):
        raise ValueError("no words for this amount")
    jiao, fen = divmod(rest, 10)
    words = f"{_spell(yuan)}元" if yuan else ""
    if not rest:
        return f"人民币{words or '零元'}整"
    if jiao:
        words += f"{_DIGITS[jiao]}角"
    elif yuan:
        words += "零"
    return f"人民币{words}{_DIGITS[fen] + '分' if fen else '整'}"


def _spell(number: int) -> str:
    """A whole number, group by group of four places; zeros between places are said once."""
    words, gap = "", False
    for at in reversed(range(len(_GROUPS))):
        group = number // 10 ** (4 * at) % 10_000
        if not group:
            gap = gap or bool(words)
            continue
        if words and (gap or group < 1000):
            words += "零"
        words += _spell_group(group) + _GROUPS[at]
        gap = False
    return words


def _spell_group(group: int) -> str:
    words, gap = "", False
    for at in reversed(range(len(_PLACES))):
        digit = group // 10**at % 10
        if not digit:
            gap = gap or bool(words)
            continue
        words += ("零" if gap else "") + _DIGITS[digit] + _PLACES[at]
        gap = False
    return words
