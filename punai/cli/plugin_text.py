"""What a plugin's package holds beside its code, with `@word@` where its name and the like go."""

PYPROJECT = """\
[build-system]
requires = ["setuptools>=61"]
build-backend = "setuptools.build_meta"

[project]
name = "@package@"
version = "0.1.0"
description = "The @title@ @name@ for PunAI"
readme = "README.md"
requires-python = ">=3.11"
# PunAI refuses the plugin, by name, where it is another version than these.
dependencies = ["punai@versions@"@needs@]

[project.optional-dependencies]
test = ["punai[testing]"]

[project.entry-points.punai]
@name@ = "@module@"

[tool.setuptools]
packages = ["@module@"]

[tool.setuptools.package-data]
@module@ = ["py.typed"]
@trial@"""

README = """\
# @package@

The @title@ `@name@` for PunAI.

## Use it

```sh
pip install @package@
```

@use@

## Work on it

```sh
pip install -e '.[test]'
python -m pytest            # its tests
punai plugin test .         # PunAI's contract for what it registers
```

## Publish it

```sh
pip install build twine
python -m build
twine upload dist/*
```
"""

GITIGNORE = """\
__pycache__/
*.egg-info/
.pytest_cache/
.venv/
build/
dist/
"""

WORKFLOW = """\
name: test
on: [push, pull_request]
jobs:
  test:
    runs-on: ubuntu-latest
    timeout-minutes: 15
    permissions:
      contents: read
    strategy:
      matrix:
        python: ["3.11", "3.14"]
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: ${{ matrix.python }}
      # PunAI comes along as a dependency: from the index that pip asks, or install it first.
      - run: pip install -e '.[test]'
      - run: python -m pytest
      - run: punai plugin test .
"""
