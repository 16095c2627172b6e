"""A workbook as LibreOffice works it out.

What belongs here: opening a workbook in LibreOffice, and what its formulas come to. What does not: what a workbook has
to say.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

SOFFICE = shutil.which("soffice")
needs_libreoffice = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")


def worked_out_again(path: Path, folder: Path) -> Path:
    """The workbook as LibreOffice saves it in ``folder``; it is given none of the results that ``path`` stores."""
    bare = folder / f"bare-{path.name}"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(bare, "w") as made:
        for part in source.infolist():
            made.writestr(part, re.sub(rb"(</f>)<v>[^<]*</v>", rb"\1<v/>", source.read(part)))
    assert set(results(bare).values()) == {None}
    subprocess.run(
        [str(SOFFICE), "--headless", f"-env:UserInstallation=file://{folder}/profile", "--convert-to",
         "xlsx:Calc MS Excel 2007 XML", "--outdir", str(folder / "again"), str(bare)],
        check=True, capture_output=True, timeout=200,
    )  # fmt: skip
    return folder / "again" / bare.name


def results(path: Path) -> dict[tuple[str, str], Any]:
    """What the file says that its formulas come to, by sheet and cell; None where it says nothing."""
    said = openpyxl.load_workbook(path, data_only=True)
    return {
        (sheet.title, cell.coordinate): said[sheet.title][cell.coordinate].value
        for sheet in openpyxl.load_workbook(path)
        for row in sheet
        for cell in row
        if cell.data_type == "f"
    }
