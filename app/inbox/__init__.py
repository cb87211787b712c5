"""Inbox (消息): what the market tells people and their systems, each thing at most once by its key.

Words
    notice 通知: what happened, as a sentence with facts; translated where it is read ·
    message 站内消息: a notice in one person's inbox, read or unread ·
    dispatch 外发: one mail or text message on its way out · digest 每日摘要: the day's unread
    messages in one mail at 08:00 · endpoint 回调地址: where an organisation wants to be told ·
    delivery 投递: one event on its way to one endpoint · contact 收件人: an id that the address
    book turns into an address when the time has come.

Promises
    1. A person gets a message once per key, an address a mail once per key, an endpoint an event
       once per key, however often the telling is repeated.
    2. What leaves the market leaves it in a job, after the commit, and is tried again with growing
       pauses. Between "sent" and "written down" a crash may repeat it: a mail then carries the same
       Message-ID, a webhook the same webhook-id, so that the receiver can tell.
    3. No address and no name stands in this room's tables: they hold ids, and ask the address book
       (``ports.AddressBook``) at the moment of sending. A secret body is wiped once it has gone.
    4. A webhook never reaches into the market's own network: its host is resolved and checked at
       registration and before each delivery, and the connection goes to the checked address.
    5. Messages are kept at least a year; read ones are thrown away after that.

Announces   DispatchDied, EndpointDisabled
Listens     nothing: the rooms above call it, through ``accounts.telling`` when they mean people
Calls down  audit
Decided in  docs/adr/0012-telling.md
"""
