"""A file that cannot be used is explained in a sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from warehouse.damaged import damage_in_the_middle, fill

from cwxero_dagster.frames import PurchaseOrders
from cwxero_dagster.warehouse.connection import network_file_system
from cwxero_dagster.warehouse.database import Warehouse
from cwxero_dagster.warehouse.errors import WarehouseBusy, WarehouseUnavailable

HOLDER = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1])
print("open", flush=True)
sys.stdin.read()
"""


def test_a_file_that_another_process_has_open_names_that_process(warehouse: Warehouse, order) -> None:
    warehouse.observe(PurchaseOrders, PurchaseOrders.of([order(1)]))
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(warehouse.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(WarehouseBusy, match=rf"open in python\S* \(process {holder.pid}\)") as raised:
            warehouse.current(PurchaseOrders)
        holder.stdin.close()
    assert "close it" in str(raised.value)
    assert len(warehouse.current(PurchaseOrders)) == 1


def test_the_other_process_is_waited_for(warehouse: Warehouse, order) -> None:
    warehouse.observe(PurchaseOrders, PurchaseOrders.of([order(1)]))
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(warehouse.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        assert holder.stdout.readline() == "open\n"
        holder.stdin.close()
        assert len(Warehouse(warehouse.path, patience=60).current(PurchaseOrders)) == 1


@pytest.mark.parametrize("damage", [b"", b"this is a letter, not a database" * 500, None])
def test_a_damaged_file_is_told_and_left_alone(warehouse: Warehouse, order, damage: bytes | None) -> None:
    warehouse.observe(PurchaseOrders, PurchaseOrders.of([order(1)]))
    whole = warehouse.path.read_bytes()
    content = whole[:8192] + b"\1" * 9000 if damage is None else damage
    warehouse.path.write_bytes(content)
    with pytest.raises(WarehouseUnavailable, match="damaged or is not a warehouse") as raised:
        warehouse.current(PurchaseOrders)
    assert "--restore" in str(raised.value)
    assert warehouse.path.read_bytes() == content


def test_a_file_that_is_damaged_in_the_middle_is_told_and_left_alone(warehouse: Warehouse, order) -> None:
    fill(warehouse, PurchaseOrders.rows(PurchaseOrders.of([order(1)]))[0])
    content = damage_in_the_middle(warehouse.path)
    with pytest.raises(WarehouseUnavailable, match="Corrupt database file") as raised:
        Warehouse(warehouse.path).current(PurchaseOrders)
    assert "--restore" in str(raised.value)
    assert "rebuild-ledger" in str(raised.value)
    assert str(warehouse.path.parent / "backups") in str(raised.value)
    assert warehouse.path.read_bytes() == content


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_file_that_may_not_be_written_is_told(warehouse: Warehouse, order) -> None:
    warehouse.observe(PurchaseOrders, PurchaseOrders.of([order(1)]))
    warehouse.path.chmod(0)
    with pytest.raises(WarehouseUnavailable, match="may not be read and written"):
        warehouse.current(PurchaseOrders)


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
import pandas
from cwxero_dagster.frames import PurchaseOrders
from cwxero_dagster.warehouse.database import Warehouse
from cwxero_dagster.warehouse.errors import WarehouseUnavailable
warehouse = Warehouse(Path(sys.argv[1]))
frame = warehouse.current(PurchaseOrders)
[row] = PurchaseOrders.rows(frame)
rows = [{**row, "po_id": number, "body": str(number) * 3000} for number in range(2000)]
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
size = Path(sys.argv[1]).stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100_000, size + 100_000))
try:
    warehouse.observe(PurchaseOrders, PurchaseOrders.of(rows))
except WarehouseUnavailable as error:
    print("unavailable:", error)
"""


def test_a_write_that_finds_no_room_loses_nothing_that_was_there(warehouse: Warehouse, order) -> None:
    warehouse.observe(PurchaseOrders, PurchaseOrders.of([order(1)]))
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(warehouse.path)], capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("unavailable:"), done.stderr
    assert len(warehouse.current(PurchaseOrders)) == 1


MOUNTS = """\
overlay / overlay rw 0 0
server:/export /mnt/office nfs4 rw 0 0
//nas/share /mnt/my\\040share cifs rw 0 0
/dev/sdb1 /mnt/office/local ext4 rw 0 0
mon:/ /mnt/ceph ceph rw 0 0
drive /mnt/wsl 9p rw 0 0
s3fs /mnt/s3 fuse.s3fs rw 0 0
host /mnt/host virtiofs rw 0 0
C: /mnt/c drvfs rw 0 0
unnamed /mnt/unnamed fuse rw 0 0
rclone /mnt/new fuse.one_not_heard_of rw 0 0
pool /mnt/pool fuse.mergerfs rw 0 0
/dev/sdc1 /mnt/usb fuseblk rw 0 0
garbled
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/var/lib/cwxero", None),
        ("/mnt/office/cwxero", "nfs4"),
        ("/mnt/office", "nfs4"),
        ("/mnt/office/local/cwxero", None),
        ("/mnt/my share/cwxero", "cifs"),
        ("/mnt/officer", None),
        ("/mnt/ceph/cwxero", "ceph"),
        ("/mnt/wsl/cwxero", "9p"),
        ("/mnt/s3/cwxero", "fuse.s3fs"),
        ("/mnt/new", "fuse.one_not_heard_of"),
        ("/mnt/host/cwxero", "virtiofs"),
        ("/mnt/c", "drvfs"),
        ("/mnt/unnamed", "fuse"),
        ("/mnt/pool", None),
        ("/mnt/usb", None),
    ],
)
def test_network_shares_are_recognised(tmp_path: Path, folder: str, kind: str | None) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS, encoding="utf-8")
    assert network_file_system(Path(folder), mounts) == kind


@pytest.mark.parametrize(
    ("root", "kind"),
    [("9p", None), ("virtiofs", None), ("fuse.one_not_heard_of", None), ("nfs4", "nfs4"), ("overlay", None)],
)
def test_the_root_of_a_container_is_a_share_only_where_a_server_has_it(
    tmp_path: Path, root: str, kind: str | None
) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"none / {root} rw 0 0\n", encoding="utf-8")
    assert network_file_system(Path("/var/lib/cwxero"), mounts) == kind


def test_the_share_that_an_automount_brought_counts_and_not_the_automount(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "systemd-1 /mnt/nas autofs rw 0 0\nserver:/export /mnt/nas nfs4 rw 0 0\n/dev/sda1 / ext4 rw 0 0\n",
        encoding="utf-8",
    )
    assert network_file_system(Path("/mnt/nas/home"), mounts) == "nfs4"


def test_a_share_that_is_mounted_only_once_somebody_goes_there_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mounts"
    idle = "/dev/sda1 / ext4 rw 0 0\nsystemd-1 /mnt/nas autofs rw 0 0\n"
    mounts.write_text(idle, encoding="utf-8")

    def going_there(path: Path) -> bool:
        if Path("/mnt/nas") in path.parents:
            mounts.write_text(idle + "server:/export /mnt/nas nfs4 rw 0 0\n", encoding="utf-8")
        return False

    monkeypatch.setattr(Path, "exists", going_there)
    assert network_file_system(Path("/mnt/nas"), mounts) == "nfs4"


def test_a_home_on_a_network_share_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"server:/export {tmp_path} nfs rw 0 0\n", encoding="utf-8")
    warehouse = Warehouse(tmp_path / "home" / "warehouse.duckdb", mounts=mounts)
    with pytest.raises(WarehouseUnavailable, match="network share"):
        warehouse.current(PurchaseOrders)
    assert not (tmp_path / "home").exists()


def test_where_mounts_cannot_be_read_nothing_is_refused(tmp_path: Path) -> None:
    assert network_file_system(tmp_path, tmp_path / "absent") is None
