"""The default NDA (保密承诺书): dated data. An owner may write his own; what was accepted stays.

Its ground in law: trade secrets are kept by reasonable measures (反不正当竞争法 art. 10, formerly
art. 9; 待核实 by counsel); a transfer must not leak them (促进科技成果转化法 art. 11). The wording
is this platform's own.
"""

from __future__ import annotations

from typing import Final

from app.catalogue.confidential_types import TRUST_OURS, NdaTemplate

_TEXT: Final = """保密承诺书

披露方：%(owner)s
接收方：在本平台通过认证、受邀查阅并点击“同意”的单位
所涉成果：%(title)s（%(number)s）

一、保密信息。披露方通过本平台保密资料向接收方提供的文字、文件及其中的技术信息、经营信息，均为保密信息，无论是否标注“保密”。
二、用途。接收方仅为评估该成果的受让、许可、作价投资或合作而使用保密信息，不用于其他目的，不据此申请知识产权，不对样品或软件进行反向工程。
三、人员。接收方只向确有必要知悉的本单位人员披露，并使其承担不低于本承诺书的义务；向外部顾问披露须事先取得披露方书面同意。
四、保护。接收方以不低于保护自身同类信息的措施保护保密信息，不低于合理注意的程度；不得转发、公开或上传至第三方服务。
五、例外。接收方能够证明的下列信息不受限制：披露前已合法知悉的；非因接收方过错而公开的；从无保密义务的第三方合法取得的；独立研发取得的。依法律或有权机关要求披露的，应当在允许的范围内事先通知披露方。
六、返还与销毁。披露方撤回邀请、邀请到期或者提出要求的，接收方应当停止使用，并返还或销毁保密信息及其副本。
七、期限。保密义务自同意之日起五年；构成商业秘密的，直至其依法公开为止。
八、无授权。提供保密信息不构成任何知识产权的转让、许可或者订立交易合同的承诺。
九、责任。接收方及其人员违反本承诺书的，应当赔偿披露方因此受到的损失。
十、记录。平台记录同意的人员、时间和本文本的哈希值，并记录每次查阅，双方认可其作为证据使用。
"""

TEMPLATES: Final = (
    NdaTemplate(version="2026-11", source="本平台默认文本", trust=TRUST_OURS, text=_TEXT),
)


def fill_template(template: NdaTemplate, *, owner: str, title: str, number: str) -> str:
    """The template with the names in it."""
    return template.text % {"owner": owner, "title": title, "number": number}
