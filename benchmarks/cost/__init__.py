"""What PunAI costs on AWS: units measured here, times prices from a table with their sources.

`python -m benchmarks.cost --help` tells what can be chosen.
"""
