"""What cold starts are compared with does the same work."""

from pathlib import Path

from benchmarks.cold_start import bare_function, model_at, say, store
from benchmarks.turn import instant_answer
from punai.testing import OpenAIServer
from tests.aws.lambda_process import running


def test_bare_function_and_ours_each_answer_by_one_call_of_the_model(
    task: Path, runtime: Path, tmp_path: Path
) -> None:
    with OpenAIServer(default=instant_answer) as model:
        settings = model_at(model) | store("sqlite:///:memory:")
        for number, folder in enumerate((bare_function(task, tmp_path / "bare"), task), 1):
            with running(folder, runtime, "app.app", settings) as function:
                say(function, number)
            assert model.calls == number
