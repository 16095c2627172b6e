"""Pages of docs/ whose commands are run: what they tell people to do is done, and what they show is what came of it.

What belongs here: reading such a page and doing what it says. What does not: what a page has to say.

A ``console`` block holds commands (``$ cwxero ...``) and what they print; a line ``...`` stands for lines left out, and
``…`` for what is left out of a line. A
``yaml`` or ``csv`` block under ``<!-- file: NAME -->`` is put into the mapping seeds. What people do on the sandbox's
page is text for readers, and for this program a comment below it: ``<!-- page: ADDRESS field=value ... -->``. There
``{PO-9001}`` is the id of the order, ``{PO-9001 line 1}`` that of a line, ``{PO-9001 bill}`` that of its newest bill in
Xero, ``{PO-9001 case}`` that of its open case, and ``{contact 802}`` that of a vendor's contact. A command that the
text tells in words is ``<!-- run: signoff --role finance --name Ann -->``. ``<!-- pass: 1 days -->`` lets time pass;
``<!-- faults: [...] -->`` plans what goes wrong from there on, in the form of a faults file; ``<!-- organisation: NAME
-->`` lets the Xero app reach another organisation.
"""

from __future__ import annotations

import json
import re
import shlex
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from command_line import Firm, Told

from cwxero_dagster.sandbox.faults import Fault

START = datetime(2026, 10, 5, 1, 0, tzinfo=UTC)
_STEP = re.compile(
    r"<!-- (?P<verb>page|pass|file|faults|run|organisation): (?P<what>[^\n]*?) -->"
    r"|```console\n(?P<console>.*?)```"
    r"|```(?P<form>yaml|csv)\n(?P<seeds>.*?)```",
    re.DOTALL,
)


class Page:
    """One page and the firm on which it is played."""

    def __init__(self, path: Path, firm: Firm) -> None:
        self._text = path.read_text(encoding="utf-8")
        self._firm = firm
        self._last: tuple[str, Told] | None = None

    def played(self) -> str:
        """The page with what its commands really print; equal to the page where it tells the truth."""
        text, done, file = "", 0, None
        for step in _STEP.finditer(self._text):
            text += self._text[done : step.start()]
            done = step.end()
            whole = step[0]
            if step["console"] is None:
                self._last = None
            if step["console"] is not None:
                whole = f"```console\n{self._console(step['console'])}```"
            elif step["seeds"] is not None and file:
                (self._firm.seeds / file).write_text(step["seeds"], encoding="utf-8")
                file = None
            elif step["verb"] == "file":
                file = step["what"]
            elif step["verb"] == "pass":
                number, unit = step["what"].split()
                self._firm.systems.clock.travel(timedelta(**{unit: int(number)}).total_seconds())
            elif step["verb"] == "faults":
                self._firm.faults.clear()
                for fault in json.loads(step["what"]):
                    self._firm.faults.add(Fault(**fault))
            elif step["verb"] == "organisation":
                (organisation,) = self._firm.systems.store.all("xero.organisation")
                organisation.update(OrganisationID=str(uuid.uuid5(uuid.NAMESPACE_DNS, "other")), Name=step["what"])
            elif step["verb"] == "run":
                told = self._firm.tell(*shlex.split(self._with_ids(step["what"])))
                assert told.status == 0, f"{step['what']}: {told.err}"
            elif step["verb"] == "page":
                self._act(step["what"])
            text += whole
        return text + self._text[done:]

    def _console(self, block: str) -> str:
        return "".join(self._command(command, shown) for command, shown in _commands(block))

    def _command(self, command: str, shown: list[str]) -> str:
        program, *arguments = shlex.split(command)
        assert program == "cwxero", f"the page runs {program}"
        # What is only read, with nothing done in between, is answered the same: a page may show it in many pieces.
        told = self._last[1] if self._last and self._last[0] == command else self._firm.tell(*arguments)
        self._last = (command, told) if arguments[0] == "cases" else None
        printed = [line.rstrip() for line in told.out.splitlines()]
        printed += [line.rstrip() for line in told.err.splitlines()] if told.status > 1 else []
        lines = shown if _fits(shown, printed) else printed
        return "\n".join([f"$ {command}", *lines]) + "\n"

    def _act(self, what: str) -> None:
        address, *fields = shlex.split(self._with_ids(what))
        form: dict[str, list[str]] = {"back": ["/page"]}
        for name, value in (field.split("=", maxsplit=1) for field in fields):
            form.setdefault(name, []).append(value)
        with httpx.Client(trust_env=False, timeout=30, base_url=self._firm.url) as browser:
            answer = browser.post(address, data=form, headers={"origin": self._firm.url}, follow_redirects=True)
        assert 'class="flash done"' in answer.text, f"{what}: {answer.text}"
        assert answer.status_code == httpx.codes.OK, f"{what}: {answer.text}"

    def _with_ids(self, what: str) -> str:
        return re.sub(r"\{([^}]+)\}", lambda found: self._id(found[1]), what)

    def _id(self, name: str) -> str:
        number, *rest = name.split()
        if number == "contact":
            rows = (self._firm.seeds / "vendors.csv").read_text(encoding="utf-8").splitlines()
            return next(row.split(",")[2] for row in rows if row.startswith(f"{rest[0]},"))
        store = self._firm.systems.store
        (order,) = [one for one in store.all("cw.purchaseorders") if one["poNumber"] == number]
        if not rest:
            return str(order["id"])
        if rest[0] == "case":
            (case,) = [one for one in self._firm.tell("cases", "--json").json["cases"] if number in one["po_numbers"]]
            return str(case["id"])
        if rest[0] == "bill":
            return str([one for one in self._firm.bills() if number in one["InvoiceNumber"]][-1]["InvoiceID"])
        lines = [one for one in store.all("cw.lineitems") if one["purchaseOrderId"] == order["id"]]
        return str(lines[int(rest[1]) - 1]["id"])


def _commands(block: str) -> Iterator[tuple[str, list[str]]]:
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, *shown = part.rstrip("\n").split("\n")
        yield command, shown


def _fits(shown: list[str], printed: list[str]) -> bool:
    """True where the lines shown are the lines printed, ``...`` standing for any number of them."""
    if not shown:
        return not printed
    if shown[0].strip() == "...":
        return any(_fits(shown[1:], printed[place:]) for place in range(len(printed) + 1))
    return bool(printed) and _same(shown[0], printed[0]) and _fits(shown[1:], printed[1:])


def _same(shown: str, printed: str) -> bool:
    """True where a line shown is the line printed, ``…`` standing for what is left out of it."""
    return shown == printed or bool(re.fullmatch(".*".join(map(re.escape, shown.split("…"))), printed))
