"""Operations (运行): is the market fit to serve, what has it counted, what must its keeper do.

Words
    point 检查项: one thing to look at, with its state, why it matters and how to mend it ·
    ready 就绪: able to serve · sign of life 运行迹象: when a process was last seen ·
    dated data 规则数据: rules kept as rows with a source and how well it was read.

Promises
    1. The same checks answer on the page for the administrator, at ``market check`` and, those of
       them that stop service, at ``/readyz``: one word for one state everywhere.
    2. A stranger learns at ``/readyz`` whether the market serves and nothing else; figures are for
       the holder of the token.
    3. A table of rules is found by its columns ``trust`` and ``source``; nobody must register it.

Announces   nothing
Listens     nothing
Calls down  inbox (a mail to oneself), audit (notes it); for the rest it reads the tables of all
            rooms in SQL of its own (``queries``)
Decided in  docs/adr/0016-operations.md
"""
