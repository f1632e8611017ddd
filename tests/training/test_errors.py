"""An error is one line: the rule, what was received, the next step."""

import pytest

from sporeprint_training.errors import BadInput, SporeprintError, StepFailed


def test_an_error_says_rule_received_and_next_step():
    error = BadInput("A split is below 1", received="1.5", next_step="Choose 0.15")
    assert str(error) == "A split is below 1. Received: 1.5. Choose 0.15."


def test_whatever_a_name_contains_the_message_stays_one_line():
    assert "\n" not in str(StepFailed("A rule", received="a\nb\r\nc"))


@pytest.mark.parametrize(("kind", "code"), [(BadInput, 2), (StepFailed, 1)])
def test_bad_input_exits_2_and_failure_1(kind, code):
    assert kind("A rule").exit_code == code
    assert isinstance(kind("A rule"), SporeprintError)
