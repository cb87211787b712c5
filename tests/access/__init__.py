"""The access table's lines, one module a room; see ``rows``."""
