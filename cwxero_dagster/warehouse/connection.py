"""Opening the one DuckDB file, and saying in plain words why it would not open.

What belongs here: configuration of a connection, rows as plain values, and the translation of DuckDB's failures. What
does not: tables.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from cwxero_dagster.warehouse.errors import WarehouseBusy, WarehouseDamaged, WarehouseUnavailable

Connection = Any
"""A ``duckdb.DuckDBPyConnection``; DuckDB ships no types that hold from 1.5 to 2.0."""

CONFIG = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false", "threads": "1"}
"""No extension comes over the network. One thread: a firm's tables are small, and sharing a statement out among threads
costs more than it saves."""
NETWORK_FILE_SYSTEMS = frozenset(
    {
        "nfs",
        "nfs4",
        "cifs",
        "smb",
        "smb2",
        "smb3",
        "smbfs",
        "afs",
        "ncpfs",
        "davfs",
        "9p",
        "ceph",
        "lustre",
        "beegfs",
        "glusterfs",
        "gpfs",
        "ocfs2",
        "gfs2",
        "pvfs2",
        "orangefs",
        "moosefs",
        "juicefs",
        "coda",
        "fuse",
        "virtiofs",
        "drvfs",
        "vboxsf",
        "vmhgfs",
        "prl_fs",
    }
)
"""Shares of another computer, and folders that a virtual machine has from its host: others write there, too."""
LOCAL_FUSE = frozenset(
    f"fuse.{name}"
    for name in ("bindfs", "encfs", "exfat", "fuse-overlayfs", "gocryptfs", "mergerfs", "ntfs", "ntfs-3g", "zfs")
)
"""File systems in user space that lie on a local disk; any other (``fuse.s3fs``, ``fuse.rclone``) may be anywhere."""
MOUNTS = Path("/proc/mounts")
BROKEN = (
    duckdb.IOException,
    duckdb.FatalException,
    duckdb.InternalException,
    duckdb.SerializationException,
    duckdb.OutOfMemoryException,
    duckdb.TransactionException,
)
"""Failures of the file or the machine, not of a statement; ``is_broken`` knows one more."""

_HOLDER = re.compile(r"lock is held in (?P<program>.+?) \(PID (?P<pid>\d+)\)")
_PAUSE_SECONDS = 0.1


def rows_of(connection: Connection, statement: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
    """What a query finds, row by row, as plain values."""
    rows: list[dict[str, Any]] = connection.sql(statement, params=list(parameters)).to_arrow_table().to_pylist()
    return rows


def open_file(path: Path, *, patience: float) -> Connection:
    """A connection to the file at ``path``, made when it is not there.

    Another process may hold the file for the length of one transaction: ``patience`` is the number of seconds to wait
    for it. Raises ``WarehouseBusy`` or ``WarehouseUnavailable``.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            connection = duckdb.connect(str(path), config=CONFIG)
            break
        except duckdb.Error as error:
            if "Could not set lock" not in str(error):
                raise translated(path, error) from None
            if time.monotonic() >= deadline:
                raise _busy(path, str(error)) from None
        time.sleep(_PAUSE_SECONDS)
    connection.execute("set TimeZone = 'UTC'")
    return connection


def network_file_system(folder: Path, mounts: Path = MOUNTS) -> str | None:
    """The file system's name where ``folder`` lies on a network share, else None (also where that cannot be told)."""
    place = folder.resolve()
    # A share behind an automount is in the table only once somebody went there.
    (place / "warehouse.duckdb").exists()
    try:
        table = mounts.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    best: tuple[int, str] = (-1, "")
    for line in table.splitlines():
        fields = line.split()
        if len(fields) < 3:
            continue
        point = Path(re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), fields[1]))
        if place == point or point in place.parents:
            # Of two over one point, as an automount and its share are, the later one is what is seen.
            best = max((len(point.parts), fields[2]), best, key=lambda item: item[0])
    depth, kind = best
    in_user_space = kind == "fuse" or (kind.startswith("fuse.") and kind not in LOCAL_FUSE)
    # The root of a container may be handed in by its own host, which is the one computer that writes there.
    of_a_container = depth == len(Path("/").parts) and (in_user_space or kind in {"9p", "virtiofs"})
    shared = (kind in NETWORK_FILE_SYSTEMS or in_user_space) and not of_a_container
    return kind if shared else None


def refuse_network_folder(folder: Path, mounts: Path = MOUNTS) -> None:
    """Raises ``WarehouseUnavailable`` where the folder is on a network share: file locks do not hold there."""
    kind = network_file_system(folder, mounts)
    if kind is not None:
        message = (
            f"The folder {folder} is on a network share or may be on one ({kind}), where two computers could write the "
            "warehouse at once without noticing. Nothing was opened. Set CWXERO_HOME to a folder on a local disk."
        )
        raise WarehouseUnavailable(message)


def is_broken(error: duckdb.Error) -> bool:
    """True for a failure of the file or the machine, not of a statement.

    A block whose checksum is wrong comes as the plain ``duckdb.Error``, which every other one is a kind of.
    """
    return isinstance(error, BROKEN) or type(error) is duckdb.Error


def translated(path: Path, error: Exception) -> WarehouseUnavailable:
    """DuckDB's failure as a sentence: what happened, what we did, what to do."""
    text = str(error)
    lower = text.lower()
    if "no space left" in lower or "disk full" in lower or "could not write" in lower:
        message = f"There is no room left for the warehouse {path}. Nothing was changed. Free some space and run again."
    elif "conflict" in lower:
        message = (
            f"Two parts of this program changed the warehouse {path} at the same moment. What came second was not "
            "kept. Run again."
        )
    elif "permission denied" in lower or "read-only file system" in lower:
        message = (
            f"The warehouse {path} may not be read and written by this user. Nothing was changed. "
            "Correct the permissions of the file and its folder, and run again."
        )
    elif "newer version" in lower or "version number" in lower or "storage version" in lower:
        message = (
            f"The warehouse {path} was written by a newer version of DuckDB than the one installed here. Nothing was "
            "changed. Install the version of cwxero that wrote it."
        )
    elif "no such file" in lower or "cannot open file" in lower:
        message = (
            f"The warehouse {path} cannot be opened: its folder does not exist or cannot be reached. Set CWXERO_HOME."
        )
    else:
        return WarehouseDamaged(
            f"The warehouse {path} cannot be read: the file is damaged or is not a warehouse "
            f"({_first_sentence(text)}). Nothing was changed. Put the last copy back with "
            f"`cwxero backup FILE --restore`; it keeps the damaged file beside it. {where_copies_are(path)} Without a "
            "copy, move the file away and let Xero tell what was billed: `cwxero rebuild-ledger`."
        )
    return WarehouseUnavailable(message)


def where_copies_are(path: Path) -> str:
    """A sentence that names the folder of the copies that runs make by themselves."""
    return f"Copies from before the last runs are in {path.parent / 'backups'}."


def _busy(path: Path, text: str) -> WarehouseBusy:
    found = _HOLDER.search(text)
    holder = f"{Path(found['program']).name} (process {found['pid']})" if found else "another program"
    message = (
        f"The warehouse {path} is open in {holder}. Nothing was read or changed. Wait for it to finish, or close it "
        "(a database viewer or a notebook keeps the file for itself), and run again."
    )
    return WarehouseBusy(message)


def _first_sentence(text: str) -> str:
    """The start of what DuckDB says, on one line."""
    return re.sub(r"\s+", " ", text).split(". ")[0].strip().rstrip("!.")[:160]
