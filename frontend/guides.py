"""First steps of each role (办事指南): what to do, in order, and the rules one meets on the way.

Texts are Chinese constants, translated where they are rendered. Addresses are paths of pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.core.i18n import _n


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: what, how, and the page where it is done ("" when there is none)."""

    title: str
    text: str
    href: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class Guide:
    """A role's page: `slug` in the address, `questions` are (question, answer)."""

    slug: str
    label: str
    summary: str
    steps: tuple[Step, ...]
    questions: tuple[tuple[str, str], ...] = ()


_SIGN_UP = Step(
    _n("注册并登录"),
    _n("用邮箱或手机号注册，填写收到的验证码即可登录。密码 8 至 128 个字符。"),
    "/signup",
    _n("去注册"),
)
_JOIN = Step(
    _n("加入单位"),
    _n(
        "向本单位负责人索取邀请码，填写后即以约定的角色加入。一个人可加入多个单位，每次只代表一个单位办理。"
    ),
    "/desk/organisation",
    _n("加入单位"),
)
_LATE = (
    _n("最后一刻的报价算不算？"),
    _n(
        "以服务器处理报价的时刻为准。截止时刻不含在内，到达截止时刻的报价无效。页面倒计时随服务器时钟走，与您电脑的时间无关。"
    ),
)

INVENTOR: Final = Guide(
    "inventor",
    _n("成果完成人"),
    _n("把成果登记清楚，交给本单位成果管理员提交。"),
    (
        _SIGN_UP,
        _JOIN,
        Step(
            _n("登记成果"),
            _n(
                "只有成果名称和本单位编号必填，其余可以以后补充。写的时候，页面会提示三件事：解决什么问题、比哪种做法好、成熟度有什么证明。"
            ),
            "/desk/achievements/new",
            _n("登记成果"),
        ),
        Step(
            _n("填写知识产权与完成人"),
            _n("专利申请号、公开号会按规则核对。完成人按贡献排序，公开后顺序即为登记顺序。"),
        ),
        Step(
            _n("交成果管理员提交"),
            _n(
                "草稿由本单位成果管理员提交审核。被退回时，退回理由显示在成果页面上，修改后可再次提交。"
            ),
            "/desk/achievements",
            _n("我的成果"),
        ),
    ),
    (
        (
            _n("成熟度该填几级？"),
            _n("按技术成熟度 1–9 级选择，并写明证明材料。没有证明的等级，买方通常会打折看待。"),
        ),
        (
            _n("公开的内容会泄露技术秘密吗？"),
            _n("只有“公开摘要”等公开字段对外显示。技术秘密请不要写入公开摘要。"),
        ),
    ),
)

MANAGER: Final = Guide(
    "manager",
    _n("成果管理员"),
    _n("提交本单位成果，发布供给，把供给送上竞价。"),
    (
        _SIGN_UP,
        _JOIN,
        Step(
            _n("提交成果"),
            _n("检查成果完成人登记的草稿，提交平台审核。审核通过后成果公开并可被检索。"),
            "/desk/achievements",
            _n("我的成果"),
        ),
        Step(
            _n("认领导入的成果"),
            _n(
                "标有“导入”的成果只是公开信息，不能直接供给。属于本单位的，凭权属证明认领，平台核实后才能供给。"
            ),
            "/search?kind=achievement&origin=导入",
            _n("查找导入的成果"),
        ),
        Step(
            _n("发布供给"),
            _n(
                "选择转让、许可、作价投资或合作开发，写明价格条款或“面议”。供给有效期六个月，到期前可续期。单位须已认证。"
            ),
            "/desk/offers",
            _n("供给信息"),
        ),
        Step(
            _n("设置竞价"),
            _n(
                "填写起始价、加价幅度、自由报价期和限时报价期。公告后参数不再改变，由系统按时开始与结束。"
            ),
            "/desk/lots",
            _n("竞价标的"),
        ),
    ),
    (
        (
            _n("同一成果能同时发布几个供给？"),
            _n(
                "普通许可可以并行，并可成交多次。转让、独占许可、排他许可按互斥规则判断，有冲突时页面会说明与哪一项冲突。"
            ),
        ),
        _LATE,
    ),
)

AGENT: Final = Guide(
    "agent",
    _n("企业经办人"),
    _n("检索成果、发布需求、代表单位参与竞价。"),
    (
        _SIGN_UP,
        _JOIN,
        Step(
            _n("检索成果与供给"),
            _n("可输入技术名称、专利号、单位名称或要解决的难题，再按领域、成熟度、合作方式筛选。"),
            "/search",
            _n("去检索"),
        ),
        Step(
            _n("发布技术需求"),
            _n(
                "写明要解决的问题和量化指标。可以隐去单位名称发布。单位认证后提交，平台审核后公开。"
            ),
            "/desk/demands",
            _n("我的需求"),
        ),
        Step(
            _n("报名参与竞价"),
            _n("在标的页面报名，取得竞买代码。其他人只看到代码，看不到单位名称。"),
            "/lots",
            _n("竞价大厅"),
        ),
        Step(
            _n("报价"),
            _n(
                "自由报价期内随时报价。限时报价期内，每次有效报价后倒计时完整重新开始，直到无人再报。报价一经接受不可撤回。"
            ),
        ),
        Step(
            _n("查看交易"),
            _n("竞得后系统自动生成交易编号，双方可在交易页面查看成交价与来源。"),
            "/desk/deals",
            _n("我的交易"),
        ),
    ),
    (
        _LATE,
        (
            _n("网络中断时点了“确认报价”，会重复报价吗？"),
            _n("不会。同一次提交带有唯一编号，重复到达只按一次处理，页面会告诉您第一次的结果。"),
        ),
    ),
)

HEAD: Final = Guide(
    "head",
    _n("单位负责人"),
    _n("登记单位、申请认证、邀请成员。"),
    (
        _SIGN_UP,
        Step(
            _n("登记单位"),
            _n("填写单位名称、类型和统一社会信用代码。登记人即为该单位负责人。"),
            "/desk/organisation",
            _n("单位与成员"),
        ),
        Step(
            _n("申请认证"),
            _n(
                "提交认证申请，平台运营核实后单位显示“已认证”。发布供给、提交需求、参与竞价都需要认证。"
            ),
            "/desk/organisation",
            _n("申请认证"),
        ),
        Step(
            _n("邀请成员"),
            _n("为成果管理员、成果完成人、经办人分别生成邀请码。邀请码只能使用一次。"),
            "/desk/organisation",
            _n("邀请成员"),
        ),
        Step(
            _n("查看本单位事项"),
            _n("工作台列出本单位待办的成果、需求、竞价与交易。"),
            "/desk",
            _n("工作台"),
        ),
    ),
    (
        (
            _n("负责人离任怎么办？"),
            _n("先把另一名成员设为负责人，再移除原负责人。单位任何时候至少保留一名负责人。"),
        ),
    ),
)

OPERATOR: Final = Guide(
    "operator",
    _n("平台运营"),
    _n("认证单位，审核成果、需求与认领。"),
    (
        Step(
            _n("打开审核队列"),
            _n("单位认证、成果发布、需求发布、成果认领各成一列，先到先办。"),
            "/review",
            _n("审核队列"),
        ),
        Step(
            _n("认证单位"),
            _n("核对统一社会信用代码与申请材料。同一代码有多个申请时，页面会一并列出。"),
            "/review",
            _n("待认证单位"),
        ),
        Step(
            _n("审核成果与需求"),
            _n("通过即公开；退回须写明理由，理由会原样告知申请单位。"),
        ),
        Step(
            _n("关注竞价"),
            _n(
                "服务中断超过规定秒数时，系统自动中止标的、记录中断，并在恢复后完整重走当前周期，无需人工改价或改时。"
            ),
            "/lots",
            _n("竞价大厅"),
        ),
    ),
    (
        (
            _n("能替单位修改内容吗？"),
            _n("不能。运营只作通过或退回，内容由单位自己修改，每次操作都写入审计记录。"),
        ),
    ),
)

BROKER: Final = Guide(
    "broker",
    _n("技术经纪人"),
    _n("利用公开的成果与需求信息，为双方牵线。"),
    (
        _SIGN_UP,
        Step(
            _n("取得经纪人角色"),
            _n("由平台管理员为您的账号添加技术经纪人角色，退出后重新登录即生效。"),
        ),
        Step(
            _n("找需求"),
            _n("按领域查看企业公开的技术需求与量化指标。"),
            "/demands",
            _n("技术需求"),
        ),
        Step(
            _n("找成果"),
            _n("用需求里的关键词检索，优先看标有供给信息、成熟度较高的成果。"),
            "/search?kind=offer",
            _n("查看供给"),
        ),
    ),
)

SUPERVISOR: Final = Guide(
    "supervisor",
    _n("监督人员"),
    _n("查看全部过程，不作任何改动。"),
    (
        Step(
            _n("只读查看"),
            _n(
                "监督人员可查看审核队列、审计记录和各单位办理情况。担任监督人员期间，其他角色暂停生效。"
            ),
            "/review",
            _n("审核队列"),
        ),
        Step(
            _n("核对竞价过程"),
            _n("标的页面保留每一次报价的编号、代码、金额与时刻，编号连续无缺。"),
            "/lots",
            _n("竞价大厅"),
        ),
        Step(
            _n("核验审计记录"),
            _n(
                "审计记录只增不改，并按块串成校验链。"
                "管理员可在服务器上运行 market verify audit，缺失、改动或换序的条目会被指出。"
            ),
        ),
    ),
)

ADMINISTRATOR: Final = Guide(
    "administrator",
    _n("系统管理员"),
    _n("建立管理员账号，授予平台角色，导入数据，维护运行。"),
    (
        Step(
            _n("建立第一个管理员"),
            _n("在服务器上运行 market admin create，按提示填写账号。"),
        ),
        Step(
            _n("授予平台角色"),
            _n("为相应人员授予运营、发布、监督或技术经纪人角色。"),
            "/desk",
            _n("工作台"),
        ),
        Step(
            _n("导入成果与需求"),
            _n(
                "运行 market import achievements 文件名 或 market import demands 文件名，"
                "支持 csv、xlsx、jsonl。先用 --dry-run 试跑，报告会逐行说明未导入的原因。"
            ),
        ),
        Step(
            _n("正式运行"),
            _n(
                "正式运行须设置 MARKET_SECRET_KEY 与对外地址，"
                "演示登录与拨快时钟在正式运行中不可用。"
            ),
        ),
    ),
    (
        (
            _n("重复导入会产生重复记录吗？"),
            _n("不会。导入按单位自有编号识别，同一行再次导入只会更新。"),
        ),
    ),
)

GUIDES: Final = {
    guide.slug: guide
    for guide in (INVENTOR, MANAGER, AGENT, HEAD, BROKER, OPERATOR, SUPERVISOR, ADMINISTRATOR)
}
