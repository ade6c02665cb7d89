/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What the user changes of what is traced, from the screen. User space runs the program right before it does so: then
 * the record has its place before all that comes of it, and its time is of the same clock.
 */

SEC("syscall") TELLS("control")
int control(struct control_record *asked)
{
	struct control_record *r = reserve(TRACER_CONTROL, sizeof(*r));

	if (!r)
		return 0;
	fill(&r->header, bpf_get_current_task_btf(), TRACER_CONTROL, TRACER_UNTRACED);
	r->action = asked->action;
	r->signal = asked->signal;
	r->target_tid = asked->target_tid;
	r->target_pid = asked->target_pid;
	__builtin_memcpy(r->setting, asked->setting, sizeof(r->setting));
	submit(r);
	return 0;
}
