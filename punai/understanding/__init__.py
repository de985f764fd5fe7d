"""What customers mean: intents from a business's own examples, with a confidence that can be acted on."""

import os

# Before numpy is imported. Its products of a message's few rows gain nothing from a second thread, and the
# threads wait for each other by spinning: beside other work on the same cores a message took 20 times longer.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
