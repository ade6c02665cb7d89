/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * kernel.h: the parts of the kernel's types that the programs read, in our own words.
 *
 * Only the names matter: preserve_access_index makes the loader look up every offset in the BTF of the running kernel
 * (CO-RE), so order, size and what is left out here are of no consequence.
 */
#ifndef TRACER_KERNEL_H
#define TRACER_KERNEL_H

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long __s64;
typedef unsigned long long __u64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef _Bool bool;

/* include/uapi/linux/bpf.h */
enum {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_RINGBUF = 27,
	BPF_MAP_TYPE_TASK_STORAGE = 29,
	BPF_ANY = 0,
	BPF_F_NO_PREALLOC = 1,
	BPF_F_MMAPABLE = 1024,
	BPF_LOCAL_STORAGE_GET_F_CREATE = 1,
	BPF_RB_NO_WAKEUP = 1,
	BPF_RB_FORCE_WAKEUP = 2,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pid_namespace {
	struct task_struct *child_reaper;
	unsigned int level;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

struct pid {
	unsigned int level;
	struct hlist_head tasks[4]; /* by enum pid_type: a list of their pid_links */
	struct upid numbers[1];
};

struct sigaction {
	void (*sa_handler)(int);
	unsigned long sa_flags;
};

struct k_sigaction {
	struct sigaction sa;
};

struct sighand_struct {
	struct k_sigaction action[64];
};

typedef struct {
	unsigned long sig[1];
} sigset_t;

struct sigpending {
	sigset_t signal;
};

/* The clock of the scheduler, and that clock without what was not given to tasks: interrupts, other machines. */
struct rq {
	__u64 clock;
	__u64 clock_task;
};

struct cfs_rq {
	struct rq *rq;
};

struct sched_entity {
	__u64 exec_start; /* clock_task when sum_exec_runtime was brought up to date */
	__u64 sum_exec_runtime;
	struct cfs_rq *cfs_rq; /* with CONFIG_FAIR_GROUP_SCHED */
};

struct sched_info {
	unsigned long long run_delay;
};

struct list_head {
	struct list_head *next;
	struct list_head *prev;
};

struct wait_queue_entry {
	void *private;
	struct list_head entry;
};

struct wait_queue_head {
	struct list_head head;
};

struct rlimit {
	unsigned long rlim_cur;
};

struct signal_struct {
	struct rlimit rlim[16];
	struct {
		int counter;
	} live;
	int nr_threads;
	struct list_head thread_head; /* of the thread_node of each task that has not been released */
	struct wait_queue_head wait_chldexit; /* of the tasks that are in a wait */
	struct {
		struct {
			struct {
				unsigned int sequence;
			} seqcount;
		} seqcount;
	} stats_lock;
	/* Of the tasks that have been released */
	__u64 utime;
	__u64 stime;
	unsigned long long sum_sched_runtime;
	unsigned long nvcsw;
	unsigned long nivcsw;
	unsigned long min_flt;
	unsigned long maj_flt;
	unsigned long maxrss; /* pages */
	struct pid *pids[4]; /* by enum pid_type */
	int leader;	     /* of its session */
	struct mm_struct *oom_mm;
	int group_exit_code;
	struct sigpending shared_pending;
	unsigned int flags;
	unsigned int is_child_subreaper : 1;
	unsigned int has_child_subreaper : 1;
	unsigned int autoreap : 1; /* Linux 7.1 */
};

struct inode {
	unsigned short i_mode;
	void *i_private;
};

struct file {
	void *private_data;
	struct inode *f_inode;
};

/* Linux 6.13 and later: one less than the references. */
struct file___ref {
	struct {
		struct {
			__s64 counter;
		} refcnt;
	} f_ref;
};

struct file___count {
	struct {
		__s64 counter;
	} f_count;
};

struct io_rsrc_node {
	unsigned long file_ptr;
};

struct io_rsrc_data {
	unsigned int nr;
	struct io_rsrc_node **nodes;
};

struct io_file_table {
	struct io_rsrc_data data;
};

struct io_ring_ctx {
	struct io_file_table file_table;
};

/* Before Linux 6.13. */
struct io_fixed_file {
	unsigned long file_ptr;
};

struct io_file_table___files {
	struct io_fixed_file *files;
};

struct io_ring_ctx___files {
	struct io_file_table___files file_table;
};

struct io_uring_cqe {
	__u64 user_data;
	__s32 res;
	__u32 flags;
};

struct io_cqe {
	__u64 user_data;
	__s32 res;
	int fd;
};

/* A request. What its operation needs stands at its beginning, where the file is. */
struct io_kiocb {
	struct file *file;
	__u8 opcode;
	__u64 flags;
	struct io_cqe cqe;
	struct io_ring_ctx *ctx;
};

/* Before Linux 6.9. */
struct io_kiocb___flags32 {
	unsigned int flags;
};

struct io_accept {
	__u32 file_slot;
};

struct io_close {
	int fd;
	__u32 file_slot;
};

struct waitid_info {
	int pid;
	int status;
	int cause;
};

struct io_waitid {
	int which;
	int upid;
	int options;
	struct waitid_info info;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
	unsigned long *open_fds;
};

struct files_struct {
	struct {
		int counter;
	} count;
	struct fdtable *fdt;
};

struct mm_struct {
	unsigned long arg_start;
	unsigned long arg_end;
};

struct user_namespace {
	int level;
};

struct user_struct {
	struct {
		unsigned int val;
	} uid;
};

/* Linux 6.0 and later count what is limited apart. */
enum rlimit_type {
	UCOUNT_RLIMIT_NPROC,
};

struct ucounts {
	struct {
		long counter;
	} rlimit[4];
};

struct cred {
	struct user_struct *user;
	struct user_namespace *user_ns;
	struct ucounts *ucounts;
	struct {
		__u64 val;
	} cap_effective;
};

struct cgroup_subsys_state {
	struct cgroup_subsys_state *parent;
};

enum cgroup_subsys_id {
	pids_cgrp_id,
};

struct css_set {
	struct cgroup_subsys_state *subsys[16];
};

struct pids_cgroup {
	struct cgroup_subsys_state css;
	struct {
		__s64 counter;
	} counter;
	struct {
		__s64 counter;
	} limit;
};

struct thread_info {
	unsigned long flags;
	__u32 status;
};

struct task_struct {
	int pid;
	int tgid;
	unsigned int ptrace;
	int exit_state;
	int exit_code;
	int exit_signal;
	unsigned long long parent_exec_id, self_exec_id;
	int pdeath_signal;
	unsigned int flags;
	unsigned int __state;
	struct thread_info thread_info;
	unsigned long long start_boottime;
	char comm[16];
	struct task_struct *real_parent;
	struct task_struct *parent; /* the debugger, if there is one */
	struct task_struct *group_leader;
	struct list_head children; /* a list of their sibling */
	struct list_head sibling;
	struct list_head ptraced; /* whom it debugs: a list of their ptrace_entry */
	struct list_head ptrace_entry;
	struct list_head thread_node;
	struct pid *thread_pid;
	struct hlist_node pid_links[4]; /* by enum pid_type */
	struct signal_struct *signal;
	struct sighand_struct *sighand;
	struct files_struct *files;
	struct mm_struct *mm;
	sigset_t blocked;
	unsigned long jobctl;
	unsigned short migration_disabled;
	int on_cpu;
	struct sched_entity se;
	struct sched_info sched_info;
	const struct cred *real_cred;
	struct css_set *cgroups;
	__u64 utime;
	__u64 stime;
	unsigned long nvcsw;
	unsigned long nivcsw;
	unsigned long min_flt;
	unsigned long maj_flt;
};

struct linux_binprm {
	const char *filename;
};

struct kernel_siginfo {
	int si_signo;
	int si_code;
	union {
		struct {
			int _pid;
			int _uid;
			int _status;
		} _sigchld;
	} _sifields;
};

struct in6_addr {
	union {
		__u8 u6_addr8[16];
	} in6_u;
};

struct sock_common {
	__u16 skc_family;
	volatile unsigned char skc_state;
	__u16 skc_num;	 /* local port, host order */
	__be16 skc_dport; /* remote port, network order */
	unsigned char skc_ipv6only : 1;
	struct {
		void *net;
	} skc_net;
	__be32 skc_rcv_saddr;
	__be32 skc_daddr;
	struct in6_addr skc_v6_rcv_saddr;
	struct in6_addr skc_v6_daddr;
};

struct sock {
	struct sock_common __sk_common;
	__u16 sk_protocol;
	__u32 sk_ack_backlog;
	__u32 sk_max_ack_backlog;
	__u16 sk_type;
	__u8 sk_shutdown;
	struct {
		__u32 qlen;
	} sk_receive_queue;
	struct {
		int counter;
	} sk_drops;
	struct socket *sk_socket;
};

struct inet_sock {
	__be16 inet_sport;
};

/* Multipath TCP's own. */
struct mptcp_sock {
	struct sock *first; /* of one that listens: the subflow that does so in its place */
};

struct sockaddr_un {
	__u16 sun_family;
	char sun_path[108];
};

struct unix_address {
	int len;
	struct sockaddr_un name[0];
};

struct unix_sock {
	struct unix_address *addr;
	struct sock *peer;
};

struct socket {
	struct file *file;
	struct sock *sk;
};

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
};

/* What tracepoints record, for the programs that perf's handlers run. */
struct trace_event_raw_task_newtask {
	int pid;
	__u64 clone_flags;
};

struct trace_event_raw_task_rename {
	int pid;
	char newcomm[16];
};

struct trace_event_raw_sched_process_exec {
	__u32 __data_loc_filename; /* where it is in the record: the low half */
	int old_pid;
};

struct trace_event_raw_sched_process_wait {
	int pid; /* whom, or which group, the call waits for; 0: any */
};

struct trace_event_raw_sched_process_exit {
	bool group_dead;
};

struct trace_event_raw_io_uring_submit_req {
	void *req;
};

struct trace_event_raw_io_uring_complete {
	void *ctx;
	void *req;
	__u64 user_data;
	int res;
	unsigned int cflags;
};

struct trace_event_raw_inet_sock_set_state {
	const void *skaddr;
	int oldstate;
	int newstate;
};

struct trace_event_raw_tcp_event_sk {
	const void *skaddr;
};

struct trace_event_raw_sock_msg_length {
	void *sk;
	int ret;
	int flags;
};

/* Registers: where a system call's arguments are saved (they still are when it returns), and where C and Go pass
 * theirs. */
#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long r10, bx, ax, cx, dx, si, di, orig_ax, ip, sp;
};
#define SYSTEM_CALL orig_ax
#define HAS_CALLS_OF_32_BITS(task) (BPF_CORE_READ(task, thread_info.status) & 2) /* TS_COMPAT */
#define NR_ACCEPT4 288
#define NR_FORK 57
#define NR_VFORK 58
#define NR_CLONE3 435
#define NR_EXECVE 59
#define NR_EXECVEAT 322
#define NR_WAIT4 61
#define NR_WAITID 247
#define NR_IO_URING_ENTER 426
#define NR_CLOSE 3
#define NR_CLOSE_RANGE 436
#define NR_DUP2 33
#define NR_DUP3 292
#define NR_POLL 7
#define NR_PPOLL 271
#define NR_SELECT 23
#define NR_PSELECT6 270
#define NR_EPOLL_WAIT 232
#define NR_EPOLL_PWAIT 281
#define NR_EPOLL_PWAIT2 441
#define NR_READ 0
#define NR_WRITE 1
#define NR_READV 19
#define NR_WRITEV 20
#define NR_SENDTO 44
#define NR_RECVFROM 45
#define NR_SENDMSG 46
#define NR_RECVMSG 47
#define NR_RECVMMSG 299
#define NR_SENDMMSG 307
#define NR_WAITPID_OF_32_BITS 7
#define NR_WAIT4_OF_32_BITS 114
#define NR_WAITID_OF_32_BITS 284
#define ARGUMENT_1 di
#define ARGUMENT_2 si
#define ARGUMENT_3 dx
#define ARGUMENT_4 r10
#define ARGUMENT_OF_32_BITS_1 bx
#define ARGUMENT_OF_32_BITS_2 cx
#define ARGUMENT_OF_32_BITS_3 dx
#define ARGUMENT_OF_32_BITS_4 si
#define STACK_POINTER(regs) ((regs)->sp)
#define INSTRUCTION_POINTER(regs) ((regs)->ip)
#define C_ARGUMENT_1(regs) ((regs)->di)
#define C_ARGUMENT_2(regs) ((regs)->si)
#define C_THIS_OF_STRUCT(regs) ((regs)->si) /* of a method that returns a struct */
#define GO_ARGUMENT_1(regs) ((regs)->ax)
#define GO_ARGUMENT_2(regs) ((__u32)(regs)->bx)
#define GO_ARGUMENT_3(regs) ((__u32)(regs)->cx)
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs {
	unsigned long long regs[31];
	unsigned long long sp;
	unsigned long long pc;
	unsigned long long orig_x0;
	__s32 syscallno;
};
#define SYSTEM_CALL syscallno
#define HAS_CALLS_OF_32_BITS(task) (BPF_CORE_READ(task, thread_info.flags) & 1 << 22) /* TIF_32BIT */
#define NR_ACCEPT4 242
#define NR_FORK -5 /* nor these two */
#define NR_VFORK -6
#define NR_CLONE3 435
#define NR_EXECVE 221
#define NR_EXECVEAT 281
#define NR_WAIT4 260
#define NR_WAITID 95
#define NR_IO_URING_ENTER 426
#define NR_CLOSE 57
#define NR_CLOSE_RANGE 436
#define NR_DUP2 -1 /* there is none */
#define NR_DUP3 24
#define NR_POLL -2 /* nor these */
#define NR_PPOLL 73
#define NR_SELECT -3
#define NR_PSELECT6 72
#define NR_EPOLL_WAIT -4
#define NR_EPOLL_PWAIT 22
#define NR_EPOLL_PWAIT2 441
#define NR_READ 63
#define NR_WRITE 64
#define NR_READV 65
#define NR_WRITEV 66
#define NR_SENDTO 206
#define NR_RECVFROM 207
#define NR_SENDMSG 211
#define NR_RECVMSG 212
#define NR_RECVMMSG 243
#define NR_SENDMMSG 269
#define ARGUMENT_1 orig_x0
#define ARGUMENT_2 regs[1]
#define ARGUMENT_3 regs[2]
#define ARGUMENT_4 regs[3]
#define ARGUMENT_OF_32_BITS_1 orig_x0
#define ARGUMENT_OF_32_BITS_2 regs[1]
#define ARGUMENT_OF_32_BITS_3 regs[2]
#define ARGUMENT_OF_32_BITS_4 regs[3]
#define NR_WAITPID_OF_32_BITS -1 /* there is none */
#define NR_WAIT4_OF_32_BITS 114
#define NR_WAITID_OF_32_BITS 280
#define STACK_POINTER(r) ((r)->sp)
#define INSTRUCTION_POINTER(r) ((r)->pc)
#define C_ARGUMENT_1(r) ((r)->regs[0])
#define C_ARGUMENT_2(r) ((r)->regs[1])
#define C_THIS_OF_STRUCT(r) ((r)->regs[0]) /* of a method that returns a struct, whose address is in x8 */
#define GO_ARGUMENT_1(r) ((r)->regs[0])
#define GO_ARGUMENT_2(r) ((__u32)(r)->regs[1])
#define GO_ARGUMENT_3(r) ((__u32)(r)->regs[2])
#else
#error "name the registers of a system call's arguments for this architecture"
#endif

#pragma clang attribute pop

/* Of registers that were saved, which programs may load. */
#define ARGUMENT(regs, n) ((regs)->ARGUMENT_##n)

/* A system call's exit tracepoint, as its format file in tracefs lays it out. Beside the number, which is an int
 * (perf_call_bpf_exit in kernel/trace/trace_syscalls.c), is whatever was there. */
struct syscall_exit {
	__u64 common;
	__s32 number;
	long result;
};

/* A system call's entry tracepoint. */
struct syscall_enter {
	__u64 common;
	__s32 number;
	unsigned long args[6];
};

/* Constants of the kernel's interface (include/uapi/linux/{signal,wait,sched,socket,prctl}.h, include/linux/sched.h,
 * include/linux/sched/signal.h, include/net/tcp_states.h). */
#define PR_SET_CHILD_SUBREAPER 36
#define EINTR 4
#define ECHILD 10
#define EAGAIN 11
#define EFAULT 14
#define SIGHUP 1
#define SIGINT 2
#define SIGQUIT 3
#define EMFILE 24
#define EADDRINUSE 98
/* What the kernel says to itself: the call begins again, or ends with EINTR (include/linux/errno.h). */
#define ERESTARTSYS 512
#define ERESTART_RESTARTBLOCK 516
#define RLIMIT_NPROC 6
#define RLIMIT_NOFILE 7
#define CAP_SYS_ADMIN 21
#define CAP_SYS_RESOURCE 24
#define CLONE_INTO_CGROUP 0x200000000ull
#define SIGKILL 9
#define SIGUSR1 10
#define SIGUSR2 12
#define SIGPIPE 13
#define SIGALRM 14
#define SIGTERM 15
#define SIGVTALRM 26
#define SIGPROF 27
#define SIGCONT 18
#define SIGSTOP 19
#define SIGTSTP 20
#define SIGTTIN 21
#define SIGTTOU 22
#define SIGURG 23
#define SIGWINCH 28
#define SIGILL 4
#define SIGTRAP 5
#define SIGBUS 7
#define SIGFPE 8
#define SIGSEGV 11
#define SIGSYS 31
#define SI_USER 0
#define SI_TIMER (-2)
#define SI_SIGIO (-5)
#define SI_KERNEL 0x80
#define SIGCHLD 17
#define SA_NOCLDWAIT 2
#define SIGNAL_STOP_STOPPED 1
#define SIGNAL_GROUP_EXIT 4
#define JOBCTL_STOP_SIGMASK 0xffff /* the signal of the last stop of the group (include/linux/sched/jobctl.h) */
#define JOBCTL_STOP_DEQUEUED (1ul << 16) /* its signal has been taken, and no SIGCONT came since */
#define SIGNAL_UNKILLABLE 0x40
#define PIDTYPE_PGID 2
#define PIDTYPE_SID 3
/* io_uring(7) */
#define IORING_OP_ACCEPT 13
#define IORING_OP_CLOSE 19
#define IORING_OP_WAITID 50
#define IORING_CQE_F_MORE 2
#define IORING_FILE_INDEX_ALLOC (~0u)
#define REQ_F_FIXED_FILE 1

#define CLONE_PIDFD_AUTOKILL (1ul << 36)

#define NO_CALL (-1)

#define TASK_INTERRUPTIBLE 1
#define TASK_UNINTERRUPTIBLE 2
#define PF_EXITING 0x4
#define PF_IO_WORKER 0x10
#define PF_KTHREAD 0x200000
#define EXIT_DEAD 0x10
#define EXIT_ZOMBIE 0x20
#define CLONE_THREAD 0x10000
#define WNOHANG 1
#define WUNTRACED 2
#define WEXITED 4
#define WCONTINUED 8
#define WNOWAIT 0x1000000
#define __WNOTHREAD 0x20000000
#define __WCLONE 0x80000000
#define P_PID 1
#define P_PIDFD 3
#define CLD_EXITED 1
#define CLD_DUMPED 3
#define S_IFMT 0170000
#define S_IFSOCK 0140000
#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define MSG_PEEK 2
#define MSG_ERRQUEUE 0x2000
#define TCP_ESTABLISHED 1
#define TCP_SYN_RECV 3
#define TCP_FIN_WAIT2 5
#define TCP_TIME_WAIT 6
#define TCP_CLOSE 7
#define TCP_CLOSE_WAIT 8
#define TCP_LAST_ACK 9
#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define TCP_LISTEN 10
#define TCP_CLOSING 11
#define RCV_SHUTDOWN 1
#define CLOSE_RANGE_CLOEXEC 4
#define IPPROTO_UDP 17
#define IPPROTO_MPTCP 262

#endif
