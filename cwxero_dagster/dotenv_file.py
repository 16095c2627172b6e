"""Reads a ``.env`` file into names and values, without touching the environment of the process.

What belongs here: the file's lines. What does not: which variables there are and what they may hold (settings). Values
are taken as they stand: ``$`` is not expanded, because secrets hold such characters. Messages never show a line's text.
"""

from __future__ import annotations

import io
from pathlib import Path

from dotenv.parser import parse_stream


def read_dotenv(path: Path) -> tuple[dict[str, str], list[str]]:
    """The file's variables, and a sentence for every line that cannot be used; no file is an empty one."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return {}, []
    except OSError as broken:
        return {}, [f"{path.name} cannot be read ({broken.strerror})."]
    except UnicodeDecodeError as broken:
        line = broken.object.count(b"\n", 0, broken.start) + 1
        return {}, [f"{path.name} line {line} is not UTF-8; save the file as UTF-8 text."]

    if not text.strip():
        empty = f"{path.name} is there and holds nothing, as after a disk that was full."
        return {}, [f"{empty} Write the settings again; to work on simulated systems, remove the file."]
    values: dict[str, str] = {}
    lines: dict[str, int] = {}
    problems: list[str] = []
    for binding in parse_stream(io.StringIO(text)):
        blank_lines = len(binding.original.string) - len(binding.original.string.lstrip())
        line = binding.original.line + binding.original.string.count("\n", 0, blank_lines)
        if binding.error or (binding.key is not None and binding.value is None):
            problems.append(
                f"{path.name} line {line} is not of the form NAME=value; the line may be cut off, or a quotation mark "
                "may have no partner."
            )
        elif binding.key is not None and binding.value is not None:
            if binding.key in values:
                first = lines[binding.key]
                problems.append(f"{path.name} sets {binding.key} twice, on lines {first} and {line}; keep one of them.")
            values[binding.key], lines[binding.key] = binding.value, line
    return values, problems
