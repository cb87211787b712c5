"""The door of the inbox: telling people and systems, and what readers do with what they got."""

from app.inbox.telling import post, post_event, send

__all__ = ["post", "post_event", "send"]
