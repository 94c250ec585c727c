package main

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/spf13/pflag"

	"bcp/broker"
	"bcp/broker/admin/api"
	"bcp/broker/server"
	"bcp/broker/wire"
	"bcp/broker/zmtp"
	"bcp/cmd/internal/logging"
	"bcp/cmd/internal/values"
	"bcp/journal"
)

// options are the flags, as they were given.
type options struct {
	db       string
	listen   []string
	admin    string
	insecure bool

	heartbeat     time.Duration
	liveness      int
	reattachGrace time.Duration
	onWorkerLost  string
	bcp1Slots     int

	bodyMax int
	blobMin int
	window  int
	reserve int64
	peerMem int64

	keepEnded time.Duration
	keepCount uint64
	keepAsked uint64
	keepKeys  time.Duration
	keysCount uint64
	keepBody  string

	log logging.Options
}

// AddFlags adds the flags with their defaults.
func (o *options) AddFlags(f *pflag.FlagSet) {
	d := server.Config{}.WithDefaults()
	f.StringVar(&o.db, "db", "/var/lib/bcp.db", "journal `file`; made if it is missing")
	f.StringArrayVar(&o.listen, "listen", []string{"tcp://127.0.0.1:5555"}, "`endpoint` for clients and workers, tcp://ADDRESS:PORT or ipc://PATH; can be repeated")
	f.StringVar(&o.admin, "admin", api.DefaultAddress(), "`address` of the admin API, unix:PATH or http://127.0.0.1:PORT")
	f.BoolVar(&o.insecure, "insecure", false, "listen also at addresses that other machines reach, without authentication")

	values.Duration(f, &o.heartbeat, "heartbeat", d.Core.Heartbeat, "how often broker and peers say that they live")
	values.Whole(f, &o.liveness, "liveness", d.Core.Liveness, 1, wire.LivenessMax, "how many heartbeats may be missed")
	values.Duration(f, &o.reattachGrace, "reattach-grace", 30*time.Second, "how long a worker's tasks wait for it to come back, after its loss or a restart")
	f.StringVar(&o.onWorkerLost, "on-worker-lost", d.Core.OnLoss.String(), "`what` then becomes of tasks that don't say: requeue, wait or fail")
	values.Whole(f, &o.bcp1Slots, "bcp1-slots", d.Core.BCP1Slots, 1, wire.MaxSlots, "tasks at a time on a BCP/1 worker, which cannot say")

	values.Bytes(f, &o.bodyMax, "body-max", d.Core.BodyMax, "largest body or result, in `bytes`")
	values.Bytes(f, &o.blobMin, "blob-min", d.BlobMin, "bodies and results from so many `bytes` on are files of their own, in the folder FILE.blobs beside the journal")
	values.Bytes(f, &o.window, "window", d.WindowBytes, "`bytes` of bodies that are sent to a worker ahead of what it has taken in, but at least one body: so many are kept in memory for one that doesn't read")
	values.Bytes(f, &o.reserve, "reserve", defaultReserve, "`bytes` of the journal's disk, but at most a quarter of it, that are set aside in the journal's file for the ends of what was accepted: new tasks are refused before the disk is full; 0 for none")
	values.Bytes(f, &o.peerMem, "peer-memory", halfOfMemory(), "`bytes` that messages on their way may take before connections are cut that hold much of them; by default half of this machine's memory, or of its control group's where that has less; at least --body-max, for a body has to fit, or 0 for no limit")

	values.Duration(f, &o.keepEnded, "keep-ended", d.KeepEnded, "how long ended tasks are kept that don't say")
	values.Whole(f, &o.keepCount, "keep-count", d.KeepCount, 1, math.MaxInt64, "how many ended tasks that don't say how long are kept at most")
	values.Whole(f, &o.keepAsked, "keep-asked", d.KeepAsked, 1, math.MaxInt64, "how many ended tasks that say how long are kept at most")
	values.Duration(f, &o.keepKeys, "keep-keys", d.KeepKeys, "how long the key of a task is remembered after the task is forgotten")
	values.Whole(f, &o.keysCount, "keep-keys-count", d.KeepKeysCount, 1, math.MaxInt64, "how many keys of forgotten tasks are remembered at most")
	f.StringVar(&o.keepBody, "keep-bodies", d.Core.KeepBodies.String(), "of `what` ended tasks the bodies are kept with them: failed (and canceled), all or none")

	o.log.AddFlags(f)
}

// defaultReserve is enough for commits of many thousand ends, and little on the disks
// of today.
const defaultReserve = 64 << 20

// check names the first flag whose value is not accepted.
func (o *options) check() error {
	if o.db == "" {
		return errors.New("--db: the name of a file is missing")
	}
	for _, endpoint := range o.listen {
		if err := o.checkListen(endpoint); err != nil {
			return err
		}
	}
	if _, err := api.ParseAddress(o.admin); err != nil {
		return fmt.Errorf("--admin: %w", err)
	}
	if err := o.checkFiles(); err != nil {
		return err
	}
	if _, err := journal.ParseLossPolicy(o.onWorkerLost); err != nil {
		return fmt.Errorf("--on-worker-lost %w", err)
	}
	if _, err := journal.ParseKeepBodies(o.keepBody); err != nil {
		return fmt.Errorf("--keep-bodies %w", err)
	}
	if o.reserve < 0 {
		return fmt.Errorf("--reserve %d: 0 or more bytes are accepted", o.reserve)
	}
	if err := o.config().Validate(); err != nil {
		return fmt.Errorf("--%w", err) // settings have the names of their flags
	}
	return o.log.Check()
}

// checkListen tells whether the broker may listen at the endpoint.
func (o *options) checkListen(endpoint string) error {
	host, err := zmtp.EndpointHost(endpoint)
	if err != nil {
		return fmt.Errorf("--listen %q: %w", endpoint, err)
	}
	if local := host == "lo" || wire.LoopbackHost(host); !local && !o.insecure {
		return fmt.Errorf("--listen %s: other machines can reach it, and there is no authentication yet: "+
			"a loopback address or ipc is accepted, or --insecure", endpoint)
	}
	return nil
}

// config is what the server is set up with. It is not valid before check.
func (o *options) config() server.Config {
	onLoss, _ := journal.ParseLossPolicy(o.onWorkerLost)
	keepBodies, _ := journal.ParseKeepBodies(o.keepBody)
	return server.Config{
		Core: broker.Config{
			Journal:       o.db,
			Heartbeat:     o.heartbeat,
			Liveness:      o.liveness,
			ReattachGrace: o.reattachGrace,
			OnLoss:        onLoss,
			BCP1Slots:     o.bcp1Slots,
			BodyMax:       o.bodyMax,
			KeepBodies:    keepBodies,
		},
		Listen: o.listen,

		BlobMin:     o.blobMin,
		WindowBytes: o.window,
		PeerMemory:  o.peerMem,

		KeepEnded:     o.keepEnded,
		KeepCount:     o.keepCount,
		KeepAsked:     o.keepAsked,
		KeepKeys:      o.keepKeys,
		KeepKeysCount: o.keysCount,
	}
}
