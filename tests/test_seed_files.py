from pathlib import Path

import pytest

from cwxero_dagster.payables.lifecycle import Decision, parse_decision, preset_text
from cwxero_dagster.payables.seeds import SEED_FILES, SeedsBroken
from cwxero_dagster.seed_files import load_seeds

SHIPPED = Path(__file__).resolve().parents[1] / "mapping_seeds"


def test_the_seeds_that_ship_load_without_a_problem_and_decide_the_default() -> None:
    seeds = load_seeds(SHIPPED)
    assert seeds.decision == Decision()
    assert seeds.signatures == ()
    assert tuple(seeds.hashes) == SEED_FILES
    assert (seeds.vendors, seeds.accounts, seeds.exclusions) == ((), (), ())


def test_the_lifecycle_that_ships_is_the_scheduled_batch_preset() -> None:
    text = (SHIPPED / "lifecycle.yaml").read_text(encoding="utf-8")
    assert parse_decision(text) == parse_decision(preset_text("scheduled_batch"))


@pytest.mark.parametrize("name", [name for name in SEED_FILES if name.endswith(".csv")])
def test_the_examples_in_the_comments_are_valid_rows(name: str, tmp_path: Path) -> None:
    lines = (SHIPPED / name).read_text(encoding="utf-8").splitlines()
    header = lines[-1]
    start = next(number for number, line in enumerate(lines) if line.startswith("# Example"))
    examples = [line.removeprefix("# ") for line in lines[start + 1 :] if line.startswith("# ")]
    assert examples
    (tmp_path / "lifecycle.yaml").write_text("")
    (tmp_path / name).write_text("\n".join([header, *examples]), encoding="utf-8")
    seeds = load_seeds(tmp_path)
    assert len(getattr(seeds, name.removesuffix(".csv"))) == len(examples)


def test_the_readme_names_every_file() -> None:
    readme = (SHIPPED / "README.md").read_text(encoding="utf-8")
    for name in SEED_FILES:
        assert f"| `{name}` |" in readme


def test_a_missing_folder_names_the_variable_to_set(tmp_path: Path) -> None:
    with pytest.raises(SeedsBroken, match="CWXERO_MAPPING_SEEDS") as broken:
        load_seeds(tmp_path / "nowhere")
    assert broken.value.problems[0].file == str(tmp_path / "nowhere")


def test_an_empty_folder_asks_for_a_lifecycle(tmp_path: Path) -> None:
    with pytest.raises(SeedsBroken, match="cwxero lifecycle --preset"):
        load_seeds(tmp_path)


def test_a_file_that_cannot_be_read_is_named_beside_the_problems_of_the_others(tmp_path: Path) -> None:
    (tmp_path / "lifecycle.yaml").write_text("lock_date: never\n")
    (tmp_path / "vendors.csv").mkdir()
    with pytest.raises(SeedsBroken) as broken:
        load_seeds(tmp_path)
    assert [problem.file for problem in broken.value.problems] == ["vendors.csv", "lifecycle.yaml"]
    assert "cannot be read" in broken.value.problems[0].message


def test_other_files_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "lifecycle.yaml").write_text("")
    (tmp_path / "README.md").write_bytes(b"\xff")
    (tmp_path / "vendors.csv.bak").write_text("x")
    (tmp_path / ".git").mkdir()
    assert tuple(load_seeds(tmp_path).hashes) == ("lifecycle.yaml",)


def test_a_file_in_capitals_is_not_ignored(tmp_path: Path) -> None:
    (tmp_path / "lifecycle.yaml").write_text("")
    (tmp_path / "VENDORS.CSV").write_text("x")
    if (tmp_path / "vendors.csv").exists():
        pytest.skip("this file system ignores case")
    with pytest.raises(SeedsBroken, match=r"rename it to vendors\.csv"):
        load_seeds(tmp_path)
