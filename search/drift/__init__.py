"""Drift (偏差): what the index says against what the rooms say, compared and put right.

A verb writes its document in its own transaction, so nothing should ever differ. What differs all
the same – rows of an older program or of other word lists, a restored backup, a mended database –
is found by walking through every room, and through every follower after that.
"""
