"""The output folder: every file as bytes, then all of them into place at once."""

from collections.abc import Mapping
from pathlib import Path

from allocator.explain import explain
from allocator.explain_changes import paradox
from allocator.outcome import Allocation, Run
from allocator.report.certificates import certificates
from allocator.report.csv_files import write_csv
from allocator.report.json_files import write_json
from allocator.report.manifest import manifest
from allocator.report.read_folder import MANIFEST, SCHEMA_VERSION
from allocator.report.replace_folder import replace_folder
from allocator.report.rows import (
    allocation_table,
    donors_table,
    draws_table,
    exchanges_table,
    payments_table,
    pools_table,
)
from allocator.report.workbook import write_workbook
from allocator.words import Language


def write_folder(out: Path, allocation: Allocation, run: Run, *, language: Language, force: bool) -> None:
    """Write the output folder; raises `OutputRefused` with nothing changed when it cannot be."""
    replace_folder(out, write_files(allocation, run, language=language), force=force)


def write_files(allocation: Allocation, run: Run, *, language: Language) -> Mapping[str, bytes]:
    """File name -> content. Equal allocations and runs give equal bytes, timings in the manifest apart."""
    records, proofs = explain(allocation, run), certificates(allocation, run)
    tables = (
        allocation_table(records, proofs, language),
        draws_table(allocation.settlement),
        pools_table(allocation.settlement),
        donors_table(allocation.settlement),
        payments_table(allocation.settlement),
        *([exchanges_table(allocation.settlement)] if run.policy.exchange else ()),
    )
    files = {f"{table.name}.csv": write_csv(table) for table in tables}
    files["certificates.json"] = write_json(proofs)
    files["explanations.json"] = write_json(
        {
            "schema_version": SCHEMA_VERSION,
            "projects": records,
            "paradoxes": [paradox(found) for found in allocation.changes.paradoxes],
        }
    )
    files["allocation.xlsx"] = write_workbook(allocation, run, records, proofs, language)
    return {**files, MANIFEST: write_json(manifest(allocation, run, files, language))}
