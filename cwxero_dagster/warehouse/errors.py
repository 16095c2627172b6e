"""What can go wrong with the file and its folder, in words for the person who has to act.

What belongs here: the exceptions of this package. What does not: how a condition is detected.

    WarehouseError
    ├── WarehouseUnavailable   the file cannot be opened, read or written now
    │   ├── WarehouseBusy      another program holds it
    │   └── WarehouseDamaged   what is in it cannot be read, or is something else
    └── HomeBusy               another command is at work in the same CWXERO_HOME
"""

from __future__ import annotations


class WarehouseError(Exception):
    """Base of what callers may catch; ``str`` of it is a sentence for a person."""


class WarehouseUnavailable(WarehouseError):  # noqa: N818 - a sentence for people
    """The warehouse file cannot be used; nothing of the interrupted transaction was kept."""


class WarehouseBusy(WarehouseUnavailable):
    """Another program has the warehouse file open."""


class WarehouseDamaged(WarehouseUnavailable):
    """The warehouse file is damaged, or no warehouse."""


class HomeBusy(WarehouseError):  # noqa: N818 - a sentence for people
    """Another command works in this home folder; says which, since when, and its process id."""
