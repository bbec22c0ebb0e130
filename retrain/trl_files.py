"""Rows as JSON Lines or Parquet, written whole or not at all, and read with the place of what is wrong."""

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

Row = dict[str, Any]
SUFFIXES = (".jsonl", ".parquet")


class BadRows(Exception):
    """Raised when a file cannot be read as rows; the message names the file and the line."""


class NoParquet(Exception):
    """Raised when pyarrow is not installed."""


def write_rows(rows: Iterable[Row], file: Path) -> int:
    """How many were written. A file that was there stays until the new one is complete. Raises NoParquet."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        count = _write_parquet(rows, draft) if file.suffix == ".parquet" else _write_lines(rows, draft)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    return count


def read_rows(file: Path) -> Iterator[tuple[str, Row]]:
    """Each row with where it stands, such as "votes.jsonl:3". Raises BadRows, NoParquet."""
    if file.suffix not in SUFFIXES:
        raise BadRows(f"{file} is no {' or '.join(SUFFIXES)} file")
    if not file.is_file():
        raise BadRows(f"{file}: there is no such file")
    yield from _read_parquet(file) if file.suffix == ".parquet" else _read_lines(file)


def _write_lines(rows: Iterable[Row], file: Path) -> int:
    count = 0
    with file.open("w", encoding="utf-8", newline="\n") as stream:
        for row in rows:
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count


def _read_lines(file: Path) -> Iterator[tuple[str, Row]]:
    with file.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError:  # Of the encoding, too.
                raise BadRows(f"{file}:{number}: not JSON") from None
            if not isinstance(row, dict):
                raise BadRows(f"{file}:{number}: no object")
            yield f"{file}:{number}", row


def _write_parquet(rows: Iterable[Row], file: Path) -> int:
    arrow, parquet = _pyarrow()
    table = arrow.Table.from_pylist(list(rows))
    parquet.write_table(table, file)
    return int(table.num_rows)


def _read_parquet(file: Path) -> Iterator[tuple[str, Row]]:
    arrow, parquet = _pyarrow()
    try:
        batches = parquet.ParquetFile(file).iter_batches()
        number = 0
        for batch in batches:
            for row in batch.to_pylist():
                number += 1
                yield f"{file}, row {number}", row
    except (arrow.ArrowException, OSError) as error:
        raise BadRows(f"{file}: not Parquet ({type(error).__name__})") from None


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        raise NoParquet("Parquet needs pyarrow: pip install 'rhapsode[trl]'") from None
    return pa, parquet
