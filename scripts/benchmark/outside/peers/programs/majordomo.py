"""A plain broker of the Majordomo Protocol 0.1 (ZeroMQ RFC 7): one ROUTER, requests
and waiting workers of each service, heartbeats. It keeps nothing.

    majordomo.py ENDPOINT
"""

import collections
import sys
import time

import zmq

CLIENT, WORKER = b"MDPC01", b"MDPW01"
READY, REQUEST, REPLY, HEARTBEAT, DISCONNECT = (bytes([n]) for n in range(1, 6))
BEAT, LIVENESS = 2.5, 4


class Service:
    def __init__(self):
        self.requests = collections.deque()
        self.waiting = collections.OrderedDict()  # of workers


class Broker:
    def __init__(self, endpoint):
        self.socket = zmq.Context().socket(zmq.ROUTER)
        self.socket.bind(endpoint)
        self.services = collections.defaultdict(Service)
        self.workers = {}  # service and time of the last word, by address

    def run(self):
        beat_at = time.monotonic() + BEAT
        while True:
            if self.socket.poll(int(BEAT * 1000)):
                frames = self.socket.recv_multipart()
                if frames[2] == CLIENT:
                    self.request(frames)
                elif frames[2] == WORKER:
                    self.word(frames)
            if time.monotonic() > beat_at:
                self.beat()
                beat_at = time.monotonic() + BEAT

    def request(self, frames):
        client, _, _, name, *body = frames
        service = self.services[name]
        service.requests.append((client, body))
        self.dispatch(service)

    def word(self, frames):
        worker, command = frames[0], frames[3]
        if command == READY:
            self.workers[worker] = [frames[4], time.monotonic()]
        elif worker not in self.workers:
            self.socket.send_multipart([worker, b"", WORKER, DISCONNECT])
            return
        entry = self.workers[worker]
        entry[1] = time.monotonic()
        if command == REPLY:
            self.socket.send_multipart([frames[4], b"", CLIENT, entry[0], *frames[6:]])
        elif command == DISCONNECT:
            self.forget(worker)
            return
        if command in (READY, REPLY):
            service = self.services[entry[0]]
            service.waiting[worker] = None
            self.dispatch(service)

    def dispatch(self, service):
        while service.requests and service.waiting:
            client, body = service.requests.popleft()
            worker, _ = service.waiting.popitem(last=False)
            self.socket.send_multipart([worker, b"", WORKER, REQUEST, client, b"", *body])

    def beat(self):
        late = time.monotonic() - BEAT * LIVENESS
        for worker, (_, heard) in list(self.workers.items()):
            if heard < late:
                self.forget(worker)
            else:
                self.socket.send_multipart([worker, b"", WORKER, HEARTBEAT])

    def forget(self, worker):
        name, _ = self.workers.pop(worker)
        self.services[name].waiting.pop(worker, None)


Broker(sys.argv[1]).run()
