"""Which points are open: pure decisions on what was seen.

The thresholds are this project's own (no law asks for them): a sign of life is due every 5 s and
missed after 60, a backup is due every day and missed after two, a disk is low below a tenth or
5 GB and full below 512 MB.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from app.core.i18n import Message, _n
from app.core.settings import DEMO_SECRET, Mode, Settings
from app.core.signs import SignOf
from app.operations.types import Disk, Machine, Point, RoleFacts, Seen, State

SILENT_AFTER: Final = timedelta(seconds=60)
BACKUP_AFTER: Final = timedelta(days=2)
SKEW: Final = timedelta(seconds=5)
LATE_S: Final = 10.0
DISK_LOW_BYTES: Final = 5 * 2**30
DISK_LOW_SHARE: Final = 0.1
DISK_FULL_BYTES: Final = 512 * 2**20
NEXT_YEAR_FROM_MONTH: Final = 11  # the State Council's notice for the next year comes in November
KEY_BITS: Final = 128

Check = Callable[[Machine, Seen], Point]

_TABLES: Final = {
    "exclusion_rule": _n("处置方式互斥规则"),
    "rulebook": _n("竞价规则"),
    "consent_rule": _n("共有权人同意规则"),
    "disclosure_rule": _n("职务成果披露规则"),
}


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


def check_secret(machine: Machine, _seen: Seen) -> Point:
    """The secret key is one that nobody can guess."""
    settings = machine.settings
    weak = _is_weak(settings.secret_key)
    serious = settings.mode is Mode.production
    return Point(
        "secret",
        _n("密钥"),
        (State.bad if serious else State.ok) if weak else State.ok,
        _n("密钥长度与随机性足够。")
        if not weak
        else _n("密钥是演示用的、太短或太简单。")
        if serious
        else _n("使用公开的演示密钥，只适合演示。"),
        _n("密钥用来加密银行账号和回调密钥；猜得到密钥，就读得到这些内容。"),
        _n("用 openssl rand -base64 48 生成 MARKET_SECRET_KEY，与备份分开保管，不要更换。"),
    )


def _is_weak(key: str) -> bool:
    """Whether a key is the published one, or holds less than 128 bits even by a kind estimate."""
    if key == DEMO_SECRET or not key:
        return True
    shares = [key.count(character) / len(key) for character in set(key)]
    return -sum(share * math.log2(share) for share in shares) * len(key) < KEY_BITS


def check_address(machine: Machine, _seen: Seen) -> Point:
    """People come by https."""
    settings = machine.settings
    open_air = settings.mode is Mode.production and not settings.public_url.startswith("https://")
    return Point(
        "address",
        _n("访问地址"),
        State.warn if open_air else State.ok,
        Message(_n("对外地址为 %(url)s。"), url=settings.public_url),
        _n("没有 https，密码和会话在网络上明文传输，Cookie 也不会标为 Secure。"),
        _n("在反向代理上启用 https，并把 MARKET_PUBLIC_URL 设为 https:// 开头的地址。"),
    )


def check_mail(machine: Machine, seen: Seen) -> Point:
    """Mail goes out."""
    configured = mail_is_configured(machine.settings)
    failing = seen.mails_failing
    state, found = State.ok, _n("已配置，发送正常。")
    if not configured:
        serious = machine.settings.mode is Mode.production
        state = State.bad if serious else State.ok
        found = (
            _n("没有配置邮件服务器。") if serious else _n("演示模式把邮件写入文件夹，不会寄出。")
        )
    elif failing:
        state = State.warn
        found = Message(_n("有 %(count)s 封邮件多次发送失败。"), count=failing)
    return Point(
        "mail",
        _n("邮件"),
        state,
        found,
        _n("邮箱验证、找回密码和通知都靠邮件，发不出去用户就进不来。"),
        _n("设置 MARKET_SMTP_URL 与 MARKET_MAIL_FROM，再用“给自己发一封测试邮件”确认。"),
    )


def mail_is_configured(settings: Settings) -> bool:
    """Whether mails leave the machine."""
    return bool(settings.smtp_url)


def check_rules(_machine: Machine, seen: Seen) -> Point:
    """Rules that the law may change were read in the law's own text."""
    unread = sum(rows.unread for rows in seen.dated)
    lines = tuple(
        Message(
            _n("%(table)s：待核实 %(unread)s 条，本平台自定 %(ours)s 条。出处：%(sources)s"),
            table=_TABLES.get(rows.table, rows.table),
            unread=rows.unread,
            ours=rows.ours,
            sources="；".join(rows.sources) or "—",
        )
        for rows in seen.dated
        if rows.unread or rows.ours
    )
    return Point(
        "rules",
        _n("规则出处"),
        State.warn if unread else State.ok,
        Message(_n("有 %(count)s 条规则待核实。"), count=unread) if unread
        else _n("没有待核实的规则。"),
        _n("待核实的规则取自摘录或一般知识，未对照原文；据此作出的决定可能被质疑。"),
        _n("请法务对照出处原文核对，再以新版本的规则替换；旧版本保留。"),
        lines=lines,
    )  # fmt: skip


def check_calendar(_machine: Machine, seen: Seen) -> Point:
    """The working days of the periods that run now are known."""
    year = seen.now.year
    wanted = [year, *([year + 1] if seen.now.month >= NEXT_YEAR_FROM_MONTH else [])]
    missing = [one for one in wanted if one not in seen.calendar_years]
    state = State.bad if year in missing else State.warn if missing else State.ok
    found = (
        Message(_n("缺少 %(years)s 年的节假日安排。"), years="、".join(map(str, missing)))
        if missing
        else _n("节假日安排齐全。")
    )
    return Point(
        "calendar",
        _n("工作日历"),
        state,
        found,
        _n("公示期、签约期按工作日计算；缺少安排时只能暂按周末推算，并标为“暂定”。"),
        _n("国务院办公厅公布安排后，用 market calendar 命令录入。"),
    )


def check_people(_machine: Machine, seen: Seen) -> Point:
    """Somebody reviews, and somebody else watches."""
    wanted = (
        ("administrator", _n("没有管理员。")),
        ("operator", _n("没有运营员，认证与审核无人处理。")),
        ("supervisor", _n("没有监督员，无人可以独立查阅审计记录。")),
    )
    lines = tuple(sentence for role, sentence in wanted if not seen.role_holders.get(role))
    return Point(
        "people",
        _n("平台人员"),
        State.warn if lines else State.ok,
        _n("有平台角色无人担任。") if lines else _n("管理员、运营员和监督员都已指定。"),
        _n("运营与监督须由不同的人担任，才能证明尽职。"),
        _n("在“平台角色”里授予运营员和监督员。"),
        lines=lines,
    )


def check_backup(machine: Machine, seen: Seen) -> Point:
    """There is something to come back from."""
    serious = machine.settings.mode is Mode.production
    sign = seen.signs.get(SignOf.backup)
    old = sign is None or seen.now - sign.seen_at > BACKUP_AFTER
    found = (
        Message(
            _n("最近一次备份在 %(hours)s 小时前。"),
            hours=int((seen.now - sign.seen_at).total_seconds() // 3600),
        )
        if sign
        else _n("从未备份。")
    )
    return Point(
        "backup",
        _n("备份"),
        State.warn if old and serious else State.ok,
        found,
        _n("磁盘损坏或误操作时，只有备份能找回数据。"),
        _n("每天用 market backup 备份到另一台机器，并定期演练 market restore。"),
    )


def check_demo(machine: Machine, seen: Seen) -> Point:
    """No published password opens a market that is meant seriously."""
    serious = machine.settings.mode is Mode.production
    there = seen.demo_logins > 0
    return Point(
        "demo",
        _n("演示数据"),
        State.bad if there and serious else State.ok,
        Message(_n("有 %(count)s 个演示账号，密码是公开的。"), count=seen.demo_logins)
        if there
        else _n("没有演示账号。"),
        _n("演示账号的密码是公开的，任何人都能登录。"),
        _n("正式运行请用新的数据目录或数据库，不要沿用演示数据。"),
    )


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
    check_address,
    check_role,
    check_backup,
    check_people,
    check_rules,
    check_calendar,
    check_jobs,
)

READINESS: Final = frozenset(
    {"database", "schema", "clock", "disk", "watch", "worker", "role", "mail"}
)
"""The points that ``/readyz`` tells of."""
