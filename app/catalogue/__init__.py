"""Catalogue (成果): what was achieved, what of it may be had, and on which terms.

Words
    Achievement 科技成果 · IntellectualProperty 知识产权 · completer 完成人 · claim 认领 ·
    care 托管单位: the organisation that looks after an imported row; it is not its owner ·
    Offer 供给信息 · PriceTerms 价格条款 (None is 面议) · disposal 处置方式 ·
    reservation 锁定: an offer kept for one lot or deal · grant 已授予权利: what a deal gave ·
    version 版本 · consent 共有人同意 · entry on behalf 代录, confirmation 本人确认 ·
    interest 关注 · CatalogueEdition 成果目录: an issue, frozen when it is published ·
    ConversionPlan 转化计划.

Promises
    1. Nothing is public before an operator published it; imports are marked 导入.
    2. An imported achievement cannot be offered until a verified organisation claimed it with
       evidence and an operator accepted the claim.
    3. Two rights that the exclusion matrix forbids together are never reserved or given together;
       the matrix in force on the day decides, one function for all (rules.find_exclusion).
    4. An edit of an old version is refused; each edit makes a new version, whose content is kept
       for good with its hash. What was public stays readable unless it was hidden with a reason.
    5. Every publication, edit and withdrawal writes its search document in the same transaction.
    6. Confidential material (保密资料) opens only to invited, verified organisations that accepted
       the NDA in force, and to no platform role; it stands in its own tables and in no page, feed,
       index, version, fact, notice or log line beside them; each opening is recorded.
    7. An offer that needs every co-owner (专利法 14) is published only with consents to this list
       of co-owners and these terms; one taken back before the offer is held ends the offer.
    8. A record entered on behalf is not submitted before its researcher has confirmed it.
    9. Of who looked, organisations and days are kept, never persons; for a year.
   10. A published edition never changes: its rows cannot be written, its hash stands in the audit
       chain; nothing is frozen that was withdrawn before. Completers are not in it.

Personal data
    Completers who are members are kept as ids; their names are read from accounts. A completer
    who is not a member appears by the name that the owner publishes: the order of completers is
    part of the public record of an achievement (成果登记). Such names are not indexed for search
    and stand in no audit line, fact or version: versions hold ids of names that stand apart. After
    an edit a removed name is shown inside only, and can be erased. Imports bring no names of
    persons.

Announces   AchievementSubmitted, AchievementPublished, AchievementReturned,
            AchievementWithdrawn, ClaimRequested, ClaimResolved, OfferPublished, OfferWithdrawn,
            OfferExpired, OfferSold, EditionPublished, ConsentAsked, ConsentResolved, EntryResolved
Listens     its own facts, to tell of them
Calls down  accounts, audit, files, imports (chunks), inbox, search
Decided in  docs/adr/0001-house.md, docs/adr/0011-files-and-the-confidential-layer.md
"""
