package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"bcp/scripts/internal/process"
)

// postgres is a database whose table is a queue.
//
//	INSERT of what there is --> SELECT ... FOR UPDATE SKIP LOCKED, DELETE, INSERT in told
//	client N <------------------ DELETE FROM told WHERE client = N, in turns
type postgres struct{ address string }

// postgresWorkers is how many workers there are at most: each is a process of the server.
const postgresWorkers = 64

// look is how long who finds nothing waits before it looks again.
const look = 2 * time.Millisecond

func (p *postgres) workersMax() int { return postgresWorkers }

func (p *postgres) note() string {
	return fmt.Sprintf("fsync and synchronous_commit on, SKIP LOCKED; a state of its own in one commit for each of submit, start and end; at most %d workers, and who finds nothing looks again after %v", postgresWorkers, look)
}

func (p *postgres) start(ctx context.Context, s *servers, dir string) error {
	programs, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(programs) == 0 {
		return errors.New("no /usr/lib/postgresql/VERSION/bin")
	}
	bin, data := programs[len(programs)-1], filepath.Join(dir, "data")
	who, err := p.owner(dir)
	if err != nil {
		return err
	}
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", data, "-A", "trust", "-U", "bench", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = &syscall.SysProcAttr{Credential: who}, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	port, err := process.FreePort()
	if err != nil {
		return err
	}
	server := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-p", port, "-c", "listen_addresses=127.0.0.1",
		"-c", "unix_socket_directories=", "-c", "max_connections=200", "-c", "shared_buffers=256MB")
	server.SysProcAttr, server.Dir = &syscall.SysProcAttr{Credential: who}, dir
	s.end = syscall.SIGINT // with a SIGTERM it waits until its clients have gone
	if err := s.startCmd(server); err != nil {
		return err
	}
	p.address = "postgres://bench@127.0.0.1:" + port + "/postgres"
	if err := s.listening(ctx, "127.0.0.1:"+port); err != nil {
		return err
	}
	return p.prepare(ctx)
}

// owner is who runs the server: it refuses root. The folder is made that user's.
func (p *postgres) owner(dir string) (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, err1 := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, os.Chown(dir, uid, gid)
}

// prepare makes the tables, as soon as the server takes connections.
func (p *postgres) prepare(ctx context.Context) error {
	for {
		conn, err := pgx.Connect(ctx, p.address)
		if err == nil {
			defer closed(conn)
			_, err = conn.Exec(ctx, `CREATE TABLE tasks (id bigserial PRIMARY KEY, client int, state int, body text);
				CREATE INDEX waiting ON tasks (id) WHERE state = 0;
				CREATE TABLE told (id bigint, client int); CREATE INDEX told_client ON told (client)`)
			return err
		}
		if pass(ctx, retry) != nil {
			return err
		}
	}
}

// closed closes a connection, for the one who uses it: pgx takes no call beside another.
func closed(conn *pgx.Conn) { _ = conn.Close(context.Background()) }

func (p *postgres) worker(ctx context.Context, _ int, fail func(error)) error {
	conn, err := pgx.Connect(ctx, p.address)
	if err != nil {
		return err
	}
	go func() { fail(serveTable(ctx, conn)) }()
	return nil
}

// serveTable takes tasks: the start is a commit, and so is the end.
func serveTable(ctx context.Context, conn *pgx.Conn) error {
	const take = `UPDATE tasks SET state = 1 WHERE id = (SELECT id FROM tasks WHERE state = 0
		ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id`
	const end = `WITH ended AS (DELETE FROM tasks WHERE id = $1 RETURNING id, client) INSERT INTO told SELECT id, client FROM ended`
	defer closed(conn)
	for {
		var id int64
		err := conn.QueryRow(ctx, take).Scan(&id)
		if errors.Is(err, pgx.ErrNoRows) {
			err = pass(ctx, look)
		} else if err == nil {
			_, err = conn.Exec(ctx, end, id)
		}
		if err != nil {
			return err
		}
	}
}

func (p *postgres) client(ctx context.Context, n int, ended func(), fail func(error)) (func(int, []byte) error, error) {
	inserts, err := pgx.Connect(ctx, p.address) // closed when this program ends: who submits doesn't know when it's over
	if err != nil {
		return nil, err
	}
	told, err := pgx.Connect(ctx, p.address)
	if err != nil {
		return nil, err
	}
	go func() { fail(takeTold(ctx, told, n, ended)) }()
	return func(tasks int, body []byte) error {
		_, err := inserts.Exec(ctx, "INSERT INTO tasks (client, state, body) SELECT $1, 0, $2 FROM generate_series(1, $3)", n, string(body), tasks)
		return err
	}, nil
}

func takeTold(ctx context.Context, conn *pgx.Conn, n int, ended func()) error {
	defer closed(conn)
	for {
		done, err := conn.Exec(ctx, "DELETE FROM told WHERE client = $1", n)
		if err != nil {
			return err
		}
		for range done.RowsAffected() {
			ended()
		}
		if done.RowsAffected() == 0 {
			if err := pass(ctx, look); err != nil {
				return err
			}
		}
	}
}
