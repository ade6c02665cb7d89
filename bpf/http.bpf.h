/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The first line of HTTP/1 requests and answers, when user space asked for them: what stands at the beginning of the
 * data of a read or write, in the buffer that the system call named. A line that does not begin there is not seen.
 */
volatile const __u32 http_wanted = 0;

struct user_iovec {
	__u64 base, size;
};

/* struct msghdr, to the end of what is read; an mmsghdr begins with one. */
struct user_message {
	__u64 name, name_size;
	__u64 parts, count;
};

/* Where the data of a call begins, and how much of it stands in one piece. */
static __always_inline struct user_iovec first_piece(struct pt_regs *regs)
{
	struct user_iovec piece = {};
	struct user_message message = {};
	__u64 second = ARGUMENT(regs, 2), third = ARGUMENT(regs, 3), parts = 0;

	/* or the compiler has one instruction load from the registers and from the stack, which no verifier allows */
	asm volatile("" : "+r"(second), "+r"(third));
	switch ((long)regs->SYSTEM_CALL) {
	case NR_READ:
	case NR_RECVFROM:
	case NR_WRITE:
	case NR_SENDTO:
		piece.base = second;
		piece.size = third;
		return piece;
	case NR_READV:
	case NR_WRITEV:
		parts = second;
		break;
	case NR_RECVMSG:
	case NR_SENDMSG:
	case NR_RECVMMSG:
	case NR_SENDMMSG:
		bpf_probe_read_user(&message, sizeof(message), (void *)second);
		parts = message.parts;
	}
	if (parts)
		bpf_probe_read_user(&piece, sizeof(piece), (void *)parts);
	return piece;
}

/* A walk along the bytes: METHOD SP target SP HTTP/... of a request, HTTP/... of an answer, to the end of the line. */
struct line {
	char text[TRACER_LINE];
	__u32 available; /* bytes in text */
	__u32 size;	 /* of the line, when it ended */
	__u32 part;
	__u32 at; /* within the part */
};

enum { LINE_METHOD, LINE_TARGET, LINE_VERSION, LINE_REST, LINE_NONE };

static long walk_line(__u32 i, struct line *l)
{
	const __u64 version = 'H' | 'T' << 8 | 'T' << 16 | 'P' << 24 | (__u64)'/' << 32;
	unsigned char c;

	if (i >= l->available)
		return 1;
	asm volatile("" : "+r"(i)); /* or the compiler leaves out the bound that the verifier wants */
	i &= TRACER_LINE - 1;
	c = l->text[i];
	if (l->part == LINE_REST && (c == '\r' || c == '\n')) {
		l->size = i;
		return 1;
	}
	switch (l->part) {
	case LINE_METHOD:
		if (c == ' ' && l->at)
			l->part = LINE_TARGET, l->at = 0;
		else if ((c >= 'A' && c <= 'Z') || c == '-')
			l->at++;
		else
			l->part = LINE_NONE;
		break;
	case LINE_TARGET:
		if (c == ' ' && l->at)
			l->part = LINE_VERSION, l->at = 0;
		else if (c > ' ')
			l->at++;
		else if (c != 0x1b) /* what a hostile client puts there is shown, too */
			l->part = LINE_NONE;
		break;
	case LINE_VERSION:
		if (c != (version >> 8 * (l->at & 7) & 0xff))
			l->part = LINE_NONE;
		else if (++l->at == 5)
			l->part = LINE_REST;
		break;
	}
	return l->part == LINE_NONE;
}

/* Kernels before 6.7 check a callback of bpf_loop as if it were called once, and leave out what the first call cannot
 * reach. So no value that steers it may be known to the verifier. */
volatile __u32 zero = 0;

static __always_inline void look_for_line(struct task_struct *current, struct task_state *t, __u64 connection,
	__u32 direction, int size)
{
	__u32 kind = direction == TRACER_READ ? TRACER_REQUEST : TRACER_RESPONSE;
	struct user_iovec piece = first_piece(saved_registers(current));
	struct line l = {.part = zero + (direction == TRACER_READ ? LINE_METHOD : LINE_VERSION), .at = zero, .size = zero};
	__u64 available = piece.size < size ? piece.size : size;
	struct http_record *r;

	if (!piece.base || !available)
		return;
	if (available > TRACER_LINE)
		available = TRACER_LINE;
	asm volatile("" : "+r"(available)); /* or the compiler bounds a copy that the verifier does not know */
	if (available > TRACER_LINE || bpf_probe_read_user(l.text, available, (void *)piece.base))
		return;
	l.available = available;
	bpf_loop(TRACER_LINE, walk_line, &l, 0);
	if (!l.size) { /* the line goes on: so far it must look like one, and fill all the room */
		if (available < TRACER_LINE || l.part == LINE_NONE || l.part == LINE_METHOD)
			return;
		l.size = available;
	}
	r = reserve(kind, sizeof(*r));
	if (!r)
		return;
	fill(&r->header, current, kind, (t->root ? TRACER_ROOT : 0) | (l.size == TRACER_LINE ? TRACER_PATH_TRUNCATED : 0));
	r->connection = connection;
	r->size = l.size;
	r->reserved = 0;
	__builtin_memcpy(r->line, l.text, sizeof(r->line));
	submit(r);
}
