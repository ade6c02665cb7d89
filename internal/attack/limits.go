package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tracer/internal/truth"
)

// situation is what tracer is started in: a line of shell that ends with the command that follows.
type situation struct {
	name  string
	shell string // $@ is the command
	may   may
	last  bool                                     // it is to be the innermost, for it takes what the others need
	needs func(*try) (variables []string, ok bool) // what must be there first
}

// may is what tracer may do, but for being exact.
type may int

const (
	beExact  may = iota
	refuse       // say in one line why it cannot work here
	beKilled     // for want of memory, or refuse
)

var situations = []situation{
	{name: "nothing special", shell: `exec "$@"`},
	{name: "a PID namespace", shell: `exec unshare -p -f "$@"`},
	{name: "a PID namespace with its /proc", shell: `exec unshare -p -f --mount-proc "$@"`},
	{name: "a mount namespace", shell: `exec unshare -m "$@"`},
	{name: "a network namespace", shell: `exec unshare -n "$@"`},
	{name: "a UTS namespace", shell: `exec unshare -u "$@"`},
	{name: "an IPC namespace", shell: `exec unshare -i "$@"`},
	{name: "a cgroup namespace", shell: `exec unshare -C "$@"`},
	{name: "a time namespace", shell: `exec unshare -T -f --boottime 1000000 --monotonic 5000 "$@"`},
	{name: "a user namespace", shell: `exec unshare -U -r "$@"`, may: refuse},
	{name: "all namespaces but the user's", shell: `exec unshare -p -m -n -u -i -C -f --mount-proc "$@"`},
	{name: "no tracefs",
		shell: mounted(`mount -t tmpfs none /sys/kernel/tracing && mount -t tmpfs none /sys/kernel/debug`)},
	{name: "tracefs read-only", shell: mounted(`mount -t tracefs -o ro none /sys/kernel/tracing`)},
	{name: "debugfs only",
		shell: mounted(`mount -t tmpfs none /sys/kernel/tracing && mount -t debugfs none /sys/kernel/debug`)},
	{name: "no /proc", shell: mounted(`mount -t tmpfs none /proc`), may: refuse},
	{name: "no /sys", shell: mounted(`mount -t tmpfs none /sys`), may: refuse},
	{name: "/proc with hidepid", shell: mounted(`mount -t proc -o hidepid=2 none /proc`)},
	{name: "a root that cannot be written", shell: mounted(`mount -o remount,bind,ro /`), may: refuse},
	{name: "a chroot with /proc and /sys", shell: chroot("proc sys"), may: refuse},
	{name: "a chroot with /proc", shell: chroot("proc"), may: refuse},
	{name: "a chroot with neither", shell: chroot(""), may: refuse},
	{name: "8 descriptors", shell: `ulimit -n 8; exec "$@"`, may: refuse},
	{name: "16 descriptors", shell: `ulimit -n 16; exec "$@"`, may: refuse},
	{name: "40 descriptors", shell: `ulimit -n 40; exec "$@"`, may: refuse},
	{name: "64 descriptors, softly", shell: `ulimit -S -n 64; exec "$@"`},
	{name: "nothing locked in memory", shell: `ulimit -l 0; exec "$@"`},
	{name: "1 GB of addresses", shell: `ulimit -v 1000000; exec "$@"`, may: refuse},
	{name: "2 GB of addresses", shell: `ulimit -v 2000000; exec "$@"`, may: refuse},
	{name: "files of no length", shell: `ulimit -f 0; exec "$@"`, may: refuse},
	{name: "a small stack", shell: `ulimit -s 256; exec "$@"`},
	{name: "no core files", shell: `ulimit -c 0; exec "$@"`},
	{name: "few processes of a user", shell: `ulimit -u 4; exec "$@"`, may: refuse},
	{name: "no environment", shell: `exec env -i "$@"`, last: true}, // the others need some of it
	{name: "no folder for temporary files", shell: `TMPDIR=/nonexistent exec "$@"`},
	{name: "no home and no path", shell: `exec env -u HOME -u PATH "$@"`},
	{name: "standard input closed", shell: `exec "$@" <&-`, last: true},
	{name: "standard output closed", shell: `exec "$@" >&-`, last: true},
	{name: "standard error closed", shell: `exec "$@" 2>&-`, last: true},
	{name: "all three closed", shell: `exec "$@" <&- >&- 2>&-`, last: true},
	{name: "more descriptors than three", shell: `exec "$@" 3</dev/null 4</dev/null 5</dev/null 9</dev/null`},
	{name: "the lowest priority", shell: `exec nice -n 19 "$@"`},
	{name: "one processor", shell: `exec taskset -c 0 "$@"`},
	{name: "scheduled when idle", shell: `exec chrt -i 0 "$@"`},
	{name: "scheduled in batches", shell: `exec chrt -b 0 "$@"`},
	{name: "a umask of 777", shell: `umask 777; exec "$@"`},
	{name: "a folder that has gone", shell: `mkdir gone; cd gone; rmdir ../gone; exec "$@"`, last: true},
	{name: "no new privileges", shell: `exec setpriv --no-new-privs "$@"`},
	{name: "no capabilities", shell: `exec setpriv --bounding-set -all --inh-caps -all "$@"`, may: refuse},
	{name: "another user", shell: `exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"`, may: refuse},
	{name: "signals ignored", shell: `trap '' CHLD PIPE HUP INT USR1; exec "$@"`},
	{name: "a session of its own", shell: `exec setsid -w "$@"`},
	{name: "little memory for Go", shell: `GOMEMLIMIT=8MiB exec "$@"`},
	{name: "one thread for Go", shell: `GOMAXPROCS=1 exec "$@"`},
	{name: "128 MB of memory", shell: inCgroup, needs: cgroup("memory", "memory.limit_in_bytes memory.max", 128<<20)},
	{name: "48 MB of memory", shell: inCgroup, needs: cgroup("memory", "memory.limit_in_bytes memory.max", 48<<20)},
	{name: "16 MB of memory", shell: inCgroup, may: beKilled, needs: cgroup("memory",
		"memory.limit_in_bytes memory.max", 16<<20)},
	{name: "40 tasks", shell: inCgroup, needs: cgroup("pids", "pids.max", 40)},
	// The Go runtime makes a few threads of its own before any code of tracer runs.
	{name: "10 tasks", shell: inCgroup, may: refuse, needs: cgroup("pids", "pids.max", 10)},
	{name: "20 tasks", shell: inCgroup, may: refuse, needs: cgroup("pids", "pids.max", 20)},
}

// notHere is the exit code of a situation that this machine cannot have.
const notHere = 77

const inCgroup = `echo $$ >"$CGROUP/cgroup.procs" || exit 77; exec "$@"`

// mounted has mounts of its own, changed so.
func mounted(change string) string {
	return `exec unshare -m sh -c '` + change + ` || exit 77; exec "$@"' sh "$@"`
}

// chroot makes a root of the folders with programs and libraries, the try's own, and the named file systems.
func chroot(systems string) string {
	return `exec unshare -m sh -ec 'mkdir -p root; mount -t tmpfs none root
		for d in /usr /bin /lib /lib64 $ATTACK; do [ -d $d ] || continue; mkdir -p root$d; mount --bind $d root$d; done
		for s in ` + systems + `; do mkdir root/$s; mount --rbind /$s root/$s; done; exec chroot root "$@"' sh "$@"`
}

// cgroup makes a group with a limit, in version 1 or 2, where the controller can be used.
func cgroup(controller, files string, limit int) func(*try) ([]string, bool) {
	return func(t *try) ([]string, bool) {
		for _, above := range []string{"/sys/fs/cgroup/" + controller, "/sys/fs/cgroup"} {
			for _, file := range strings.Fields(files) {
				group, err := os.MkdirTemp(above, filepath.Base(t.root)+"-")
				if err != nil {
					continue
				}
				t.after(func() error { return os.Remove(group) })
				if f, err := os.OpenFile(filepath.Join(group, file), os.O_WRONLY, 0); err == nil {
					_, err = fmt.Fprint(f, limit)
					if errors.Join(err, f.Close()) == nil {
						return []string{"CGROUP=" + group}, true
					}
				}
			}
		}
		return nil, false
	}
}

// limits has the program that its tries trace.
type limits struct {
	program string
	order   []int
}

func beginLimits(s *stage) (a attempt, err error) {
	var l limits
	l.program, err = s.build(context.Background(), "flood")
	l.order = s.newTry(&report{part: part{name: "limits"}}, -1).Perm(len(situations))
	return attempt{try: l.try, least: 8}, err
}

// try has each situation once, then two at a time.
func (l *limits) try(ctx context.Context, t *try) error {
	if t.number < len(situations) {
		return l.trace(ctx, t, situations[l.order[t.number]])
	}
	outer := pick(t, situations)
	for outer.may != beExact || outer.last {
		outer = pick(t, situations)
	}
	return l.trace(ctx, t, outer, pick(t, situations))
}

// situationTime is generous: some situations give tracer the processor only when nobody else wants it.
const situationTime = time.Minute

// trace traces the program within all the situations, the last innermost.
func (l *limits) trace(ctx context.Context, t *try, within ...situation) error {
	recording, said := t.file("a.trc"), t.file("said")
	argv := []string{t.tracer, "record", "-q", "-o", recording, "--", l.program, "mixed", "300", said}
	env := append(t.environment(), "ATTACK="+t.root+" "+filepath.Dir(t.tracer))
	allowed := beExact
	var names []string
	for _, s := range slices.Backward(within) {
		if s.needs != nil {
			variables, ok := s.needs(t)
			if !ok {
				t.count("not possible here", 1)
				return nil
			}
			env = append(env, variables...)
		}
		argv = append([]string{"/bin/sh", "-c", s.shell, "sh"}, argv...)
		allowed = max(allowed, s.may)
		names = append(names, s.name)
	}
	t.doing = "with " + strings.Join(names, ", within ")
	cmd := t.command(ctx, argv...)
	cmd.Env, cmd.Dir = env, t.folder
	o, err := t.finish(ctx, situationTime, cmd)
	if err != nil {
		return err
	}
	t.alone(ctx)
	switch {
	case o.code == notHere:
		t.count("not possible here", 1)
	case allowed == beKilled && o.code == 137:
		t.count("killed", 1)
	case allowed != beExact && o.code != 0:
		if t.sane("record", o, 1, 126, 127) {
			t.oneLine("record", o.stderr)
		}
		t.count("refused", 1)
	case t.sane("record", o, 0):
		t.count("exact", 1)
		return t.exact(ctx, recording, said)
	}
	return nil
}

// exact expects that a recording counts what the program says.
func (t *try) exact(ctx context.Context, recording, said string) error {
	text, err := os.ReadFile(said)
	if err != nil {
		return err
	}
	want, err := truth.Parse(text)
	if err != nil {
		return err
	}
	o, err := t.run(ctx, patience, t.tracer, "summary", recording, "--json")
	if err != nil || !t.sane("summary", o, 0) {
		return err
	}
	var counters map[string]any
	if err := json.Unmarshal(o.stdout, &counters); err != nil {
		return errors.Join(fmt.Errorf("summary --json"), err)
	}
	for _, line := range truth.Compare(want, counters) {
		t.fail("what the program says", line)
	}
	return nil
}
