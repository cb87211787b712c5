"""Disclosures (职务科技成果披露): what was achieved is told to one's unit before it is public.

Words
    Disclosure 披露 · completer 完成人 · decision 决定: what the unit does with it ·
    submission 提交: one version that waits for one decision · empowerment 赋权 ·
    offline 线下: the way for what may be a state secret.

Promises
    1. A disclosure is seen by its author, its completers, and the managers and heads of the unit;
       for everybody else, the platform included, it does not exist. It is never indexed.
    2. What may be a state secret is not kept: the entry stops, and what stood there is emptied.
    3. Each submission is decided once, with reasons; what was submitted and decided stays readable.
    4. The period in which the unit decides is dated data with its source; a disclosure keeps the
       period it was submitted under. Who must decide is reminded before the end and at the end.
    5. A completer does not decide on his own disclosure while another can (回避).
    6. An accepted disclosure becomes at most one draft of an achievement.

Personal data
    Completers who are members are kept as ids. A completer of another unit appears by name, for
    the same reason as in the catalogue: the order of completers is part of the record. Names stand
    in no audit line, fact or message.

Announces   DisclosureSubmitted, DisclosureDecided
Listens     nothing
Calls down  accounts, audit, catalogue, files, inbox
Decided in  docs/adr/0015-disclosures.md
"""
