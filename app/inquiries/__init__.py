"""Inquiries (咨询): a question about a public thing, answered inside the market.

Words
    inquiry 咨询 · asker 咨询方: the organisation that asks · owner 被咨询方: the organisation whose
    thing it is about · message 往来 · wish 希望的沟通方式.

Promises
    1. Any member of any organisation may ask about what is public; nobody asks himself.
    2. Only the two organisations write in a thread. Operators and supervisors may read one, for
       their office (complaints, secrets told by mistake); each such reading is an audit line.
    3. No name, address or number of a person is shown: messages bear the organisation's name.
       What people write of themselves is their own decision; the form says so.
    4. A message once sent is not changed (REVOKE). A closed thread takes no more messages.
    5. An organisation opens at most 20 inquiries in 24 hours and one open thread a thing, and
       writes at most 60 messages an hour: own defaults, against flooding.

Personal data
    Ids of who asked and who answered; names stay in accounts.

Announces   InquiryOpened, InquiryAnswered, InquiryEnded
Listens     nothing
Calls down  accounts, audit, catalogue, demands, inbox
Decided in  docs/adr/0001-house.md
"""
