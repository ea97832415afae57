//go:build unix

package remote

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
)

// stops are what ends the servers that the tests share.
var stops []func()

func TestMain(m *testing.M) {
	code := m.Run()
	for _, stop := range slices.Backward(stops) {
		stop()
	}
	os.Exit(code)
}

// server is a server that a test has started.
type server struct {
	dir       string
	port      int
	ca        string // the file of the authority that its certificate is from
	err       error
	installed bool
}

// sharedPostgres starts PostgreSQL once for all tests.
var sharedPostgres = sync.OnceValue(startPostgres)

// postgres returns the PostgreSQL server of the tests. The test is skipped if PostgreSQL is
// not installed. The user kith has all rights and no password; the user locked has the
// password secretOfTests and must use it.
func postgres(t *testing.T) *server {
	t.Helper()
	s := sharedPostgres()
	if !s.installed {
		t.Skip("skipped: PostgreSQL is not installed")
	}
	require.NoError(t, s.err)
	return s
}

// dsn returns the DSN of a user.
func (s *server) dsn(user, parameters string) string {
	return fmt.Sprintf("host=127.0.0.1 port=%d dbname=postgres user=%s %s", s.port, user, parameters)
}

func postgresPrograms() string {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path)
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return ""
	}
	return filepath.Dir(found[len(found)-1])
}

func startPostgres() *server {
	programs := postgresPrograms()
	if programs == "" {
		return &server{}
	}
	s := &server{installed: true}
	s.err = s.runPostgres(programs)
	return s
}

// runPostgres makes a database cluster, and starts the server. Neither program runs as
// root.
func (s *server) runPostgres(programs string) (err error) {
	as := &syscall.SysProcAttr{}
	owner := func(string) error { return nil }
	if os.Getuid() == 0 {
		u, err := user.Lookup("postgres")
		if err != nil {
			return err
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		as.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		owner = func(name string) error { return os.Chown(name, uid, gid) }
	}
	if s.dir, err = os.MkdirTemp("", "kith-postgres"); err != nil {
		return err
	}
	stops = append(stops, func() { os.RemoveAll(s.dir) })
	if err := owner(s.dir); err != nil {
		return err
	}
	run := func(name string, args ...string) *exec.Cmd {
		c := exec.Command(filepath.Join(programs, name), args...)
		c.SysProcAttr, c.Dir = as, s.dir
		c.Env = append(os.Environ(), "LC_ALL=C")
		return c
	}
	data := filepath.Join(s.dir, "data")
	if out, err := run("initdb", "--no-sync", "--no-instructions", "-A", "trust", "-U", "kith", "-E", "UTF8", data).CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	key, certificate, ca, err := newCertificates()
	if err != nil {
		return err
	}
	for name, text := range map[string][]byte{
		"server.key": key, "server.crt": certificate, "ca.crt": ca,
		"data/pg_hba.conf": []byte("local all all trust\nhost all locked 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n"),
	} {
		name = filepath.Join(s.dir, name)
		if err := os.WriteFile(name, text, 0o600); err != nil {
			return err
		}
		if err := owner(name); err != nil {
			return err
		}
	}
	s.ca = filepath.Join(s.dir, "ca.crt")
	if s.port, err = freePort(); err != nil {
		return err
	}
	c := run("postgres", "-D", data, "-k", s.dir, "-c", "listen_addresses=127.0.0.1", "-p", strconv.Itoa(s.port),
		"-c", "fsync=off", "-c", "ssl=on", "-c", "ssl_cert_file="+filepath.Join(s.dir, "server.crt"), "-c", "ssl_key_file="+filepath.Join(s.dir, "server.key"))
	if err := start(c, syscall.SIGQUIT); err != nil {
		return err
	}
	return eventually(func() error {
		conn, err := pgconn.Connect(context.Background(), s.dsn("kith", "sslmode=disable"))
		if err != nil {
			return err
		}
		defer conn.Close(context.Background())
		_, err = conn.Exec(context.Background(), `
create role locked login password '`+secretOfTests+`';
create table hosts (id serial primary key, name text, secret text);
insert into hosts (name, secret) values ('web-1', 'x'), ('db-1', 'y');
create table empty (name text);
create type state as enum ('up', 'down');
create domain label as text;
create function add_host() returns text language plpgsql as $$ begin insert into hosts (name) values ('new'); return 'new'; end $$;`).ReadAll()
		return err
	})
}

// start starts a program that a signal stops at the end of all tests.
func start(c *exec.Cmd, signal os.Signal) error {
	var output bytes.Buffer
	c.Stdout, c.Stderr = &output, &output
	if err := c.Start(); err != nil {
		return err
	}
	stops = append(stops, func() {
		_ = c.Process.Signal(signal)
		_ = c.Wait()
		if testing.Verbose() {
			fmt.Fprintf(os.Stderr, "%s\n", output.String())
		}
	})
	return nil
}

// eventually calls try until it succeeds, for at most 30 seconds.
func eventually(try func() error) error {
	var err error
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if err = try(); err == nil {
			return nil
		}
	}
	return err
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
