"""Whether search finds what it should: its engine, those that follow its index, the index itself.

The threshold is this project's own: a follower that is minutes behind has stopped, for it takes a
change within a second.
"""

from __future__ import annotations

from typing import Final

from app.core.i18n import Message, _n
from app.operations.types import MODEL_BROKEN, Machine, Point, Seen, State

LAG_S: Final = 300.0
_VECTORS: Final = "vectors:"


def check_search(machine: Machine, seen: Seen) -> Point:
    """The chosen engine answers, followers keep up, the index was written with today's words."""
    lines = (
        *_tell_engine(machine),
        *_tell_encoder(machine, seen),
        *_tell_followers(seen),
        *_tell_index(seen),
    )
    return Point(
        "search",
        _n("搜索"),
        State.warn if lines else State.ok,
        lines[0] if lines else _n("搜索正常。"),
        _n("搜索仍可使用，但可能较慢、不够准确，或暂时找不到新发布的内容。"),
        _n(
            "查看后台进程日志与搜索引擎；修复后用 market reindex 核对，"
            "被搁置的文档用 market reindex --retry-dead 重试。"
        ),
        lines=lines[1:],
    )


def _tell_engine(machine: Machine) -> tuple[str, ...]:
    if not machine.settings.meili_url:
        return ()
    fault = machine.find_search_fault()
    if not fault:
        return ()
    return (Message(_n("搜索由 PostgreSQL 代替 Meilisearch：%(fault)s"), fault=fault),)


def _tell_encoder(machine: Machine, seen: Seen) -> tuple[str, ...]:
    """The encoder is there and its model can be loaded, else words alone count."""
    if seen.encoder_missing:
        chosen = machine.settings.embedding
        return (
            Message(
                _n("没有安装 MARKET_EMBEDDING=%(chosen)s 的编码器，只按文字搜索；安装后重新启动。"),
                chosen=chosen,
            ),
        )
    fault = machine.find_meaning_fault().removeprefix(MODEL_BROKEN)
    if not fault:
        return ()
    return (
        Message(
            _n("语义模型无法加载（%(fault)s），只按文字搜索；重新安装模型文件后重新启动。"),
            fault=fault,
        ),
    )


def _tell_followers(seen: Seen) -> tuple[str, ...]:
    told: list[str] = []
    for one in seen.followers:
        name = _name(one.name)
        if one.fault.startswith(MODEL_BROKEN):
            told.append(
                Message(
                    _n("%(name)s的模型无法加载（%(fault)s），新发布的内容只能按文字找到。"),
                    name=name,
                    fault=one.fault.removeprefix(MODEL_BROKEN),
                )
            )
        elif one.fault:
            told.append(Message(_n("%(name)s暂停更新：%(fault)s"), name=name, fault=one.fault))
        if one.lag_s > LAG_S:
            told.append(
                Message(
                    _n("%(name)s落后 %(minutes)s 分钟，有 %(count)s 条等待更新。"),
                    name=name,
                    minutes=round(one.lag_s / 60),
                    count=one.waiting,
                )
            )
        if one.dead:
            told.append(
                Message(
                    _n("%(name)s多次拒绝 %(count)s 个文档，已搁置。"), name=name, count=one.dead
                )
            )
    told += [
        Message(
            _n("%(number)s %(title)s：%(reason)s"),
            number=dead.number or str(dead.id),
            title=dead.title,
            reason=dead.reason,
        )
        for dead in seen.dead_documents
    ]
    return tuple(told)


def _tell_index(seen: Seen) -> tuple[str, ...]:
    last = seen.index_check
    if last is None or last.current:
        return ()
    return (_n("词表或程序已更新，索引还没有按新的重写；后台进程会自动进行。"),)


def _name(follower: str) -> str:
    """Who it is, for people; an engine's name stays as it is."""
    if follower.startswith(_VECTORS):
        return Message(_n("语义向量（%(model)s）"), model=follower.removeprefix(_VECTORS))
    return {"meilisearch": "Meilisearch"}.get(follower, follower)
