"""The door of the inbox: telling people and systems, and what readers do with what they got."""

from app.inbox.endpoints import (
    change_kinds,
    enable_endpoint,
    list_endpoints,
    register_endpoint,
    remove_endpoint,
    renew_secret,
    resend,
    send_test,
    show_endpoint,
)
from app.inbox.mailing import Folder
from app.inbox.outbox import Kept, list_kept
from app.inbox.reaching import Reach, Unreachable, make_reach
from app.inbox.reading import (
    choose_preferences,
    list_messages,
    open_message,
    read_all,
    show_preferences,
)
from app.inbox.sending import outbox_of
from app.inbox.telling import post, post_event, send

__all__ = [
    "Folder",
    "Kept",
    "Reach",
    "Unreachable",
    "change_kinds",
    "choose_preferences",
    "enable_endpoint",
    "list_endpoints",
    "list_kept",
    "list_messages",
    "make_reach",
    "open_message",
    "outbox_of",
    "post",
    "post_event",
    "read_all",
    "register_endpoint",
    "remove_endpoint",
    "renew_secret",
    "resend",
    "send",
    "send_test",
    "show_endpoint",
    "show_preferences",
]
