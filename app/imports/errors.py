"""What imports refuse."""

from __future__ import annotations

from app.core.errors import Conflict


class ChunkOutOfOrder(Conflict):
    """A chunk came before the one ahead of it was committed."""

    code, title = "chunk-out-of-order", "导入的数据块顺序不对"
