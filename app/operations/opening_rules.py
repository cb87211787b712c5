"""Which points are open before a market opens: keys, addresses, mail, people, rules, a way back.

The thresholds are this project's own (no law asks for them): a backup is due every day and missed
after two, a key holds 128 bits.
"""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from app.core.i18n import Message, _n
from app.core.settings import DEMO_SECRET, Mode
from app.core.signs import SignOf
from app.operations.types import Machine, Point, Seen, State

BACKUP_AFTER: Final = timedelta(days=2)
NEXT_YEAR_FROM_MONTH: Final = 11  # the State Council's notice for the next year comes in November
KEY_BITS: Final = 128

_TABLES: Final = {
    "exclusion_rule": _n("处置方式互斥规则"),
    "rulebook": _n("竞价规则"),
    "consent_rule": _n("共有权人同意规则"),
    "disclosure_rule": _n("职务成果披露规则"),
}


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
    failing = seen.mails_failing
    state, found = State.ok, _n("已配置，发送正常。")
    if not machine.settings.smtp_url:
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


def check_bank(machine: Machine, _seen: Seen) -> Point:
    """Deposits reach an account that the market does not hold itself."""
    settings = machine.settings
    serious = settings.mode is Mode.production
    state, found = State.ok, _n("演示模式使用模拟银行，没有真实的钱。")
    if settings.bank_url:
        found = Message(_n("银行接口为 %(url)s。"), url=settings.bank_url)
        if serious and urlsplit(settings.bank_url).scheme != "https":
            state = State.warn
    elif serious:
        state, found = State.warn, _n("没有配置银行，收不了保证金。")
    return Point(
        "bank",
        _n("银行"),
        state,
        found,
        _n("保证金由银行或持牌支付机构收付，市场只下指令、听通知、每日对账。"),
        _n(
            "设置 MARKET_BANK_URL（https）、MARKET_BANK_TOKEN 与 MARKET_BANK_KEY，见 docs/bank.md。"
        ),
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
