"""What demands refuse."""

from __future__ import annotations

from app.core.errors import Conflict


class DemandNotEditable(Conflict):
    """Only a draft or a returned demand can be changed."""

    code, title = "demand-not-editable", "当前状态下不能修改，草稿或被退回的需求才能修改"


class DemandNotSubmittable(Conflict):
    code, title = "demand-not-submittable", "当前状态下不能提交审核"


class DemandNotUnderReview(Conflict):
    code, title = "demand-not-under-review", "该需求不在待审核状态"


class DemandNotClosable(Conflict):
    code, title = "demand-not-closable", "该需求当前不能结束"
