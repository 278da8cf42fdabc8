"""What dbt parsed for one company serves another, and each is built from its own files."""

import json
import shutil
from dataclasses import replace

import duckdb

from orchestration.base.files import remove_tree
from orchestration.base.settings import PROJECT_ROOT, CompanyPaths
from orchestration.refresh import Refresh
from orchestration.warehouse import dbt_view
from tests.support.mini import World


def another_company(world: World, segment_name: str) -> CompanyPaths:
    folder = world.root / "other"
    shutil.copytree(world.root / "company", folder)
    text = (folder / "company.yml").read_text()
    (folder / "company.yml").write_text(text.replace("id: mini", "id: other"))
    shutil.copytree(PROJECT_ROOT / "seeds" / "scorecards", folder / "scorecards")
    segments = folder / "scorecards" / "segments.csv"
    header, first, *rest = segments.read_text().splitlines()
    fields = first.split(",")
    fields[header.split(",").index("segment_name")] = segment_name
    segments.write_text("\n".join([header, ",".join(fields), *rest]) + "\n")
    return replace(world.settings, company_folder=folder).paths("other")


def refresh(world: World) -> None:
    Refresh(world.settings, world.root / "other").run()


def segment_names(paths: CompanyPaths) -> set[str]:
    with duckdb.connect(str(paths.audited_file), read_only=True) as connection:
        rows = connection.execute("select segment_name from scorecards.segments").fetchall()
    return {name for (name,) in rows}


def parsed_anew(paths: CompanyPaths) -> int:
    return json.loads((paths.target / "perf_info.json").read_text())["parsed_path_count"]


def test_another_company_is_parsed_in_part_and_built_from_its_own_scorecards(world):
    other = another_company(world, "Its own")
    everything = parsed_anew(world.paths)
    refresh(world)
    assert 0 < parsed_anew(other) < everything / 2
    assert "Its own" in segment_names(other) and "Its own" not in segment_names(world.paths)


def test_a_company_outlives_the_one_that_its_models_were_parsed_for(world):
    other = another_company(world, "As before")
    refresh(world)
    for folder in (world.paths.state, world.paths.for_dbt):
        remove_tree(folder)
    remove_tree(other.state)
    segments = world.root / "other" / "scorecards" / "segments.csv"
    refresh(world)
    assert "As before" in segment_names(other)
    segments.write_text(segments.read_text().replace("As before", "Renamed"))
    refresh(world)
    assert "Renamed" in segment_names(other) and "As before" not in segment_names(other)


def test_a_view_follows_the_project(world):
    project, view = world.settings.dbt_project_dir, world.paths.dbt_view
    (project / "analyses").mkdir()
    remove_tree(view / "tests")
    (view / "tests").symlink_to("nowhere")
    (view / "gone.yml").write_text("")
    dbt_view.link(world.settings, world.paths)
    assert (view / "analyses").is_dir() and not (view / "gone.yml").exists()
    assert (view / "tests").resolve() == (project / "tests").resolve()
    assert (view / "company" / "models").resolve() == world.paths.generated.resolve()
