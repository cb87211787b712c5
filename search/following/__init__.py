"""Following (跟随): what stands beside ``search_document`` and takes in every change of it.

Words
    follower 跟随者: an engine, or the vectors of a model; known by its name · change: a document
    that a follower has not taken in yet · drain: let a follower take what is due · fill: put what
    was there before it followed into its queue · rest: leave a follower alone after a fault ·
    dead: a document that a follower refused so often that it was given up.

Promises
    1. What was committed is taken in sooner or later: the verb's own statement queued it, and a
       row of the queue goes only when exactly that change was taken.
    2. A verb never waits for a follower, nor fails with it.
    3. One worker at a time drains a follower; a killed one leaves nothing behind that a live one
       would have to wait for, and what a stalled one pushed too late is pushed anew.
    4. A follower that is away keeps its queue. A document that it refuses is found by halving the
       batch, tried a few more times, and then kept aside with the follower's own reason.

Decided in  docs/adr/0026-followers.md
"""
