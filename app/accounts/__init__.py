"""Accounts (主体): who people are, for which organisation they act, and in which roles.

Words
    party 主体: what owns, signs and pays; a person 个人 or an organisation 单位 ·
    login 登录方式: an e-mail address or mobile number with a password, a way in for one person ·
    session 会话: a signed-in browser, acting for at most one organisation at a time ·
    proof 验证: a code on its way to an address, and what is done when it comes back ·
    membership 成员: a person's roles in an organisation · invitation 邀请码: a way to join, once ·
    verification 认证: an operator has checked the organisation; its case number is SL-… ·
    person's verification 实名: an operator or a head has vouched for who a person is ·
    token 访问令牌: a program's way in, for one person and at most one organisation; its scopes
    权限范围 say what it may ·
    request to join 加入申请: a person asks, a head decides ·
    bank account 银行账户, its trial: the transfer of one 分 whose remark holds a code.

Promises
    1. Whether an account exists is told to nobody but the owner of the address: login, sign-up,
       a forgotten password and adding a way in answer alike and do the same work. An account exists
       once the code sent to its address has come back to the browser that asked for it.
    2. Failed logins are limited per identifier and per address, counted in the database, so
       neither several web processes nor a restart forget them. Success forgives its own attempt.
    3. A session's token is 32 random bytes, new at each login; only its SHA-256 is stored. It ends
       12 hours after the last use and 7 days after the login, by the market's clock.
    4. One verified organisation per 统一社会信用代码. Anyone may found an unverified one under any
       code, so a squatter keeps nobody out; the operator sees all claims to a code.
    5. An organisation never loses its last head (负责人) while it has other members or anything
       open.
    6. A supervisor reads and never writes: while a person is one, his other roles rest.
    7. Personal data (names, identifiers) stands in this room's tables only; others hold ids. A
       deletion leaves an id, and nobody joins, acts or logs in as a deleted person.
    8. A code is six digits and fits once, for 10 minutes, with one browser's handle; five wrong
       ones end it, and guesses at one address are limited over all its codes. Once its letter has
       gone out, no code, handle or link can be read anywhere.
    9. A new password ends a person's other sessions and is told to all his ways in. The last way in
       stays.
   10. A token never has more than its person's roles now, opens no page, and ends at once when
       it is revoked. Its secret is shown once; only its SHA-256 is stored.
   11. A person asks one organisation once at a time; two heads decide once.
   12. Of the papers that show who a person is nothing stays after the decision, and no identity
       number is stored. Another name ends a verification and retires a bank account.
   13. A party has one bank account in force, held under its own name. Its number is sealed, stands
       in no log, audit line or message, and people see its last four digits. A transfer's code
       can be tried five times, in whatever order the tries come.

Announces   OrganisationSubmitted, OrganisationVerified, OrganisationReturned
Listens     its own facts, to tell of them; inbox.endpoint_disabled.v1, inbox.dispatch_died.v1
Calls down  audit, files, inbox
Decided in  docs/adr/0006-access.md, docs/adr/0009-the-way-in.md, docs/adr/0013-address-proof.md,
            docs/adr/0014-standing.md
"""
