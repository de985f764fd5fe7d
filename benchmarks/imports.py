"""How long `import app` takes, against the model client it cannot do without."""

import os
import statistics
import subprocess
import sys
import time

ROUNDS = 11


def run() -> None:
    """Print the medians of whole interpreter starts, side by side, and their ratio."""
    candidates = {
        "app": ("import app", {}),
        "app, initialised with a model, as on Lambda": (
            "import app",
            {
                "AWS_LAMBDA_FUNCTION_NAME": "punai",
                "OPENAI_API_KEY": "sk-bench",
                "PUNAI_STORE": "sqlite:///:memory:",
            },
        ),
        "langchain_openai": ("import langchain_openai", {}),
        "nothing": ("pass", {}),
    }
    times: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(ROUNDS):
        for name, (code, environment) in candidates.items():
            start = time.perf_counter()
            # This interpreter, with fixed code.
            subprocess.run([sys.executable, "-c", code], env={**os.environ, **environment}, check=True)  # noqa: S603
            times[name].append(time.perf_counter() - start)
    nothing = statistics.median(times.pop("nothing"))
    net = {name: statistics.median(values) - nothing for name, values in times.items()}
    for name, seconds in net.items():
        print(
            f"import: {name:<46}{seconds:6.3f} s, {seconds / net['langchain_openai']:.2f} x langchain_openai"
        )
