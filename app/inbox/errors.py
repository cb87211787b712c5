"""Refusals of the inbox."""

from __future__ import annotations

from app.core.errors import Conflict, NotFound


class MessageMissing(NotFound):
    code, title = "message-missing", "未找到该消息"


class EndpointMissing(NotFound):
    code, title = "endpoint-missing", "未找到该回调地址"


class DeliveryMissing(NotFound):
    code, title = "delivery-missing", "未找到该投递记录"


class DeliveryUnderWay(Conflict):
    code, title = "delivery-under-way", "该事件正在投递中，请稍后再试"


class TooManyEndpoints(Conflict):
    code, title = "too-many-endpoints", "每个单位最多登记 10 个回调地址，请先删除不用的"
