"""Reports (统计): read models across rooms; owns no truth.

Words
    figure 数字: one number of the market · card 卡片: one public thing in a list ·
    task 待办: something that waits for the actor.

Promises
    1. Every figure is counted when it is asked for; none is made up or kept.
    2. Nobody sees here what its own page would not show him; a task stands on the workbench of
       the roles that can see to it, and of nobody else.

Announces   nothing
Listens     nothing
Calls down  accounts (counts exports), audit (notes them); for the rest it reads the tables of all
            rooms in SQL of its own (``queries``)
Decided in  docs/adr/0001-house.md
"""
