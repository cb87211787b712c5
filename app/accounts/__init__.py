"""Accounts (主体): who people are, for which organisation they act, and in which roles.

Words
    party 主体: what owns, signs and pays; a person 个人 or an organisation 单位 ·
    login 登录方式: an e-mail address or mobile number with a password, a way in for one person ·
    session 会话: a signed-in browser, acting for at most one organisation at a time ·
    membership 成员: a person's roles in an organisation · invitation 邀请码: a way to join, once ·
    verification 认证: an operator has checked the organisation; its case number is SL-….

Promises
    1. Whether an account exists is not told: login and sign-up answer alike and do the same work.
       Sign-up with a taken identifier changes nothing and still says "go and log in". Until codes
       can be sent by mail or message, one gap remains: whoever signs up and then logs in with that
       password learns whether the identifier was free. It costs him the identifier, leaves an
       audit line, and is limited per address.
    2. Failed logins are limited per identifier and per address, counted in the database, so
       neither several web processes nor a restart forget them. Success forgives its own attempt.
    3. A session's token is 32 random bytes, new at each login; only its SHA-256 is stored. It ends
       12 hours after the last use and 7 days after the login, by the market's clock.
    4. One verified organisation per 统一社会信用代码. Anyone may found an unverified one under any
       code, so a squatter keeps nobody out; the operator sees all claims to a code.
    5. An organisation never loses its last head (负责人).
    6. A supervisor reads and never writes: while a person is one, his other roles rest.
    7. Personal data (names, identifiers) stands in this room's tables only; others hold ids.

Announces   OrganisationVerified
Listens     nothing
Calls down  core, audit
Decided in  docs/adr/0006-access.md, docs/adr/0009-the-way-in.md
"""
