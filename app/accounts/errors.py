"""What accounts refuses."""

from collections.abc import Sequence

from app.core.errors import Conflict, DomainError, NotFound, TooMany


class WrongCredentials(DomainError):
    """One sentence for an unknown account and for a wrong password."""

    code, status, title = "wrong-credentials", 401, "账号或密码不正确"


class TooManyAttempts(TooMany):
    code, title = "too-many-attempts", "尝试次数过多，请稍后再试"


class OrganisationMissing(NotFound):
    code, title = "organisation-missing", "未找到该单位"


class MemberMissing(NotFound):
    code, title = "member-missing", "该单位没有这名成员"


class InvitationMissing(NotFound):
    code, title = "invitation-missing", "邀请码无效、已使用或已过期"


class PersonMissing(NotFound):
    code, title = "person-missing", "未找到该用户"


class NotEditable(Conflict):
    code, title = "organisation-not-editable", "单位信息正在审核或已通过认证，不能修改"


class NotUnderReview(Conflict):
    code, title = "organisation-not-under-review", "该单位不在待审核状态，可能已由他人处理"


class CodeTaken(Conflict):
    code, title = (
        "credit-code-taken",
        "该统一社会信用代码已由认证单位使用，请向该单位索取邀请码加入",
    )


class LastHead(Conflict):
    code, title = "last-head", "单位至少需要一名负责人，请先指定新的负责人"


class AlreadyMember(Conflict):
    code, title = "already-member", "您已是该单位的成员"


class IdentifierTaken(Conflict):
    """Told to administrators at the command line only, never to the public."""

    code, title = "identifier-taken", "该邮箱或手机号已被使用"


class ProofMissing(Conflict):
    """Unknown, used, expired, or begun in another browser: told alike."""

    code, title = (
        "proof-missing",
        "验证码已使用或已过期，或不是在本浏览器申请的，请重新开始",
    )


class CodeSpent(Conflict):
    code, title = "code-spent", "验证码输错次数过多，已失效，请重新发送"


class LastLogin(Conflict):
    code, title = "last-login", "至少保留一种登录方式，请先添加新的邮箱或手机号码"


class LoginMissing(NotFound):
    code, title = "login-missing", "未找到该登录方式"


class TooManyLogins(Conflict):
    code, title = "too-many-logins", "登录方式已达上限，请先移除不用的一个"


class SessionMissing(NotFound):
    code, title = "session-missing", "该登录已退出或已过期"


class StillObliged(Conflict):
    """Deletion waits until these are done; the sentences stand in ``obligations``."""

    code, title = "still-obliged", "还有未了结的事项，暂不能注销账号"

    def __init__(self, obligations: Sequence[str]) -> None:
        super().__init__()
        self.obligations = tuple(obligations)


class AccountMoved(Conflict):
    code, title = "account-moved", "您的单位刚刚有变动，请核对后重新提交"


class TokenMissing(NotFound):
    code, title = "token-missing", "未找到该访问令牌"


class TooManyTokens(Conflict):
    code, title = "too-many-tokens", "有效的访问令牌最多 10 个，请先撤销不再使用的"


class JoinRequestMissing(NotFound):
    code, title = "join-request-missing", "未找到该加入申请"


class JoinRequestDecided(Conflict):
    code, title = "join-request-decided", "该加入申请已处理或已撤回"


class AlreadyAsked(Conflict):
    code, title = "already-asked", "您已向该单位提交过申请，请等待处理，或撤回后重新申请"


class BankAccountMissing(NotFound):
    code, title = "bank-account-missing", "未找到该银行账户"


class BankAccountDecided(Conflict):
    code, title = "bank-account-decided", "该银行账户已核验或已停用"


class NotVerified(Conflict):
    code, title = "organisation-not-verified", "单位通过认证后才能登记银行账户"


class TrialMissing(Conflict):
    code, title = "trial-missing", "没有可用的验证转账，请重新发起"


class WrongTrialCode(Conflict):
    """``left`` tries stand in the facts."""

    code, title = "wrong-trial-code", "验证码不正确"


class TrialsUnavailable(Conflict):
    code, title = "trials-unavailable", "本平台未接入银行转账，请上传证明由平台核验"


class VerificationMissing(NotFound):
    code, title = "verification-missing", "未找到该实名认证申请"


class VerificationDecided(Conflict):
    code, title = "verification-decided", "该申请已处理、已撤回，或申请人已更改姓名"


class PersonUnderReview(Conflict):
    code, title = "person-under-review", "您的实名认证正在审核"


class PersonAlreadyVerified(Conflict):
    code, title = "person-already-verified", "该用户已通过实名认证"
