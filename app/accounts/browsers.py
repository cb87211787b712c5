"""A short label of a browser from its User-Agent, for the list of one's own sessions.

Coarse on purpose: enough to recognise one's own, and nothing to follow a person by. A library of
every device ever sold would say more than is wanted.
"""

from __future__ import annotations

import re
from typing import Final

# First match counts: most browsers also name those they descend from.
_BROWSERS: Final = (
    ("MicroMessenger", "WeChat"),
    ("DingTalk", "DingTalk"),
    ("QQBrowser", "QQ Browser"),
    ("UCBrowser", "UC Browser"),
    ("HuaweiBrowser", "Huawei Browser"),
    ("Edg(?:e|A|iOS)?", "Edge"),
    ("OPR", "Opera"),
    ("(?:Firefox|FxiOS)", "Firefox"),
    ("(?:HeadlessChrome|Chrome|CriOS)", "Chrome"),
    ("(?:Version/[0-9.]+ (?:Mobile/\\S+ )?)?Safari", "Safari"),
)
_SYSTEMS: Final = (
    ("HarmonyOS|OpenHarmony", "HarmonyOS"),
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone|iPod", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X|Macintosh", "macOS"),
    ("Linux|X11", "Linux"),
)
_LONGEST: Final = 500  # characters of a User-Agent that are looked at


def name_browser(user_agent: str) -> str:
    """``Chrome 130 · Windows``; empty when nothing is recognised."""
    read = user_agent[:_LONGEST]
    parts = []
    for pattern, name in _BROWSERS:
        if match := re.search(rf"{pattern}/([0-9]{{1,4}})", read):
            version = re.search(r"Version/([0-9]{1,4})", read) if name == "Safari" else match
            parts.append(f"{name} {version[1]}" if version else name)
            break
    parts += [name for pattern, name in _SYSTEMS if re.search(pattern, read)][:1]
    return " · ".join(parts)
