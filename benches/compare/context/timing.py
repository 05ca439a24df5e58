"""The timing loop of the comparison, as far as Python can have it: rounds in which everybody has a batch.

The loop's own cost is in the time, as it is in any loop that calls these functions.
"""

import json
import time

BATCH = 4_000_000


def _spent(operation, times):
    start = time.perf_counter_ns()
    for _ in range(times):
        operation()
    return time.perf_counter_ns() - start


def _batch_size(operation):
    times = 1
    while (spent := _spent(operation, times)) < BATCH // 4:
        times *= 2
    return max(1, BATCH * times // spent)


def measure(back_end, contender, operations, rounds):
    """Prints a line of JSON for each group, with the nanoseconds per operation of every batch."""
    sizes = {group: _batch_size(operation) for group, operation in operations.items()}
    batches = {group: [] for group in operations}
    for _ in range(rounds):
        for group, operation in operations.items():
            _spent(operation, sizes[group] // 8)
            batches[group].append(round(_spent(operation, sizes[group]) / sizes[group], 1))
    for group, taken in batches.items():
        line = {"back_end": back_end, "group": group, "contender": contender, "batches": taken}
        print(json.dumps(line))
