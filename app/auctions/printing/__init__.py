"""Certificates of a sale as PDF/A: what they say, and how they are set.

Words
    certificate 证书: 竞价结果通知书 (result notice) or 成交确认书 (confirmation of the sale).

Promises
    1. The same facts give the same bytes, so a hash names a certificate.
    2. A character that no font has is set as 〓, and its code point stands in a note.
    3. What people typed is handed over as data; it is never read as markup.

Import ``typesetting`` only where a page is set: it loads a typesetter and two fonts.
Decided in  docs/adr/0019-the-record-of-a-sale.md
"""
