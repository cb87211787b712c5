"""Imports (导入): take a file in chunks, so that nothing is lost, doubled or half done.

Words
    batch 批次: one file brought in once for one organisation's care ·
    chunk 块: up to 500 rows of it, read, cleaned and written together ·
    care 托管单位: the organisation that looks after imported rows; it is not their owner ·
    refusal 拒收: a row left out, with line, field, reason and value ·
    upload: a file brought on a page, from its arrival over columns, check and run to its report.

Promises
    1. A chunk is one transaction, with one audit line that holds its hash, and one fact.
    2. After a crash the same file goes on after its last committed chunk.
    3. Bad rows are found by rules before anything is written; every one is reported.
    4. A check of an upload writes nothing and asks what writing asks. Its run may be killed at any
       moment and goes on; it stops between two chunks, and the person's rights are asked anew.
    5. What is read of a file is bounded, whatever the file claims to hold.

Personal data
    A file may hold columns that nobody wants. File, samples and refused values are for those who
    may see the upload, and are taken away thirty days after its end.

Announces   ChunkCommitted
Listens     nothing
Calls down  accounts, audit, files, search
Decided in  docs/adr/0001-house.md
"""
