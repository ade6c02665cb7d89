/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * wire.h: what the programs write into the ring buffer, and what user space puts into the maps.
 *
 * It is the only description of that format. The Go types are generated from it, so nothing is typed twice. Records are
 * of fixed size; those of frequent events have at most 64 bytes, but for an exit, which tells what was used. Times are
 * nanoseconds of CLOCK_BOOTTIME. Ids are those of the initial PID namespace unless a field says otherwise.
 */
#ifndef TRACER_WIRE_H
#define TRACER_WIRE_H

#define TRACER_COMM 16
#define TRACER_PATH 128
#define TRACER_ARGS 384
#define TRACER_UNIX_PATH 108
#define TRACER_LINE 128
#define TRACER_SETTING 32

/* The kinds, in the numbering of package event. */
enum tracer_kind {
	TRACER_SEEN = 1,
	TRACER_FORK,
	TRACER_EXEC,
	TRACER_EXIT,
	TRACER_SIGNAL,
	TRACER_DELIVER,
	TRACER_WAIT,
	TRACER_RELEASE,
	TRACER_ACCEPT,
	TRACER_KILL = 12,
	TRACER_STOP,
	TRACER_DISPOSITION,
	TRACER_SERVE,
	TRACER_CLOSE,
	TRACER_DATAGRAM,
	TRACER_SPAWN = 19,
	TRACER_SWITCH,
	TRACER_FINISH,
	TRACER_IO_URING,
	TRACER_REQUEST,
	TRACER_RESPONSE,
	TRACER_RENAME,
	TRACER_SUBREAPER,
	TRACER_FAIL,
	TRACER_STALL,
	TRACER_LISTEN_DROP,
	TRACER_HOLD,
	TRACER_LET_GO,
	TRACER_WAITING,
	TRACER_CONTROL,
	TRACER_KINDS = 40,
};

/* The flags, in the numbering of package event. */
enum tracer_flag {
	TRACER_GROUP_DEAD = 1 << 0,
	TRACER_ROOT = 1 << 1,
	TRACER_LAUNCH = 1 << 2,
	TRACER_AUTO_REAP = 1 << 3,
	TRACER_REAPER_IGNORES = 1 << 4,
	TRACER_PATH_TRUNCATED = 1 << 5,
	TRACER_ARGS_TRUNCATED = 1 << 6,
	TRACER_PEEK = 1 << 7,
	TRACER_STOPPED = 1 << 8,
	TRACER_UNKNOWN = 1 << 9,
	TRACER_UNTRACED = 1 << 10,
	TRACER_BLOCKED = 1 << 12,
	TRACER_NOCLDWAIT = 1 << 13,
	TRACER_NO_CHILD = 1 << 14,
	TRACER_NOTHING = 1 << 15,
	TRACER_DEBUGGED = 1 << 16,
	TRACER_SIGNALFD = 1 << 17,
	TRACER_ASKED = 1 << 18,
	TRACER_PIDFD_CLOSED = 1 << 19,
	TRACER_PENDING = 1 << 20,
	TRACER_OUT_OF_MEMORY = 1 << 21,
	TRACER_LOOPS = 1 << 22,
	TRACER_HAS_CHILDREN = 1 << 23,
	TRACER_INTERRUPTED = 1 << 24,
	TRACER_PEER_OPEN = 1 << 25,
	TRACER_PEER_FINISHED = 1 << 26,
	TRACER_PEER_GONE = 1 << 27,
	TRACER_UNWAITABLE = 1 << 28,
};

/* The system calls, in the numbering of package event. */
enum tracer_call {
	TRACER_CALL_WAIT4 = 1,
	TRACER_CALL_WAITID,
	TRACER_CALL_ACCEPT,
	TRACER_CALL_ACCEPT4,
	TRACER_CALL_IO_URING, /* a request to an io_uring */
	TRACER_CALL_RT_SIGTIMEDWAIT,
	TRACER_CALL_FORK,
	TRACER_CALL_VFORK,
	TRACER_CALL_CLONE,
	TRACER_CALL_CLONE3,
	TRACER_CALL_EXECVE,
	TRACER_CALL_EXECVEAT,
	TRACER_CALL_BIND,
	TRACER_CALL_LISTEN,
};

/* What became of a signal, in the numbering of package event: the kernel's own, and what it calls ignored, too. */
enum tracer_result {
	TRACER_RESULT_IGNORED = 1,
	TRACER_RESULT_ENDING = 5, /* discarded: the process is ending already */
	TRACER_RESULT_PROTECTED,  /* discarded: it is an init, which is spared the default action */
	TRACER_RESULT_ORPHANED,	  /* discarded: its process group is orphaned, so only SIGSTOP stops it */
};

/* Why the kernel sent a signal, in the numbering of package event. */
enum tracer_reason {
	TRACER_PARENT_DEATH = 1, /* PR_SET_PDEATHSIG: the thread that was its parent ended */
	TRACER_TIMER,
	TRACER_BROKEN_PIPE,
	TRACER_TERMINAL, /* a key */
	TRACER_HANGUP,	 /* of a terminal */
	TRACER_SESSION_ENDS,
	TRACER_GROUP_ORPHANED,
	TRACER_NAMESPACE_ENDS,
};

/* When it is told who holds a socket, in the numbering of package event. */
enum tracer_occasion {
	TRACER_OCCASION_EXEC = 1, /* which has not closed it */
	TRACER_OCCASION_CLOSE,
	TRACER_OCCASION_EXIT,
	TRACER_OCCASION_LOOK, /* at the files of all tasks */
};

/* Whom a wait asks for, in the numbering of package event: one more than that of waitid(2). */
enum tracer_idtype {
	TRACER_IDTYPE_UNKNOWN,
	TRACER_IDTYPE_ALL,
	TRACER_IDTYPE_PID,
	TRACER_IDTYPE_PGID,
	TRACER_IDTYPE_PIDFD,
};

/* The limits that a call can run into, in the numbering of package event. */
enum tracer_limit {
	TRACER_LIMIT_UNKNOWN, /* none is known */
	TRACER_LIMIT_RLIMIT_NOFILE,
	TRACER_LIMIT_RLIMIT_NPROC,
	TRACER_LIMIT_PIDS_CGROUP,
};

/* What a process does about a signal, in the numbering of package event. */
enum tracer_disposition {
	TRACER_DEFAULT = 1,
	TRACER_IGNORE,
	TRACER_HANDLER,
};

/* An attribute of a process, in the numbering of package event. */
enum tracer_attribute {
	TRACER_UNSET = 1,
	TRACER_SET,
};

enum tracer_direction {
	TRACER_READ,
	TRACER_WRITE,
};

/* The runtimes of coroutines, and how a coroutine ended, in the numbering of package event. */
enum tracer_runtime {
	TRACER_CORO = 1,
	TRACER_GREENLET,
	TRACER_GOROUTINE,
};

enum tracer_how {
	TRACER_HOW_UNKNOWN,
	TRACER_RETURNED,
	TRACER_FAILED,
	TRACER_EXITED,
	TRACER_PANICKED,
	TRACER_DROPPED,
};

/* Every record begins so: who acted (for a release: who was released), when, and what happened. */
struct record_header {
	__u64 time;
	__u64 start; /* start_boottime of the task */
	__s32 tid;
	__s32 pid;
	__u16 kind;
	__u8 runtime; /* of a coroutine */
	__u8 how;     /* of the end of a coroutine */
	__u32 flags;
};

/* The states of a task, in the numbering of package event. */
enum tracer_state {
	TRACER_ALIVE,
	TRACER_ZOMBIE,	     /* the process: it is dead and waits to be reaped */
	TRACER_LEADER_ENDED, /* the leader alone: the process lives on in its threads */
};

struct seen_record {
	struct record_header header;
	__s32 parent;
	__s32 ns_pid; /* its id in the PID namespace of its parent */
	__s32 exit_signal;
	__s32 status; /* of what is dead */
	__u32 state;
	__u32 disposition; /* of SIGCHLD, in the leader of a process that lives; else 0 */
	__s32 inner_pid;   /* its id in its own PID namespace */
	__u32 subreaper;   /* likewise: enum tracer_attribute */
	__u8 stop_signal;  /* likewise: the signal that has stopped the process; 0: it is not stopped */
	__u8 call;	   /* the wait that the task is in, as struct waiting_record has it; 0: none that is told */
	__u8 idtype;
	__u8 reserved;
	__s32 id;
	__u64 waited; /* how long the task has been in that wait; 0: not known */
	__u16 options;
	__u16 reserved2[3];
	char comm[TRACER_COMM];
};

/* What an iterator over the tasks tells its reader, a byte for each task that it had to report. */
enum tracer_met {
	TRACER_MET,	   /* it has ended */
	TRACER_MET_ALIVE,
	TRACER_MET_ENDING, /* it was ending when it was met: whether its exit is still to be reported cannot be known yet */
	TRACER_MISSED,	   /* no room for the record: come again */
};

/* At which connections that were let go of a look is. Any other number is its own. */
enum tracer_look {
	TRACER_LOOK_AT_NONE,
	TRACER_LOOK_AT_EACH,
	TRACER_LOOK_FIRST, /* the least of those numbers */
};

struct fork_record {
	struct record_header header;
	__u64 child_start;
	__u64 clone_flags;
	__s32 child_tid; /* its process id too, unless it is a thread */
	__s32 inner_pid; /* the child's id in its own PID namespace */
	__s32 parent;
	__s32 ns_pid; /* the child's id in the PID namespace of its parent */
	__s32 exit_signal;
	__u32 reserved;
};

struct exec_record {
	struct record_header header;
	__s32 old_tid;
	__u32 path_size; /* with the NUL */
	__u32 args_size;
	__u32 disposition; /* of SIGCHLD, as the program begins with it */
	__u32 subreaper;   /* likewise: enum tracer_attribute */
	__u32 reserved;
	char comm[TRACER_COMM];
	char path[TRACER_PATH];
	char args[TRACER_ARGS];
};

struct rename_record {
	struct record_header header;
	char comm[TRACER_COMM];
};

struct subreaper_record {
	struct record_header header;
	__u32 subreaper; /* enum tracer_attribute */
	__u32 reserved;
};

/* What a task or a process has used. Times are nanoseconds. */
struct usage {
	__u64 cpu;
	__u64 user;
	__u64 system;
	__u64 nvcsw;
	__u64 nivcsw;
	__u64 minflt;
	__u64 majflt;
};

struct exit_record {
	struct record_header header;
	__s32 status; /* of the process when it ended with this task, else of the task */
	__s32 parent;
	__s32 reaper; /* who inherits its children, 0: nobody, its PID namespace ends */
	__s32 debugger; /* who is told first, with TRACER_DEBUGGED; else 0 */
	char comm[TRACER_COMM];
	struct usage task;
	__u64 run_delay;
	__u64 maxrss; /* pages; of the process when it ended with this task, else 0; 0: not known */
};

/* The end of a process that had other tasks. */
struct process_exit_record {
	struct exit_record exit;
	struct usage process;
};

/* The end of a process that has children, which its reaper inherits. When it had no other task, what the process has
 * used is left zero: it is the same as of the task. */
struct handing_exit_record {
	struct process_exit_record whole;
	char reaper_comm[TRACER_COMM];
};

/* Of SIGCHLD. */
struct signal_record {
	struct record_header header;
	__s32 target_tid;
	__s32 target_pid;
	__s32 signal;
	__s32 code;
	__s32 si_pid; /* as the receiver's PID namespace counts */
	__s32 si_status;
	__u16 result;	   /* the kernel's, or enum tracer_result */
	__u8 disposition; /* of the receiver */
	__u8 reason;	   /* enum tracer_reason */
	__u32 reserved;
};

/* Of any other signal. */
struct kill_record {
	struct signal_record sent;
	char comm[TRACER_COMM]; /* of the sender */
};

/* Also of a stop. */
struct deliver_record {
	struct record_header header;
	__s32 signal;
	__u16 call;	  /* that took it */
	__u8 disposition; /* by which it was handed to a handler, or discarded */
	__u8 result;	  /* why it was discarded under its default action: enum tracer_result; else 0 */
};

struct disposition_record {
	struct record_header header;
	__s32 signal;
	__u32 disposition;
};

struct wait_record {
	struct record_header header;
	__u64 child_start; /* 0 when not known */
	__s32 child;	   /* as the caller's PID namespace counts, 0 when the call does not tell */
	__s32 status;
	__u16 options; /* the highest of their bytes and the lowest: no flag is in those between */
	__u8 call;
	__u8 idtype; /* enum tracer_idtype */
	__s32 id;    /* as the caller's PID namespace counts */
	__u64 waited; /* 0 when not known */
};

/* A wait that has begun, and that does not end when just any child does; or any that was found under way. */
struct waiting_record {
	struct record_header header;
	__u16 options; /* these four as in struct wait_record */
	__u8 call;
	__u8 idtype;
	__s32 id;
	__u64 waited; /* until now; 0: it begins */
};

/* Of a release, and of an io_uring. */
struct release_record {
	struct record_header header;
};

struct endpoint {
	__u8 address[16]; /* an IPv4 address is in the first four bytes */
	__u16 port;
	__u16 reserved[3];
};

struct accept_record {
	struct record_header header;
	__u64 connection;
	__u64 queued; /* how long it was in the backlog, 0 when not known */
	__s32 fd;
	__u32 call;
	__u32 queue;
	__u32 backlog;
	__u16 family;
	__u16 path_size; /* of a Unix listener's path, with the NUL that begins an abstract one */
	__u32 reserved;
	struct endpoint listener;
	struct endpoint local;
	struct endpoint peer;
	char path[TRACER_UNIX_PATH];
	__u32 reserved2;
};

/* Calls that failed, all of one task and in the same way: the first of them, and when there were more, how many, as
 * soon as no other can follow. */
struct fail_record {
	struct record_header header;
	__u64 count;
	__u64 max; /* of the limit */
	__u32 call;
	__u32 error;
	__u32 limit; /* enum tracer_limit */
	__s32 holder; /* who had a socket listen at the address that is in use; 0: not known */
	__u16 family; /* of a socket; else 0 */
	__u16 path_size;
	__u32 reserved;
	struct endpoint local; /* of a socket, or that it was to be bound to */
	char path[TRACER_PATH]; /* of a Unix socket, or of the file that was to be executed */
};

/* Attempts to connect that were dropped since that was told last. By whoever accepts or closes; by nobody (tid 0) when
 * the trace ends. */
struct listen_drop_record {
	struct record_header header;
	__u64 dropped;
	__u32 queue;
	__u32 backlog;
	__u16 family;
	__u16 reserved[3];
	struct endpoint listener;
};

/* The first read or write of a connection by another task than before. */
struct serve_record {
	struct record_header header;
	__u64 connection;
	__u32 direction;
	__u32 size;
};

/* By whoever closed the last descriptor; by nobody (tid 0) when the kernel ended it later on its own. */
struct close_record {
	struct record_header header;
	__u64 connection;
	__u64 bytes_read;
	__u64 bytes_written;
};

/* A descriptor of a connection, or of a socket that listens. */
struct hold_record {
	struct record_header header;
	__u64 connection; /* 0: it listens */
	__s32 fd;
	__u32 occasion; /* enum tracer_occasion */
	__s32 holder;	/* who had it listen; 0: not known */
	__u16 family;	/* of one that listens */
	__u16 path_size;
	struct endpoint listener;
	char comm[TRACER_COMM];
	char path[TRACER_UNIX_PATH];
	__u32 reserved;
};

/* A process that has read or written a connection has no descriptor of it any more, and others have. */
struct let_go_record {
	struct record_header header;
	__u64 connection;
	__u32 occasion;
	__u32 reserved;
};

/* The first line of a request or of an answer. */
struct http_record {
	struct record_header header;
	__u64 connection;
	__u32 size;
	__u32 reserved;
	char line[TRACER_LINE];
};

struct datagram_record {
	struct record_header header;
	__u32 size;
	__u16 family;
	__u16 port;
	__u8 address[16];
};

/* What the user changes from the screen. User space fills in all but the header. */
struct control_record {
	struct record_header header;
	__u32 action; /* in the numbering of package event */
	__s32 signal;
	__s32 target_tid;
	__s32 target_pid;
	char setting[TRACER_SETTING];
};

/* What the programs keep of an accepted connection. */
struct connection {
	__u64 number; /* from 1, in the order of the accepts */
	__u64 socket; /* the struct socket: when sock no longer points to it, the last descriptor is closed */
	__u64 file;   /* likewise when this has no references, which is so a little earlier */
	__u64 bytes_read;
	__u64 bytes_written;
	__s32 reader; /* thread id of the last one */
	__s32 writer;
	__s32 reading; /* their processes */
	__s32 writing;
	__u32 family;
	__u32 left; /* such a process has let go of it, and others have it still */
	__u32 told; /* the look that told who has it */
	__u32 own;  /* how many descriptors of it a process has that ends just now */
	__u32 owned; /* the last look at all that a process has, which found it */
	__u32 peer; /* of a Unix connection that is about to be closed: a flag, or 0 */
};

/* Told when the task runs again after a call, or at the end of a turn. */
struct stall_record {
	struct record_header header;
	__u64 waited; /* for how long it was blocked, or the turn took */
	__u64 cpu;    /* of the turn, which the task had a CPU for; 0: it was blocked */
	__s32 call; /* its number on this machine, -1: none, or that of another table */
	__u32 reserved;
};

/* What the programs keep of a TCP socket that listens. */
struct listener {
	__u64 told; /* of the attempts that the kernel has dropped */
	__s32 pid;  /* who had it listen; 0: not known */
	__u32 reserved;
};

/* A spawn, a switch or a finish. A partner is who created it, or who had control; 0 when that is not known. */
struct coroutine_record {
	struct record_header header;
	__u64 id;
	__u64 partner;
};

#define TRACER_CLASS 64

struct spawn_record {
	struct record_header header;
	__u64 id;
	__u64 creator;
	char class[TRACER_CLASS]; /* of a greenlet: the name of its object's type; empty when it is not known */
};

/* Where a Go program keeps what is read of a goroutine: offsets in runtime.g. */
struct goroutine_layout {
	/* 0: it is not there yet when the goroutine is created, so the address of its g is its identity */
	__u32 goid;
	__u32 parent_goid; /* 0 when goid is */
	__u32 startpc;
	__u32 reserved;
	__u64 casgstatus; /* the address of that function in the file */
};

/* A function of a Go program. */
struct go_function {
	__u64 address; /* in the file */
	__u64 program; /* its number */
};

/*
 * What the programs keep of a traced task, in its task-local storage. User space writes the first one, of the root. It
 * is made for each task: with more than 112 bytes the kernel takes 256 for it, where it takes 192, and zeroes them
 * (bpf_mem_alloc_init in kernel/bpf/memalloc.c). What every task has is in its first 56 bytes, one line of the cache.
 */
struct task_state {
	__u8 root;     /* launched by tracer */
	__u8 gated;    /* has not executed its program yet: nothing of it is reported */
	__u8 ended;    /* bits of enum tracer_ended */
	__u8 made_by;  /* enum tracer_made_by */
	__u8 failing;  /* bits of enum tracer_doing: such a call of it has failed, and none has succeeded since */
	__u8 waiting;  /* enum tracer_waits */
	__u8 autokill; /* it was created so that it is killed when its pidfd is closed */
	__u8 unlisted; /* dead, and there was no room to list it so */
	__u8 doubtful; /* it was ending when it was met: its exit may have come before, or been lost */
	__u8 stopping; /* the signal that stops its process, unless the kernel finds the process group orphaned */
	__u8 holds;    /* in the state of the leader: its program was executed with a socket that listens */
	__u8 serves;   /* likewise: it has read or written a connection */
	__u8 loops;    /* it has called what an event loop rests in */
	__u8 rests;    /* it is blocked there */
	__u16 reserved;
	__u64 wait_began;
	__u64 reaped;	/* when it last reaped a child, where that is seen */
	__u64 closing;	/* a Unix connection of which it is closing a descriptor, or held one as it ended */
	__u64 to_exit;	/* in the state of the leader: the tasks of its process whose exit is to come; 0: not known */
	__u64 signalfd; /* there, too: the signals for which its process has made a signalfd */
	__u64 coroutine; /* the one that has control, where a switch does not tell whose it was */
	__u64 parting;	 /* a connection that its process uses, and of which it is closing a descriptor */
	__u64 blocked_since; /* 0: it is not, or is where an event loop rests */
	__u64 blocked_cpu;   /* for how long it had had a CPU by then */
	__u64 turn; /* when its turn began: it came from there, or another coroutine got control; 0: not known */
	__u64 turn_cpu;	  /* for how long it had had a CPU by then */
	__s32 blocked_in; /* the system call, with blocked_since */
	__u32 own;	  /* descriptors that a walk was for */
};

/* What is told of the wait that a task is in. */
enum tracer_waits {
	TRACER_UNTOLD,
	TRACER_WAIT_TOLD,     /* that it is in one, and not the end of that */
	TRACER_WAIT_LOOKED_FOR, /* it was looked for: if it is in one, its end is to be told */
};

/* What calls do that can fail in a run. */
enum tracer_doing {
	TRACER_ACCEPTING,
	TRACER_FORKING,
	TRACER_EXECUTING,
	TRACER_BINDING,
	TRACER_LISTENING,
	TRACER_DOINGS,
};

/* The calls of a task that fail. */
struct run_key {
	__u64 task; /* its address */
	__u64 doing; /* enum tracer_doing */
};

struct run {
	struct fail_record record; /* as it is to be told */
	__u64 object;  /* what the calls are about: a socket, or a path */
	__u64 changes; /* how often that was another one than before, or the error was */
};

/* Who made the state of a task: its creation, or a snapshot that was quicker. */
enum tracer_made_by {
	TRACER_BY_SNAPSHOT,
	TRACER_BY_FORK,
	TRACER_BY_RESYNC, /* a snapshot after a loss */
};

/* What is known of the end of a task: reported, or met as a fact. */
enum tracer_ended {
	TRACER_TASK_ENDED = 1,
	TRACER_GROUP_ENDED = 2, /* in the state of the leader */
	TRACER_RELEASED = 4,	/* likewise: who reaped it has been reported */
	TRACER_ENDS_SLOWLY = 8, /* likewise: that it can be waited for is to be told */
};

/* For each kind how many events were seen, and how many of those had no room in the ring buffer. */
struct event_counts {
	__u64 seen[TRACER_KINDS];
	__u64 dropped[TRACER_KINDS];
};

#endif
