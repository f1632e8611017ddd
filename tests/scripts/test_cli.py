"""The command line: exit codes, one-line errors, JSON as the last line, and what the base install may import."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from evaluated_runs import answers_to, logits_for, write_run
from sporeprint_training.health.finding import Finding, write_health
from sporeprint_training.run import read_run
from sporeprint_training.run_config import load_run_config
from sporeprint_training.runs_index import add_to_index

ROOT = Path(__file__).parents[2]

# Refuses what only the extras install, as a machine without them would.
BASE_INSTALL = """
import sys
EXTRAS = "tensorflow keras tf_keras tensorflow_hub tensorflowjs numpy pandas tables matplotlib playwright".split()
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in EXTRAS:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
from sporeprint.cli import main
main()
"""


@pytest.fixture
def sporeprint(warm_command_line) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(*arguments: str | Path, base_install: bool = False) -> subprocess.CompletedProcess[str]:
        if not base_install:
            return warm_command_line.run("from sporeprint.cli import main; main()", *arguments)
        command = [sys.executable, "-c", BASE_INSTALL, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)

    return run


def test_the_base_install_builds_a_site_and_says_so_in_json(sporeprint, make_bundle, tmp_path):
    done = sporeprint("build", make_bundle(), "--out", tmp_path / "public", "--json", base_install=True)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    assert report.keys() == {"files", "bytes", "seconds", "sha256"}
    assert (tmp_path / "public" / "index.html").is_file()


def test_a_site_file_names_the_models_and_the_command_line_wins(sporeprint, make_bundle, tmp_path):
    bundle = make_bundle("mine")
    (tmp_path / "site.toml").write_text(
        'models = ["mine"]\ntitle = "Pilze"\nlanguages = ["de"]\nprecompress = ["gz"]\n'
    )
    site = ("--site", tmp_path / "site.toml", "--out", tmp_path / "public")
    done = sporeprint("build", *site, base_install=True)
    assert done.returncode == 0, done.stderr
    assert "note: gz: " in done.stderr
    catalogue = json.loads((tmp_path / "public" / "catalogue.json").read_bytes())
    assert (catalogue["title"], catalogue["languages"]) == ("Pilze", ["de"])
    done = sporeprint("build", bundle, *site, "--title", "Fungi", "--allow-url-input", base_install=True)
    assert done.returncode == 0, done.stderr
    catalogue = json.loads((tmp_path / "public" / "catalogue.json").read_bytes())
    assert (catalogue["title"], catalogue["allow_url_input"]) == ("Fungi", True)
    done = sporeprint("make", tmp_path, "--site", tmp_path / "site.toml")
    assert done.returncode == 2
    assert "models = mine" in done.stderr


def test_the_base_install_says_which_extra_a_command_needs(sporeprint, tmp_path):
    done = sporeprint("train", tmp_path, base_install=True)
    assert done.returncode == 1
    assert "sporeprint[training]" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["build", "nowhere"], "manifest.json"),
        (["serve", "nowhere"], "Only a built site"),
        (["verify", "nowhere", "--photos", "nowhere"], "catalogue.json"),
        (["train", "nowhere"], "nowhere"),
        (["export", "nowhere"], "nowhere"),
        (["inspect", "nowhere"], "nowhere"),
        (["evaluate", "nowhere"], "nowhere"),
        (["runs", "nowhere"], "nowhere"),
        (["runs", "compare", "nowhere", "elsewhere"], "nowhere"),
        (["ingest", "nowhere", "--out", "dataset"], "nowhere"),
        (["ingest", "nowhere", "--split-val", "0.5", "--split-test", "0.5"], "less than a fifth"),
        (["ingest", "nowhere", "--min-photos", "0"], "min_photos '0'"),
        (["tune", "nowhere"], "--config"),
        (["tune", "nowhere", "--config", "nowhere.json"], "nowhere.json"),
        (["make", "nowhere"], "nowhere"),
        (["identify", "photo.jpg", "--model", "nowhere"], "manifest.json"),
        (["train", "nowhere", "--region", "atlantis"], "reference.regions"),
        (["make", "nowhere", "--licence", "x" * 201], "licence"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(sporeprint, arguments, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = sporeprint(*arguments)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert len([line for line in done.stderr.splitlines() if line.startswith("error:")]) == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [["build"], ["train", "--epochs"], ["nonsense"], ["serve", "--port", "99999"]])
def test_a_misused_option_is_exit_2(sporeprint, arguments):
    assert sporeprint(*arguments).returncode == 2


def test_every_command_is_explained_in_the_readme():
    readme = (ROOT / "README.md").read_text()
    from sporeprint.cli import app

    names = [command.callback.__name__ for command in app.registered_commands]
    for group in app.registered_groups:
        names += [group.name or group.typer_instance.info.name, *_commands_of(group)]
    for name in names:
        assert f"`sporeprint {name}" in readme, name


def _commands_of(group):
    # The group's own name stands for its `list`.
    name = group.typer_instance.info.name
    found = [command.name for command in group.typer_instance.registered_commands]
    return [f"{name} {command}" for command in found if command != "list"]


def test_the_readme_shows_the_run_configs_defaults():
    block = (ROOT / "README.md").read_text().partition("```json")[2].partition("```")[0]
    assert json.loads(block) == load_run_config().model_dump(mode="json")


def test_the_example_of_other_targets_is_a_run_config(tmp_path):
    block = (ROOT / "docs" / "trust.md").read_text().partition("```json")[2].partition("```")[0]
    (tmp_path / "run.json").write_text(block)
    assert load_run_config(tmp_path / "run.json").decision != load_run_config().decision


@pytest.fixture
def run(tmp_path):
    """Four test photos, one of them named wrong."""
    answers = answers_to([0, 1, 2, 3], logits_for([0, 1, 2, 3], [0, 1, 2, 0]))
    return write_run(tmp_path / "runs" / "one", answers).folder


def test_an_evaluation_prints_the_agreed_numbers(sporeprint, run):
    done = sporeprint("evaluate", run, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert list(found) == [
        "top1", "top3", "macro_f1", "n", "ece", "species_precision", "species_coverage", "unknown_auroc",
        "deadly_recall", "deadly_false_alarm",
    ]  # fmt: skip
    assert (found["n"], found["top1"], found["unknown_auroc"], found["deadly_recall"]) == (4, 0.75, None, 1.0)
    assert "No data set" in done.stderr
    assert (run / "report.html").is_file()


def test_runs_lists_without_being_asked_and_compares_by_folder_or_id(sporeprint, run, monkeypatch):
    monkeypatch.chdir(run.parents[1])
    for arguments in ([], ["runs"], ["list", "runs"]):
        done = sporeprint("runs", *arguments, "--json")
        assert json.loads(done.stdout.splitlines()[-1]) == {
            "runs": [],
            "unfinished": [],
            "studies": [],
        }, done.stderr
    done = sporeprint("runs", "compare", run, "one", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert (found["n"], found["overall"][0]["name"], found["overall"][0]["p"]) == (4, "top1", 1.0)


def test_runs_says_what_the_health_rules_found(sporeprint, run):
    shared = {"rule": "overfitting", "stage": "head", "since_epoch": 3, "evidence": "", "advice": ""}
    found = [Finding(**shared, severity=severity) for severity in ("warning", "problem", "warning")]
    add_to_index(run.parent, read_run(run).record)
    for findings, said, kept in ((found, "1 problem, 2 warnings", 3), ([], "sound", 0)):
        write_health(run, findings)
        done = sporeprint("runs", run.parent, "--json")
        assert said in " ".join(done.stderr.split())  # a narrow terminal folds the line
        assert len(json.loads(done.stdout.splitlines()[-1])["runs"][0]["health"]) == kept
    (run / "health.json").write_text("{")
    done = sporeprint("runs", run.parent, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["runs"][0]["health"] is None


def test_doctor_says_what_is_missing_and_how_to_get_it(sporeprint, monkeypatch):
    monkeypatch.setenv("SPOREPRINT_CHROMIUM", "/nowhere/chromium")
    done = sporeprint("doctor", "--json", base_install=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["chromium"] is None
    assert found["python"]
    assert "Debian" in done.stderr
