"""Whether a turn costs more in a long conversation: 10,000 messages in one."""

import statistics
import time

from benchmarks.turn import desk_on_disk
from punai.models import Inbound

TURNS = 10_000
WINDOW = 500


def run() -> None:
    """Print the median turn at the beginning and at the end, and their ratio."""
    times = []
    with desk_on_disk("local") as desk:
        for number in range(TURNS):
            inbound = Inbound(
                user_id="one", conversation_id="long", text=f"what are your opening hours, please? ({number})"
            )
            start = time.perf_counter()
            desk.receive(desk.default_tenant, inbound)
            times.append((time.perf_counter() - start) * 1000)
    first, last = statistics.median(times[50 : 50 + WINDOW]), statistics.median(times[-WINDOW:])
    print(
        f"length: turns 50 to {50 + WINDOW} {first:.2f} ms, the last {WINDOW} of {TURNS} {last:.2f} ms:"
        f" {last / first:.2f} x"
    )
