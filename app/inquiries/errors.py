"""What inquiries refuse."""

from app.core.errors import Conflict, NotFound, TooMany


class InquiryMissing(NotFound):
    code, title = "inquiry-missing", "未找到该咨询"


class SubjectMissing(NotFound):
    code, title = "inquiry-subject-missing", "未找到要咨询的内容，或其尚未公开"


class NobodyToAsk(Conflict):
    code, title = "nobody-to-ask", "该成果为导入信息，还没有单位认领，暂时无人答复"


class OwnSubject(Conflict):
    code, title = "own-subject", "这是贵单位自己的内容，不能向自己咨询"


class AlreadyAsking(Conflict):
    code, title = "already-asking", "贵单位对该内容已有未结束的咨询，请在其中继续"


class InquiryClosed(Conflict):
    code, title = "inquiry-closed", "该咨询已经结束"


class TooManyInquiries(TooMany):
    code, title = "too-many-inquiries", "贵单位近期的咨询已达上限，请稍后再试"
