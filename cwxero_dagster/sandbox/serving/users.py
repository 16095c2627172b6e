"""For whom the server runs: it ends by itself when the last process that needs it is gone.

What belongs here: process ids and whether they live. What does not: how the server ends.
"""

from __future__ import annotations

import os


class Users:
    """Processes that need the server. Without a first one the server runs until somebody ends it.

    Used from the server's event loop alone, so that nobody is added after the end was decided.
    """

    def __init__(self, first: int | None) -> None:
        self._bound = first is not None
        self._pids = set() if first is None else {first}
        self._ending = False

    def add(self, pid: int) -> bool:
        """One more process needs the server; False when it is ending already."""
        if not self._ending:
            self._pids.add(pid)
        return not self._ending

    def end_if_alone(self) -> bool:
        """Whether nobody is left; from then on ``add`` refuses."""
        self._pids = {pid for pid in self._pids if is_alive(pid)}
        if self._bound and not self._pids:
            self.end()
        return self._ending

    def end(self) -> None:
        """The server is ending for another reason."""
        self._ending = True


def is_alive(pid: int) -> bool:
    """Whether a process with this id exists."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
