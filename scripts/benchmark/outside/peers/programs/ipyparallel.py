"""Measures ipyparallel: lone calls of an empty function, and as many as are to be
outstanding. Prints the figures as JSON.

    measure.py CONNECTION ENGINES OUTSTANDING WARM LOAD LONE CONTROLLER_PID
"""

import json
import os
import sys
import threading
import time

import ipyparallel

connection, engines, outstanding, warm, load, lone, controller = sys.argv[1:]
engines, outstanding = int(engines), int(outstanding)
warm, load, lone = float(warm), float(load), float(lone)


def nothing():
    return None


def used():
    """Processor time of the controller's processes, in seconds."""
    ticks, ours = 0, {controller}
    for _ in range(2):
        for pid in filter(str.isdigit, os.listdir("/proc")):
            fields = stat(pid)
            if fields and fields[1] in ours:
                ours.add(pid)
    for pid in ours:
        fields = stat(pid)
        if fields:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def stat(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rsplit(")", 1)[1].split()
    except OSError:
        return None


def percentile(values, share):
    return sorted(values)[min(int(share * len(values)), len(values) - 1)]


client = ipyparallel.Client(connection)
while len(client.ids) < engines:
    time.sleep(0.1)
client[:].apply_sync(nothing)  # all engines are up
view = client.load_balanced_view()

took, end = [], time.monotonic() + lone
while time.monotonic() < end or not took:
    began = time.monotonic()
    view.apply_async(nothing).get()
    took.append(time.monotonic() - began)

free, done, enough = threading.Semaphore(outstanding), 0, False


def ended(_):
    global done
    done += 1
    free.release()


def submit():
    while not enough:
        free.acquire()
        view.apply_async(nothing).add_done_callback(ended)


threading.Thread(target=submit, daemon=True).start()
time.sleep(warm)
before, cpu, began = done, used(), time.monotonic()
time.sleep(load)
tasks, cpu, passed = done - before, used() - cpu, time.monotonic() - began
enough = True
print(json.dumps({
    "perSecond": tasks / passed,
    "serverUS": cpu * 1e6 / max(tasks, 1),
    "p50MS": percentile(took, 0.5) * 1e3,
    "p99MS": percentile(took, 0.99) * 1e3,
}))
sys.stdout.flush()
os._exit(0)
