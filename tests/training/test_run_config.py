from __future__ import annotations

import json
from pathlib import Path

import pytest

from sporeprint_training.errors import BadInput
from sporeprint_training.run_config import RunConfig, load_run_config


def write(folder: Path, content: object) -> Path:
    path = folder / "run.json"
    path.write_text(json.dumps(content))
    return path


def test_defaults_are_the_inaturalist_backbone_frozen():
    config = load_run_config()
    assert config.model.base == "inception_v3_inaturalist"
    assert not config.fine_tune.active


def test_the_capstones_spelling_of_a_backbone_is_understood(tmp_path):
    config = load_run_config(write(tmp_path, {"model": {"base": "Inception_v3_iNaturalist"}}))
    assert config.model.base == "inception_v3_inaturalist"


@pytest.mark.parametrize(
    ("content", "wrong", "nearest"),
    [
        ({"batchsize": 8}, "batchsize", "batch_size"),
        ({"model": {"lerning_rate": 1}}, "model.lerning_rate", "model.learning_rate"),
        ({"model": {"classifier": {"dropot": 0.1}}}, "model.classifier.dropot", "model.classifier.dropout"),
        ({"patience": 3}, "patience", "model.learning_rate_schedule.patience or "),
        ({"stages": [{"epochs": 1, "learning_rates": 1}]}, "stages.0.learning_rates", "stages.learning_rate"),
        ({"callbacks": {"early_stop": {}}}, "callbacks.early_stop", "callbacks.early_stopping"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_one(tmp_path, content, wrong, nearest):
    with pytest.raises(BadInput) as caught:
        load_run_config(write(tmp_path, content))
    assert f"{wrong} is not a key, the nearest is {nearest}" in str(caught.value)
    assert caught.value.exit_code == 2


def test_all_faults_are_named_together(tmp_path):
    path = write(tmp_path, {"seeds": 1, "batch_size": 0, "model": {"base": "vgg"}, "fine_tune": {"layers": "some"}})
    with pytest.raises(BadInput) as caught:
        load_run_config(path)
    message = str(caught.value)
    assert "seeds is not a key" in message
    assert "batch_size = 0" in message
    assert 'model.base = "vgg"' in message
    assert 'fine_tune.layers = "some"' in message
    assert "\n" not in message


def test_overrides_win_over_the_file_and_none_changes_nothing(tmp_path):
    path = write(tmp_path, {"seed": 3, "model": {"learning_rate": 0.1, "base": "compact"}})
    config = load_run_config(path, {"model.learning_rate": 0.2, "model": {"base": None}, "seed": None})
    assert (config.seed, config.model.learning_rate, config.model.base) == (3, 0.2, "compact")


@pytest.mark.parametrize(
    ("target", "wrong", "rule"),
    [
        ("target_precision", 1, "less than 1"),
        ("target_precision", 0.5, "greater than 0.5"),
        ("target_deadly_recall", 0.89, "greater than or equal to 0.9"),
        ("target_deadly_recall", 99, "less than or equal to 1"),
        ("target_deadly_recall", float("nan"), "less than or equal to 1"),
        ("target_unknown", -0.1, "greater than or equal to 0"),
        ("target_unknown", 0.6, "less than or equal to 0.5"),
    ],
)
def test_a_target_that_is_not_offered_is_one_line_with_its_limit(tmp_path, target, wrong, rule):
    with pytest.raises(BadInput) as caught:
        load_run_config(write(tmp_path, {"decision": {target: wrong}}))
    assert f"decision.{target} = {json.dumps(wrong)}: Input should be " in str(caught.value)
    assert rule in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_null_switches_early_stopping_off(tmp_path):
    assert load_run_config(write(tmp_path, {"callbacks": {"early_stopping": None}})).callbacks.early_stopping is None


def test_epochs_of_fine_tuning_without_layers_are_refused():
    with pytest.raises(BadInput, match="set layers to 'all' or a number"):
        load_run_config(None, {"fine_tune": {"epochs": 2, "layers": "none"}})


@pytest.mark.parametrize("text", ["[1]", "{", "\x00"])
def test_a_file_that_is_no_json_object_is_refused(tmp_path, text):
    path = tmp_path / "run.json"
    path.write_text(text)
    with pytest.raises(BadInput, match="JSON object"):
        load_run_config(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BadInput, match=r"absent\.json"):
        load_run_config(tmp_path / "absent.json")


def test_the_resolved_configuration_reads_back_as_itself(tmp_path):
    config = load_run_config(None, {"input.size": 96, "fine_tune.epochs": 1, "fine_tune.layers": 5})
    assert load_run_config(write(tmp_path, config.model_dump(mode="json"))) == config
    assert isinstance(config, RunConfig)


def test_compact_brings_its_own_defaults_and_the_user_still_wins():
    compact = load_run_config(None, {"model.base": "Compact", "model.learning_rate": 0.01})
    assert compact.max_epochs < RunConfig().max_epochs
    assert (compact.model.learning_rate, compact.model.learning_rate_schedule.name) == (0.01, "cosine")
    assert compact.model.classifier.dropout != load_run_config().model.classifier.dropout
    assert (
        load_run_config(None, {"model.base": "compact", "model.classifier.dropout": 0.1}).model.classifier.dropout
        == 0.1
    )


@pytest.mark.parametrize("value", [{}, None])
def test_a_misspelt_key_is_refused_whatever_its_value_and_base(tmp_path, value):
    path = tmp_path / "run.json"
    path.write_text(json.dumps({"model": {"base": "compact", "clasifier": value}}))
    with pytest.raises(BadInput, match=r"model\.clasifier is not a key"):
        load_run_config(path)


def test_the_examples_in_the_documentation_are_run_configs(tmp_path):
    text = (Path(__file__).parents[2] / "docs" / "training.md").read_text(encoding="utf-8")
    blocks = [block.partition("```")[0] for block in text.split("```json")[1:]]
    assert len(blocks) >= 2
    for number, block in enumerate(blocks):
        path = tmp_path / f"{number}.json"
        path.write_text(block)
        assert load_run_config(path).stages


@pytest.mark.real_data
def test_the_runs_of_the_project_that_this_grew_from_load_unchanged(real_data):
    files = sorted((real_data / "run_configs").glob("run.*.json"))
    assert len(files) == 8
    for path in files:
        config, content = load_run_config(path), json.loads(path.read_text())
        for section in ("dataset", "callbacks"):
            kept = config.model_dump(mode="json")[section]
            for key, value in content[section].items():
                if isinstance(value, dict):
                    assert value.items() <= kept[key].items(), path.name
                elif key != "data_augmentation":
                    assert kept[key] == value, path.name
        assert config.dataset.data_augmentation is None
        assert config.model.base == content["model"]["base"].lower()
        assert config.model.classifier.dropout == content["model"]["classifier"]["dropout"]
        assert (config.batch_size, config.max_epochs) == (content["batch_size"], content["max_epochs"])
