"""Which points are open: pure decisions on what was seen. Here are those of a market that runs.

The thresholds are this project's own (no law asks for them): a sign of life is due every 5 s and
missed after 60, a disk is low below a tenth or 5 GB and full below 512 MB.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from app.core.i18n import Message, _n
from app.core.signs import SignOf
from app.operations.opening_rules import (
    check_address,
    check_backup,
    check_bank,
    check_calendar,
    check_demo,
    check_mail,
    check_people,
    check_rules,
    check_secret,
)
from app.operations.search_rules import check_search
from app.operations.types import Disk, Machine, Point, RoleFacts, Seen, State

SILENT_AFTER: Final = timedelta(seconds=60)
SKEW: Final = timedelta(seconds=5)
LATE_S: Final = 10.0
DISK_LOW_BYTES: Final = 5 * 2**30
DISK_LOW_SHARE: Final = 0.1
DISK_FULL_BYTES: Final = 512 * 2**20

Check = Callable[[Machine, Seen], Point]


def check_points(machine: Machine, seen: Seen) -> tuple[Point, ...]:
    """Every point, the urgent ones first; the order of ``CHECKS`` within one urgency."""
    order = list(State)
    points = [check(machine, seen) for check in CHECKS]
    return tuple(sorted(points, key=lambda point: order.index(point.state)))


def unreachable(reason: str) -> Point:
    """The one point that is left when the database cannot be asked."""
    return Point(
        "database",
        _n("数据库"),
        State.bad,
        Message(_n("连不上数据库（%(reason)s）。"), reason=reason),
        _n("数据库不可用时，一切页面和竞价都停止。"),
        _n("检查数据库进程、网络与 MARKET_DATABASE_URL，查看数据库日志。"),
        stops=True,
    )


def check_schema(machine: Machine, seen: Seen) -> Point:
    """The tables are those this program was written for."""
    return judge_schema(machine, seen.revision)


def judge_schema(machine: Machine, revision: str) -> Point:
    """The same on the revision alone: tables of another one may not be asked for more."""
    same = revision == machine.revision
    return Point(
        "schema",
        _n("数据库版本"),
        State.ok if same else State.bad,
        Message(
            _n("数据库为 %(found)s，程序需要 %(wanted)s。"),
            found=revision or "—",
            wanted=machine.revision,
        ),
        _n("表结构与程序不一致，写入可能失败或丢失。"),
        _n("运行 market migrate；若数据库较新，请升级程序。"),
        stops=True,
    )


def check_clock(machine: Machine, seen: Seen) -> Point:
    """The market's clock is the world's, and the two machines agree on it."""
    moved, skewed = bool(seen.offset), abs(seen.database_skew) > SKEW
    state, found = State.ok, _n("市场时钟与真实时间一致。")
    if moved:
        found = Message(_n("市场时钟被拨快了 %(offset)s。"), offset=str(seen.offset))
        state = State.ok if machine.settings.may_move_clock else State.bad
    elif skewed:
        seconds = f"{seen.database_skew.total_seconds():+.0f}"
        found = Message(_n("本机与数据库的时钟相差 %(seconds)s 秒。"), seconds=seconds)
        state = State.warn
    return Point(
        "clock",
        _n("时钟"),
        state,
        found,
        _n("竞价截止、公示期限和审计记录都以数据库时钟为准，错误的时钟会让期限失去效力。"),
        _n("在两台机器上启用 NTP 对时；拨动过时钟的演示数据不能转为正式运行。"),
        stops=moved,
    )


def check_role(_machine: Machine, seen: Seen) -> Point:
    """The serving role can do no more than it must."""
    strong = _strengths(seen.role)
    return Point(
        "role",
        _n("数据库角色权限"),
        State.warn if strong else State.ok,
        Message(_n("以角色 %(role)s 提供服务。"), role=seen.role.name),
        _n("权限过大时，程序的一个漏洞就能改写审计记录、报价和账本。"),
        _n("用 market_app（非超级用户、不拥有任何表）提供服务，用 market_owner 迁移。"),
        lines=strong,
    )


def _strengths(role: RoleFacts) -> tuple[str, ...]:
    told = (
        (role.superuser, _n("它是超级用户。")),
        (role.may_create, _n("它可以建立角色或数据库，或绕过行级权限。")),
        (role.owns_tables, _n("它拥有数据表。")),
        (role.may_rewrite, _n("它可以改写审计记录。")),
    )
    return tuple(sentence for true, sentence in told if true)


def check_watch(_machine: Machine, seen: Seen) -> Point:
    """The sweeps run, and in time."""
    late = seen.overdue_s > LATE_S
    point = _living(
        seen,
        SignOf.watch,
        "watch",
        _n("定时任务"),
        _n("到期的竞价不会按时结束，公示和供给不会到期，审计记录不会存证。"),
    )
    if point.state is not State.ok or not late:
        return point
    found = Message(_n("有到期的竞价已等待 %(seconds)s 秒。"), seconds=round(seen.overdue_s))
    return Point(point.key, point.title, State.warn, found, point.why, point.mend)


def check_worker(_machine: Machine, seen: Seen) -> Point:
    """The jobs are looked after."""
    return _living(
        seen,
        SignOf.worker,
        "worker",
        _n("后台进程"),
        _n("邮件、回调和成交后的立项都由后台进程完成，它停下时这些事只会排队。"),
    )


def _living(seen: Seen, of: SignOf, key: str, title: str, why: str) -> Point:
    sign = seen.signs.get(of)
    state, found = State.bad, _n("从未出现。")
    if sign is not None:
        ago = max(0, math.floor((seen.now - sign.seen_at).total_seconds()))
        state = State.bad if seen.now - sign.seen_at > SILENT_AFTER else State.ok
        found = Message(_n("最近一次迹象在 %(seconds)s 秒前。"), seconds=ago)
    mend = _n("启动 market worker（或 market up），并查看它的日志。")
    return Point(key, title, state, found, why, mend)


def check_disk(_machine: Machine, seen: Seen) -> Point:
    """There is room for what will be uploaded, logged and backed up."""
    state, found = _judge_disk(seen.disk)
    return Point(
        "disk",
        _n("磁盘空间"),
        state,
        found,
        _n("磁盘写满后数据库停止接受写入，出价和上传都会失败。"),
        _n("扩大磁盘，或移走旧备份与日志；不要删除数据目录里的文件。"),
        stops=True,
    )


def _judge_disk(disk: Disk | None) -> tuple[State, str]:
    if disk is None:
        return State.warn, _n("看不到数据目录所在的磁盘。")
    found = Message(
        _n("数据目录所在磁盘剩余 %(free)s GB，共 %(total)s GB。"),
        free=f"{disk.free / 2**30:.1f}",
        total=f"{disk.total / 2**30:.1f}",
    )
    if disk.free < DISK_FULL_BYTES:
        return State.bad, found
    low = disk.free < min(DISK_LOW_BYTES, disk.total * DISK_LOW_SHARE)
    return State.warn if low else State.ok, found


def check_jobs(_machine: Machine, seen: Seen) -> Point:
    """Nothing has been given up on."""
    lines = tuple(
        Message(sentence, count=count)
        for count, sentence in (
            (seen.held_jobs, _n("%(count)s 个后台任务多次失败，已搁置。")),
            (seen.dead_dispatches, _n("近七天有 %(count)s 封邮件没有送达。")),
        )
        if count
    )
    return Point(
        "jobs",
        _n("搁置的任务"),
        State.warn if lines else State.ok,
        _n("有任务搁置。") if lines else _n("没有搁置的任务。"),
        _n("搁置的任务不会自行重试，例如成交后没有立项。"),
        _n("用 market jobs 查看原因，修复后用 market jobs --retry 重新执行。"),
        lines=lines,
    )


CHECKS: Final[tuple[Check, ...]] = (
    check_schema,
    check_clock,
    check_disk,
    check_watch,
    check_worker,
    check_secret,
    check_demo,
    check_mail,
    check_bank,
    check_address,
    check_role,
    check_backup,
    check_people,
    check_rules,
    check_calendar,
    check_jobs,
    check_search,
)

READINESS: Final = frozenset(
    {"database", "schema", "clock", "disk", "watch", "worker", "role", "mail", "search"}
)
"""The points that ``/readyz`` tells of."""
