"""Files (文件): contents kept once by their SHA-256, attached to things that other rooms own.

Words
    content 内容: the bytes, in ``<data_dir>/files``, named by their SHA-256, never overwritten ·
    staged: received, checked and durable on disk, attached to nothing yet ·
    attachment 附件: a name and a content on something another room owns · layer: which part of
    that thing, in the owning room's words · guard: the owning room's answer to "may he read it?".

Promises
    1. What is stored is one of the allowed types by its content, and its name says the same type.
       Markup (SVG, HTML), programs, macros, archives that unpack to much more than they are or
       to other places, and files that are two types at once are refused.
    2. A content is durable on disk before a row names it. A crash between the two leaves a
       content that nothing names; the sweep takes it away a day later, and never one that a row
       names, however both run at once.
    3. A file of any size passes in and out in pieces of 64 KiB.
    4. This room knows no permission: the owning room attaches in its own verbs, and its guard is
       asked at every download.
    5. Names are cleaned once, at the door: no path, no control or direction characters.

Announces   nothing
Listens     nothing
Calls down  core
Decided in  docs/adr/0011-files-and-the-confidential-layer.md
"""
