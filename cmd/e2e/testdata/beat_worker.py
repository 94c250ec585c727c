"""A worker that behaves toward its broker as BEAT's does (BCP/1).

A job's data is a JSON object whose "command" the worker runs as a process of its
own; its standard output is what the job gives. Several run at a time, and the
worker never says that it is full.

What matters to a broker:

  * It has one address for its replies, that of the last REQUEST, whatever job
    the reply is about.
  * When it has heard nothing for three heartbeats it waits for one more, opens a
    new socket and says READY again. With --patient it never notices: so does
    BEAT's worker daemon, which only ever acts on what it receives.
  * DISCONNECT makes it connect again at once. What runs is not touched by that.
  * CANCEL kills the job's process, and nothing but JOB_CANCELLED is said of it.
"""

import argparse
import json
import signal
import subprocess
import time

import zmq
from zmq.utils.monitor import recv_monitor_message

import bcp1

LIVENESS = 3


class Connection:
    """The worker's link to its broker."""

    def __init__(self, options, poller):
        self.broker = options.broker
        self.name = options.name.encode()
        self.heartbeat = options.heartbeat / 1000
        self.patient = options.patient
        self.poller = poller
        self.reply_to = None
        self.socket = None
        self.monitor = None
        self.connect()

    def connect(self):
        """Opens a new socket in place of the old one and says READY."""
        if self.socket:
            self.close(linger=0)
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.linger = 0
        # The test has to know when a message would wait for the next connection,
        # and not be lost with the last one. BEAT does not look.
        self.monitor = self.socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        self.poller.register(self.monitor, zmq.POLLIN)
        self.socket.connect(self.broker)
        self.poller.register(self.socket, zmq.POLLIN)
        self.send(bcp1.READY, self.name)
        self.heard = time.monotonic()
        self.beat_at = self.heard + self.heartbeat
        bcp1.tell("ready")

    def close(self, linger):
        self.poller.unregister(self.monitor)
        self.poller.unregister(self.socket)
        self.socket.disable_monitor()
        self.monitor.close()
        self.socket.close(linger)

    def send(self, command, *more):
        self.socket.send_multipart([b"", bcp1.WORKER, command, *more])

    def reply(self, word, *more):
        self.send(bcp1.REPLY, self.reply_to, b"", self.name, word, *more)

    def receive(self):
        """Takes in a message; returns the frames of a REQUEST, or None."""
        frames = self.socket.recv_multipart()
        if len(frames) < 3 or frames[:2] != [b"", bcp1.WORKER]:
            bcp1.fail("not a message to a worker: %r" % frames)
        self.heard = time.monotonic()
        command, rest = frames[2], frames[3:]
        if command == bcp1.REQUEST:
            if len(rest) < 2 or rest[1] != b"":
                bcp1.fail("not a REQUEST: %r" % frames)
            self.reply_to = rest[0]
            return rest[2:]
        if command == bcp1.HEARTBEAT:
            bcp1.tell("heartbeat")
        elif command == bcp1.DISCONNECT:
            bcp1.tell("disconnected")
            self.connect()
        else:
            bcp1.fail("not a command to a worker: %r" % frames)
        return None

    def keep_alive(self, received):
        """Sends a heartbeat that is due, and meets silence."""
        now = time.monotonic()
        if not self.patient and now - self.heard > LIVENESS * self.heartbeat:
            bcp1.tell("silence")
            time.sleep(self.heartbeat)
            self.connect()
        elif now > self.beat_at and (received or not self.patient):
            self.send(bcp1.HEARTBEAT)
            self.beat_at = now + self.heartbeat

    def lose(self):
        """Tells the test that the connection is gone; the socket makes another."""
        recv_monitor_message(self.monitor)
        bcp1.tell("unplugged")

    def leave(self):
        # BEAT drops what is not out when it ends. A farewell that is lost now and
        # then would make this worker's tests fail now and then.
        self.send(bcp1.DISCONNECT)
        self.close(linger=5000)
        zmq.Context.instance().term()


class Jobs:
    """What the worker runs."""

    def __init__(self, connection, poller):
        self.connection = connection
        self.poller = poller
        self.running = {}  # job id -> process

    def handle(self, command, job, *data):
        if command == bcp1.EXECUTE:
            self.execute(job, json.loads(data[0]))
        elif command == bcp1.CANCEL:
            self.cancel(job)
        else:
            bcp1.fail("the broker may not send %r of its own accord" % command)

    def execute(self, job, data):
        self.connection.reply(bcp1.JOB_RECEIVED, job)
        process = subprocess.Popen(
            data["command"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        )
        self.running[job] = process
        self.poller.register(process.stdout.fileno(), zmq.POLLIN)
        bcp1.tell("started", job=job.decode(), pid=process.pid)
        self.connection.reply(bcp1.JOB_STARTED, job)

    def cancel(self, job):
        process = self.running.get(job)
        if process is None:
            self.connection.reply(bcp1.ERROR, b"Unknown job: " + job)
            return
        process.kill()
        self.forget(job)
        self.connection.reply(bcp1.JOB_CANCELLED, job)

    def finish(self, ready):
        """Reports the jobs that have begun to write, and so are at their end."""
        for job, process in list(self.running.items()):
            if process.stdout.fileno() not in ready:
                continue
            output = process.stdout.read()
            word = bcp1.JOB_ERROR if self.forget(job) else bcp1.JOB_DONE
            self.connection.reply(word, job, *([output] if output else []))

    def forget(self, job):
        process = self.running.pop(job)
        self.poller.unregister(process.stdout.fileno())
        process.stdout.close()
        return process.wait()

    def kill(self):
        for process in self.running.values():
            process.kill()
            process.wait()


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--broker", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--heartbeat", type=int, default=2500, help="milliseconds")
    parser.add_argument("--patient", action="store_true", help="never notice silence")
    return parser.parse_args()


def main():
    options = parse()
    signals = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: signals.append(number))
    poller = zmq.Poller()
    connection = Connection(options, poller)
    jobs = Jobs(connection, poller)
    while not signals:
        ready = dict(poller.poll(options.heartbeat / 2))
        if connection.monitor in ready:
            connection.lose()
        received = connection.socket in ready
        if received:
            request = connection.receive()
            if request:
                jobs.handle(*request)
        jobs.finish(ready)
        connection.keep_alive(received)
    connection.leave()
    jobs.kill()


main()
