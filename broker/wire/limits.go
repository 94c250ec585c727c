package wire

// Limits of what a peer may say, in bytes or counts. Each is refused by name.
const (
	MaxName      = 255                         // names of workers, services, sessions: one length byte in a log line, a file name
	MaxKey       = 512                         // a client's key: the journal's index holds it
	MaxText      = 8 << 10                     // error texts and reasons; longer ones are cut by who sends
	MaxArgv      = 1024                        // arguments of a task's own command
	MaxArgvBytes = 128 << 10                   // all of them together: what Linux takes for one string
	MaxServices  = 256                         // services of one worker
	MaxSlots     = 4096                        // attempts at one worker at a time: its inventory is in every beat
	MaxInventory = 2 * MaxSlots                // running and not yet acknowledged
	MaxWait      = 1024                        // tasks in one Wait
	MaxLabels    = 64                          // of one task, each of at most MaxName bytes
	MaxPairs     = 16                          // name=value in one Progress, each of at most MaxName bytes
	MaxAfter     = 256                         // tasks that one waits for: its row has them all
	MaxPriority  = 100                         // and as much below 0
	MaxTries     = 1000                        // a task's row keeps every attempt
	MaxFrames    = 256                         // frames of one message, without the routing id: BEAT sends one for each error it found
	MaxJobID     = 250                         // a BCP/1 client's job id: with a worker's name it makes a key
	MaxTimeoutMS = 10 * 365 * 24 * 3600 * 1000 // ten years: beyond it a mistyped unit is likelier
	MaxBody      = 64 << 20                    // default limit of a body or result
)
