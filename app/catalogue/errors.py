"""What the catalogue refuses."""

from app.core.errors import Conflict, NotFound


class AchievementMissing(NotFound):
    code, title = "achievement-missing", "未找到该成果"


class AchievementStateForbids(Conflict):
    code, title = "achievement-state-forbids", "成果的当前状态不允许此操作"


class OwnerNumberTaken(Conflict):
    code, title = "owner-number-taken", "本单位已有使用该编号的成果"


class AchievementInUse(Conflict):
    code, title = "achievement-in-use", "该成果还有供给信息在发布或办理中，请先撤回供给信息"


class NotClaimable(Conflict):
    code, title = "not-claimable", "只有尚未认领的导入成果可以认领"


class AlreadyClaiming(Conflict):
    code, title = "already-claiming", "贵单位对该成果的认领申请正在处理中"


class ClaimDecided(Conflict):
    code, title = "claim-decided", "该认领申请已经处理"


class ClaimMissing(NotFound):
    code, title = "claim-missing", "未找到该认领申请"


class OfferMissing(NotFound):
    code, title = "offer-missing", "未找到该供给信息"


class OfferStateForbids(Conflict):
    code, title = "offer-state-forbids", "供给信息的当前状态不允许此操作"


class NotClaimedYet(Conflict):
    code, title = (
        "not-claimed-yet",
        "该成果为导入信息，须由权利单位提交证明认领后才能发布供给",
    )


class NotPublishedYet(Conflict):
    code, title = "achievement-not-published", "成果发布后才能发布供给信息"


class OfferExcluded(Conflict):
    code, title = "offer-excluded", "与该成果已授予或已锁定的权利冲突"


class ReservationMissing(Conflict):
    code, title = "reservation-missing", "供给信息没有为此事项锁定"


class VersionMissing(NotFound):
    code, title = "achievement-version-missing", "未找到该版本"


class ConsentMissing(Conflict):
    code, title = "consent-missing", "还缺少共有人的同意"


class ConsentNotFound(NotFound):
    code, title = "consent-not-found", "未找到该同意事项"


class ConsentStateForbids(Conflict):
    code, title = "consent-state-forbids", "该同意事项的当前状态不允许此操作"


class AwaitsConfirmation(Conflict):
    code, title = "awaits-confirmation", "该成果由他人代录，须经本人确认后才能提交"


class ConfirmationDecided(Conflict):
    code, title = "confirmation-decided", "您已经答复过该成果"


class EditionMissing(NotFound):
    code, title = "edition-missing", "未找到该期目录"


class EditionStateForbids(Conflict):
    code, title = "edition-state-forbids", "该期已经发布或作废，不能再修改"


class EditionEmpty(Conflict):
    code, title = "edition-empty", "没有符合条件的成果，不能发布空的一期"


class EditionTooLarge(Conflict):
    code, title = "edition-too-large", "符合条件的成果过多，请缩小范围后再发布"
