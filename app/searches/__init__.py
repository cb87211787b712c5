"""Searches (保存的检索): questions that a person keeps, and how much is new since he last looked.

Words
    saved search 保存的检索 · question 检索条件: words, filters, order · look 查看 · new 新增: what
    was published after the last look and holds all words · news 新结果提醒: a message about it.

Promises
    1. A saved search is its person's own: to everybody else, the platform included, it does not
       exist.
    2. A question is kept once: another spelling of the same words, or filters in another order, is
       the same question. Nobody keeps more than 50.
    3. A count of what is new costs one bounded question to the engine, stops at 10,000 and is at
       most ten minutes old when it is shown: a page counts only what it shows, and only what is
       due. What it had no time for keeps its older count; the next page goes on with it.
    4. Who wants it is told once a day at most, of all his searches in one message; what a failed
       day did not tell, the next one does.
    5. No audit line: a bookmark decides nothing, and a trail that is kept for ever would tell what
       somebody was looking for. Deleted is deleted.

Personal data
    What a person looks for: his own copy of his data has it, and the end of his account deletes it.

Announces   nothing
Listens     nothing
Calls down  accounts, inbox, search
Decided in  docs/adr/0001-house.md
"""
