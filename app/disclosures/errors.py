"""What disclosures refuse."""

from app.core.errors import Conflict, NotFound


class DisclosureMissing(NotFound):
    code, title = "disclosure-missing", "未找到该披露"


class DisclosureStateForbids(Conflict):
    code, title = "disclosure-state-forbids", "披露的当前状态不允许此操作"


class KeptOffline(Conflict):
    """Nothing of what was sent is stored or shown again."""

    code, title = (
        "disclosure-kept-offline",
        "可能涉及国家秘密的内容不得在线填报。本次内容没有保存，请停止在线填写，通过本单位保密管理部门的线下渠道办理",
    )


class Recused(Conflict):
    code, title = "disclosure-recused", "您是该成果的完成人，应由本单位其他管理员或负责人决定"
