"""The rules of bidding as printed: versions 2026-2 and demo-2 (竞价规则), for migration 0020.

Sources and tags are those of the domain's register: L law read in full, P seen as an excerpt,
本平台规定 our own. A printed version never changes; new words are a new version.
"""

from datetime import UTC, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
MOMENT: Final = sa.DateTime(timezone=True)
VERSIONS: Final = ("2026-2", "demo-2")
# L-电商34: a change of the rules is shown at least seven days before it takes effect
SHOWN_DAYS: Final = 7

CLAUSES: Final = [
    # what it is
    "本规则适用于网络竞价。网络竞价不是拍卖；以“拍卖”方式处置的标的，须由依法设立的拍卖企业组织、拍卖师主持，公告载明拍卖企业、许可证号、拍卖师及其资格证号{notice}。不受理招标投标，不受理由多个权利人的成果合并而成的标的。",
    "报价方式在公告中载明：动态报价、多次报价、一次报价（密封）、权重报价、一口价、降价、拍卖。标的公告后，处置内容、报价方式、优先购买权行使方式和适用的规则版本不再改变。",
    # time
    "时间一律以服务器时钟为准，页面倒计时仅供参考。报价以裁决时刻为准，即系统锁定标的之后读取的时刻，收到时刻一并记录；排队超过半秒的请求不予受理，请重新提交。所有结束时刻均不含该时刻本身：裁决时刻等于或晚于结束时刻的报价无效。",
    "同一请求编号重复提交，只得到第一次的答复；同一编号换成其他金额的，拒绝。已获准参加的单位提交的每一次报价，无论是否有效，都有连续编号并永久保存。",
    # price
    "首次报价不低于起始价；其后报价须高于当前价，且与起始价之差是加价幅度的整数倍。分档加价的，按价格所在档次的幅度逐级累加。相同报价，先裁决者有效。报价不可撤回；被更高报价超过即失效。",
    "报价超过当前最低可报金额 {jump_limit} 倍的，须再次确认后才作为报价提交。当前最高报价人不能再次报价，以免自行延长周期。",
    # modes
    "动态报价：自公告载明的时间起报价，未载明的，公告后即可报价；自由报价期{free}。在自由报价期结束前报名并获准参加的单位方可报价。",
    "多次报价、拍卖、一次报价和权重报价：报名截止后开始报价，报名期{registration}。无人获准参加的，流拍；仅一个单位获准参加的，按公告载明的办法，或者照常报价，不低于起始价的一次有效报价即可成交，或者结束竞价，转为协议成交。多次报价和拍卖先自由报价，再限时报价。",
    "自由报价期内可多次报价，不延长时间。自由报价期结束即进入限时报价期；无人报价的，首个周期照常进行。限时报价期内每一次有效报价，使周期从该次报价的裁决时刻起完整重新计时；公告选择“剩余时间不足时延长”或者设总时长上限的，从其公告。一个周期内无人报价即告结束，最高有效报价人成为受让方；自始无有效报价的，流拍。限时报价周期在 {min_window} 至 {max_window} 之间。",
    "公告可以要求：在自由报价期内出过价的，方可参加限时报价；或者在限时报价开始前的确认时间内确认参加，未确认的不能参加限时报价。",
    "一次报价（密封）：每个单位在报价时间内提交一次，不能更改；截止后一并开启，最高者成交，金额相同的先提交者成交。权重报价：按公告载明的价格权重和各项指标权重，以精确分数计算得分，最高者成交；得分相同的价高者成交，再相同的先提交者成交。报价时间不少于 {min_span}。",
    "一口价：按公告价格，最先应价者成交。降价：价格自起始价按公告的幅度和时间逐级下降至最低价，最先应价者按应价时的价格成交；至最低价一级结束仍无人应价的，流拍。应价与系统裁决时的价格不一致的，不作应价。",
    # reserve
    "保留价由转让方设定，可以公开，也可以不公开；公告载明有无保留价及是否公开。最高报价低于保留价的，不发生效力，流拍；不公开的保留价未达到的，不予公布。不公开的保留价在公告时加密保存，并公布其承诺值，供日后核对。",
    "公告载明可以协商的，因未达到保留价而流拍后进入协商期，为期 {negotiation}；协商一致的，另行公示，到期未达成的，不产生任何结果。",
    # pre-emption
    "优先购买权的行使方式在公告中载明。跟价：权利人可以当前最高价相同的价格跟价，无更高报价的，由其取得；顺序在先者可以向顺序在后者跟价，同一顺序先跟价者优先；跟价同样使限时周期重新计时。事后行权：产生最高有效报价后，权利人须在 {exercise}内决定是否以该价格行使；允许追加报价的，最高报价人可以继续加价，直至一方停止，每次答复的时间由公告载明。普通参与：权利人与其他竞买人相同。",
    "权利人在通知的期限内不答复的，视为放弃，记入优先购买权的通知记录；参加竞价而不跟价，或者在行权期内不答复的，视为放弃，记入竞价记录。",
    # proxies
    "公告允许自动出价的，竞买人可以设定最高限价，系统以所需的最低金额代为报价。两个最高限价相遇，较低者先按其全部限价报价一次，较高者再以高出一个加价幅度的价格或者与之相等的价格应之；两者相等的，先设定者以该价领先。有保留价的，自动出价直接报至保留价，或者报至其全部限价。",
    "最高限价须是能够达到的报价金额。领先者提高自己的限价不提高当前价，尚未达到保留价的除外；限价可以降低或者取消，但领先者不得降至当前价以下，已经作出的报价不受影响。一次报价所引起的自动出价一并结算，只使周期重新计时一次；每一次自动出价都单独编号并标明。",
    # who sees what
    "公开展示有效报价的竞买代码、金额和时间，以及每一步时钟变化和工作人员操作；未接受的报价在竞价期间只公开其编号、时间、种类和承诺值，结束后的记录文件另行公布其代码和未接受的理由，不公布金额。竞买代码随机产生，报价单位只看到自己的代码；竞价结束前，除监督人员因故查看外，任何人、任何页面都看不到代码对应的单位。查看须写明事由、经第二人同意，每一步都编号记入该标的的记录；属于转让方的工作人员不得申请或者同意。",
    "最高限价、密封报价和不公开的保留价以该标的的密钥加密保存，任何页面都不显示；记录中只公布提交时作出的承诺值。掌握服务器及其密钥的人在技术上可以解密，本平台不作相反的保证。竞价结束后公布可供离线核对的记录文件。",
    # admission
    "参加竞价须经报名；公告要求审核、设有条件或者要求提交材料的，经审核同意，要求缴纳保证金的，保证金到账，方可取得竞买代码。不同意的，只能依据本平台公布的理由，并书面告知；申请人可以投诉。转让方及其关联单位、平台工作人员及其所在单位不得参加；关联单位享有优先购买权的除外。",
    # deposits
    "保证金为固定金额，不超过起始价的 {deposit_cap}，须由报名单位以本单位经认证的账户缴纳，以银行到账时间为准；迟到、不足、第三人代付的，不产生报价资格；重复缴纳的和多缴的部分不作保证金；均原路退回。未成交的，最迟在结束后 24 小时内退还；成交的，保证金抵作价款。发生争议的，可以冻结至争议解决。",
    "有下列情形之一的，不退还保证金：成交后拒绝签约或者付款；提出与公告不同的条件签约；以虚假材料取得资格；串通报价；公告载明不得退出而在获准后退出。不退还的保证金依次用于：支付本次竞价的费用；弥补再次竞价的差价；余额按公告和合同处理。竞买人恶意串通的，依法还可能被处以最高报价百分之十至三十的罚款。",
    # standing still
    "当前周期与超过 {tolerance} 秒的服务中断重叠的，标的中止并公布中断起止时间，服务恢复 {resume} 后恢复；不超过 {tolerance} 秒的中断不影响按原定时刻结束。",
    "平台因系统故障、收到影响权属或者公平的投诉举报、司法或者行政机关要求，可以中止标的；转让方因权属争议、公告内容有重大错误或者不可抗力，在尚无有效报价且未进入限时报价期时可以中止，其他情形，向平台说明理由，由平台决定。中止须公布理由和说明；原因消除后 {resume_days} 日内恢复。恢复后，正在进行的周期完整重新计时，尚未开始的阶段相应顺延。",
    "成交之前，权属发生变化或者灭失、国家法律政策禁止处置、司法或者行政机关要求、公告内容有重大错误无法更正、转让方依公告撤回且尚无人报价的，可以终止，须公布理由和说明；已缴保证金全部退还。",
    "结果产生后，有下列情形之一的，平台依查明的事实撤销结果：标的说明严重失实；系统故障致使结果错误；恶意串通；受让方不具备资格；违法限制参加或者条件不平等；严重违反程序且损害利益。撤销须公布理由和说明。",
    "受让方拒绝签约、不按规定付款、提出与公告不同的条件签约、以虚假材料取得资格或者恶意串通的，标的转为未能成交，其不得再参加该成果的再次竞价。",
    # change
    "公告后只能以变更公告修改，并公布修改前后的内容和理由。开始报价之前，可以修改价格、时间、保证金和条件：时间只能推后；修改价格、保证金、条件或者材料的，公告期和报名期重新计算；不公开的保留价及其所依的起始价和加价幅度，以及已有单位被要求缴纳的保证金金额，不能修改。开始报价之后，只能在自由报价期或者报价时间结束之前延长，降价方式不能延长。变更告知全体报名单位；尚未取得竞买代码的单位可以退出，已缴保证金退还，已取得的可以不报价，未成交的保证金在结束后退还。",
    "流拍或者未能成交的，转让方可以再次公告。起始价比上次降低超过 {relist_cut} 的，或者国家设立的研究开发机构、高等院校降低起始价的，须附新的定价依据。",
    # who may do what
    "转让方：起草、公告、变更、再次公告，在前述情形下中止和撤回。平台操作员：审核报名、中止、恢复、终止、认定违约和撤销结果，不得办理本人所在单位的标的。监督人员：查阅记录，答复投诉，经双人同意查看身份，调取开启文件。任何人都不能改变已经编号的报价，也不能为标的手工设定价格、领先者或者结束时刻。",
]

SOURCE: Final = (
    "公告、展示、保留价、拍卖资质与禁止参与：拍卖法 10–14、22、28、30、36、39、45–50、65；"
    "报价时间、完整重新计时、优先购买权、保证金、中止恢复与撤销：参照网络司法拍卖规定 "
    "10–11、16–24、26、28、31；动态报价、报价确认、分档加价与密封、权重、降价方式：交易机构规则与软件摘录；"
    "规则变更公示：电子商务法 34；排队、确认、协商期、行权期与自动出价：本平台规定"
)

_SHARED: Final[dict[str, Any]] = {
    "modes": ["DYNAMIC", "MULTI", "ONCE", "BUY_NOW", "WEIGHTED", "DUTCH", "AUCTION"],
    "outage_tolerance_s": 5,
    "max_window_s": 86_400,
    "leader_may_raise": False,
    "join_until_end": False,
    "max_confirm_s": 3_600,
    "deposit_cap_bp": 3_000,
    "deposit_usual_low_bp": 500,
    "deposit_usual_high_bp": 2_000,
    "jump_limit": 10,
    "resume_within_days": 5,
    "relist_cut_bp": 2_000,
}
_REAL: Final[dict[str, Any]] = _SHARED | {
    "resume_after_s": 600,
    "min_window_s": 60,
    "min_span_s": 86_400,
    "free_working_days": 5,
    "registration_working_days": 5,
    "auction_notice_days": 7,
    "viewing_days": 2,
    "min_confirm_s": 60,
    "min_raise_s": 300,
    "exercise_working_days": 1,
    "exercise_s": 0,
    "negotiation_working_days": 5,
    "negotiation_s": 0,
}
_DEMO: Final[dict[str, Any]] = _SHARED | {
    "resume_after_s": 15,
    "min_window_s": 20,
    "min_span_s": 20,
    "free_working_days": 0,
    "registration_working_days": 0,
    "auction_notice_days": 0,
    "viewing_days": 0,
    "min_confirm_s": 10,
    "min_raise_s": 20,
    "exercise_working_days": 0,
    "exercise_s": 120,
    "negotiation_working_days": 0,
    "negotiation_s": 600,
}


def print_clauses(params: dict[str, Any]) -> list[str]:
    """The sentences of one version, with its numbers in them."""
    words = {
        "notice": _notice(params["auction_notice_days"], params["viewing_days"]),
        "jump_limit": params["jump_limit"],
        "tolerance": params["outage_tolerance_s"],
        "resume_days": params["resume_within_days"],
        "free": _least(params["free_working_days"]),
        "registration": _least(params["registration_working_days"]),
        "exercise": _days(params["exercise_working_days"], params["exercise_s"]),
        "negotiation": _days(params["negotiation_working_days"], params["negotiation_s"]),
        "resume": _span(params["resume_after_s"]),
        "min_window": _span(params["min_window_s"]),
        "max_window": _span(params["max_window_s"]),
        "min_span": _span(params["min_span_s"]),
        "deposit_cap": f"百分之{_percent(params['deposit_cap_bp'])}",
        "relist_cut": f"百分之{_percent(params['relist_cut_bp'])}",
    }
    return [clause.format(**words) for clause in CLAUSES]


def _days(working_days: int, seconds: int) -> str:
    return f"{working_days} 个工作日" if working_days else _span(seconds)


def _least(working_days: int) -> str:
    return f"自公告起不少于 {working_days} 个工作日" if working_days else "的长短由公告载明"


def _notice(notice_days: int, viewing_days: int) -> str:
    if not (notice_days and viewing_days):
        return ""
    return f"，公告不少于 {notice_days} 日，展示不少于 {viewing_days} 日"


def _span(seconds: int) -> str:
    for unit, name in ((3_600, "小时"), (60, "分钟")):
        if seconds and seconds % unit == 0:
            return f"{seconds // unit} {name}"
    return f"{seconds} 秒"


def _percent(basis_points: int) -> str:
    return {2_000: "二十", 3_000: "三十"}[basis_points]


def insert_rulebooks() -> None:
    """Show the new versions; needs the column ``shown_from``. Where lots were announced under the
    old one, the new one takes effect after it was shown for seven days; where nothing happened yet,
    nothing changes for anybody."""
    shown_from, in_force_from = _dates()
    rulebook = sa.table(
        "rulebook",
        sa.column("version", sa.String),
        sa.column("title", sa.Text),
        sa.column("clauses", JSONB),
        sa.column("params", JSONB),
        sa.column("source", sa.Text),
        sa.column("trust", sa.String),
        sa.column("demonstration", sa.Boolean),
        sa.column("shown_from", MOMENT),
        sa.column("in_force_from", MOMENT),
    )
    op.bulk_insert(
        rulebook,
        [
            {
                "version": version,
                "title": title,
                "clauses": print_clauses(params),
                "params": params,
                "source": SOURCE,
                "trust": "excerpt",
                "demonstration": demonstration,
                "shown_from": shown_from,
                "in_force_from": in_force_from,
            }
            for version, title, params, demonstration in (
                ("2026-2", "网络竞价规则（2026 年第 2 版）", _REAL, False),
                ("demo-2", "网络竞价规则（演示第 2 版）", _DEMO, True),
            )
        ],
    )
    # none for the first version: it changed nothing
    op.create_check_constraint(
        "shown_before_force",
        "rulebook",
        "in_force_from >= shown_from + interval '7 days'",
    )


def _dates() -> tuple[datetime, datetime]:
    connection = op.get_bind()
    if not connection.scalar(sa.text("SELECT EXISTS (SELECT FROM lot)")):
        return datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 9, tzinfo=UTC)
    now: datetime = connection.scalar(sa.text("SELECT market_now()"))
    day = now.astimezone(SHANGHAI).date() + timedelta(days=SHOWN_DAYS + 1)
    return now, datetime.combine(day, time(), tzinfo=SHANGHAI)


def delete_rulebooks() -> None:
    """Take the versions back; refused by the database while a lot keeps one of them."""
    op.drop_constraint(op.f("ck_rulebook_shown_before_force"), "rulebook", type_="check")
    op.execute("DELETE FROM rulebook WHERE version IN ('2026-2', 'demo-2')")
