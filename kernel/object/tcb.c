// SPDX-License-Identifier: BSD-2-Clause
/*
 * TCB invocations that set what a thread is: its address spaces, handlers, buffer, priorities,
 * scheduling context, notification. Registers are tcb_registers.c; what threads do is
 * core/thread.c.
 */

#include "arch.h"
#include "cspace.h"
#include "decode.h"
#include "fault.h"
#include "ipc.h"
#include "refill.h"
#include "sched_context.h"

static struct tcb *target(const struct invocation *inv)
{
	return cap_ptr(inv->cap);
}

/* A cap that shall be put into one of the thread's own slots, and where it comes from. */
struct source {
	struct slot *slot;
	struct cap cap;
};

/*
 * Replace one of the thread's own caps. Deleting the old one may delete anything that hung on it,
 * even the new cap's source or the invoked cap: then there is nothing left to install.
 */
static void install(struct invocation *inv, enum tcb_slot index, const struct source *source)
{
	struct tcb *tcb = target(inv);
	struct slot *slot = &tcb->slots[index];

	slot_delete(slot);
	if (cap_is_null(source->cap) || !slot_is_empty(slot))
		return;
	if (cap_same_object(source->cap, source->slot->cap) &&
	    cap_type(inv->slot->cap) == CAP_TCB && cap_ptr(inv->slot->cap) == tcb)
		slot_insert(source->slot, slot, source->cap);
	if (tcb == this_core()->current)
		this_core()->switch_needed = true;
}

/* ---- address spaces and buffer ---- */

struct space {
	struct source cspace;
	struct source vspace;
};

static enum error derive_root(struct slot *slot, u64 data, struct source *out)
{
	out->slot = slot;
	out->cap = data ? cap_set_data(slot->cap, data, false) : slot->cap;
	return cap_derive(slot, out->cap, &out->cap);
}

static enum error check_space(struct invocation *inv, struct slot *cspace, u64 cspace_data,
			      struct slot *vspace, u64 vspace_data, struct space *out)
{
	struct tcb *tcb = target(inv);
	enum error err;

	if (slot_is_long_delete(&tcb->slots[TCB_CSPACE]) ||
	    slot_is_long_delete(&tcb->slots[TCB_VSPACE]))
		return err_illegal();
	err = derive_root(cspace, cspace_data, &out->cspace);
	if (err)
		return err;
	if (cap_type(out->cspace.cap) != CAP_CNODE)
		return err_illegal();
	err = derive_root(vspace, vspace_data, &out->vspace);
	if (err)
		return err;
	return arch_cap_is_vspace_root(out->vspace.cap) ? OK : err_illegal();
}

static void install_space(struct invocation *inv, const struct space *space)
{
	install(inv, TCB_CSPACE, &space->cspace);
	install(inv, TCB_VSPACE, &space->vspace);
}

/* A buffer at address 0 is none. */
static enum error check_buffer(struct slot *slot, va_t va, struct source *out)
{
	enum error err;

	out->slot = slot;
	out->cap = cap_null();
	if (va == 0)
		return OK;
	err = cap_derive(slot, slot->cap, &out->cap);
	if (err)
		return err;
	return arch_check_ipc_buffer(va, out->cap);
}

static void install_buffer(struct invocation *inv, va_t va, const struct source *source)
{
	struct tcb *tcb = target(inv);

	slot_delete(&tcb->slots[TCB_IPC_BUFFER]);
	tcb->ipc_buffer = va;
	install(inv, TCB_IPC_BUFFER, source);
	if (tcb == this_core()->current)
		sched_need_choose();
}

static enum error decode_configure(struct invocation *inv)
{
	struct source buffer;
	struct space space;
	enum error err;
	va_t va;

	if (inv->length < 3 || inv->extra_count < 3)
		return err_truncated();
	va = inv_arg(inv, 2);
	err = check_buffer(inv->extra[2], va, &buffer);
	if (!err)
		err = check_space(inv, inv->extra[0], inv_arg(inv, 0), inv->extra[1],
				  inv_arg(inv, 1), &space);
	if (err)
		return err;

	install_space(inv, &space);
	install_buffer(inv, va, &buffer);
	return OK;
}

static enum error decode_set_space(struct invocation *inv)
{
	struct source handler;
	struct space space;
	enum error err;

	if (inv->length < 2 || inv->extra_count < 3)
		return err_truncated();
	err = check_space(inv, inv->extra[1], inv_arg(inv, 0), inv->extra[2], inv_arg(inv, 1),
			  &space);
	if (err)
		return err;
	handler = (struct source){ inv->extra[0], inv->extra[0]->cap };
	if (!fault_is_handler(handler.cap))
		return err_invalid_cap(1);

	install(inv, TCB_FAULT_HANDLER, &handler);
	install_space(inv, &space);
	return OK;
}

static enum error decode_set_ipc_buffer(struct invocation *inv)
{
	struct source buffer;
	enum error err;
	va_t va;

	if (inv->length < 1 || inv->extra_count < 1)
		return err_truncated();
	va = inv_arg(inv, 0);
	err = check_buffer(inv->extra[0], va, &buffer);
	if (err)
		return err;

	install_buffer(inv, va, &buffer);
	return OK;
}

static enum error decode_set_timeout_endpoint(struct invocation *inv)
{
	struct source handler;

	if (inv->extra_count < 1)
		return err_truncated();
	handler = (struct source){ inv->extra[0], inv->extra[0]->cap };
	if (!fault_is_handler(handler.cap))
		return err_invalid_cap(1);

	install(inv, TCB_TIMEOUT_HANDLER, &handler);
	return OK;
}

/* ---- priorities and scheduling context ---- */

/* No thread gives away more than the authority's maximum controlled priority. */
static enum error check_priority(u64 priority, const struct tcb *authority)
{
	return priority > authority->mcp ? err_range(0, authority->mcp) : OK;
}

static enum error decode_set_one_priority(struct invocation *inv)
{
	struct tcb *tcb = target(inv);
	struct cap authority;
	enum error err;
	u64 priority;

	if (inv->length < 1 || inv->extra_count < 1)
		return err_truncated();
	priority = inv_arg(inv, 0);
	authority = inv->extra[0]->cap;
	if (cap_type(authority) != CAP_TCB)
		return err_invalid_cap(1);
	err = check_priority(priority, cap_ptr(authority));
	if (err)
		return err;

	if (inv->label == LABEL_TCB_SET_MC_PRIORITY)
		tcb->mcp = priority;
	else
		thread_set_priority(tcb, priority);
	return OK;
}

/* May tcb get the context that cap names (none, with a null cap)? */
static enum error check_context(const struct invocation *inv, struct cap cap,
				struct sched_context **out)
{
	struct tcb *tcb = target(inv);
	struct sched_context *sc;

	*out = NULL;
	switch (cap_type(cap)) {
	case CAP_SCHED_CONTEXT:
		sc = cap_ptr(cap);
		if (tcb->sc != sc && (tcb->sc || sc->tcb))
			return err_illegal();
		if (thread_is_blocked(tcb) &&
		    !(sc->refill_max && refill_is_ready(sc, this_core()->now)))
			return err_illegal();
		*out = sc;
		return OK;
	case CAP_NULL:
		return tcb == inv->caller ? err_illegal() : OK;
	default:
		return err_invalid_cap(2);
	}
}

static enum error decode_set_sched_params(struct invocation *inv)
{
	struct tcb *tcb = target(inv);
	struct sched_context *sc;
	struct source handler;
	struct cap authority;
	u64 mcp, priority;
	enum error err;

	if (inv->length < 2 || inv->extra_count < 3)
		return err_truncated();
	mcp = inv_arg(inv, 0);
	priority = inv_arg(inv, 1);
	authority = inv->extra[0]->cap;
	if (cap_type(authority) != CAP_TCB)
		return err_invalid_cap(1);
	err = check_priority(mcp, cap_ptr(authority));
	if (!err)
		err = check_priority(priority, cap_ptr(authority));
	if (!err)
		err = check_context(inv, inv->extra[1]->cap, &sc);
	if (err)
		return err;
	handler = (struct source){ inv->extra[2], inv->extra[2]->cap };
	if (!fault_is_handler(handler.cap))
		return err_invalid_cap(3);

	install(inv, TCB_FAULT_HANDLER, &handler);
	tcb->mcp = mcp;
	thread_set_priority(tcb, priority);
	if (tcb->sc == sc)
		return OK;
	if (sc)
		sched_context_bind_tcb(sc, tcb);
	else
		sched_context_unbind_tcb(tcb->sc);
	return OK;
}

/* ---- the rest ---- */

static enum error decode_bind_notification(struct invocation *inv)
{
	struct tcb *tcb = target(inv);
	struct notification *ntfn;
	struct cap cap;

	if (inv->extra_count < 1)
		return err_truncated();
	cap = inv->extra[0]->cap;
	if (tcb->bound_notification || cap_type(cap) != CAP_NOTIFICATION ||
	    !(cap_flags(cap) & RIGHT_READ))
		return err_illegal();
	ntfn = cap_ptr(cap);
	if (ntfn->head || ntfn->bound_tcb)
		return err_illegal();

	notification_bind(ntfn, tcb);
	return OK;
}

static enum error decode_unbind_notification(struct invocation *inv)
{
	struct tcb *tcb = target(inv);

	if (!tcb->bound_notification)
		return err_illegal();
	notification_unbind(tcb);
	return OK;
}

static enum error decode_set_tls_base(struct invocation *inv)
{
	struct tcb *tcb = target(inv);

	if (inv->length < 1)
		return err_truncated();
	arch_tcb_sync_tls(tcb);
	tcb->context.reg[REG_TPIDR] = inv_arg(inv, 0);
	if (tcb == inv->caller)
		this_core()->switch_needed = true;
	return OK;
}

static enum error decode_set_flags(struct invocation *inv)
{
	struct tcb *tcb = target(inv);

	if (inv->length < 2)
		return err_truncated();
	tcb->flags = (tcb->flags & ~inv_arg(inv, 0)) | (inv_arg(inv, 1) & TCB_FLAGS_ALL);
	arch_tcb_flags_changed(tcb);
	if (tcb == inv->caller)
		this_core()->switch_needed = true;
	inv_set_mr(inv, 0, tcb->flags);
	return OK;
}

enum error tcb_decode(struct invocation *inv)
{
	core_stall(target(inv));
	switch (inv->label) {
	case LABEL_TCB_READ_REGISTERS:
	case LABEL_TCB_WRITE_REGISTERS:
	case LABEL_TCB_COPY_REGISTERS:
		return tcb_decode_registers(inv);
	case LABEL_TCB_CONFIGURE:
		return decode_configure(inv);
	case LABEL_TCB_SET_PRIORITY:
	case LABEL_TCB_SET_MC_PRIORITY:
		return decode_set_one_priority(inv);
	case LABEL_TCB_SET_SCHED_PARAMS:
		return decode_set_sched_params(inv);
	case LABEL_TCB_SET_TIMEOUT_ENDPOINT:
		return decode_set_timeout_endpoint(inv);
	case LABEL_TCB_SET_IPC_BUFFER:
		return decode_set_ipc_buffer(inv);
	case LABEL_TCB_SET_SPACE:
		return decode_set_space(inv);
	case LABEL_TCB_SUSPEND:
		thread_suspend(target(inv));
		return OK;
	case LABEL_TCB_RESUME:
		thread_resume(target(inv));
		return OK;
	case LABEL_TCB_BIND_NOTIFICATION:
		return decode_bind_notification(inv);
	case LABEL_TCB_UNBIND_NOTIFICATION:
		return decode_unbind_notification(inv);
	case LABEL_TCB_SET_TLS_BASE:
		return decode_set_tls_base(inv);
	case LABEL_TCB_SET_FLAGS:
		return decode_set_flags(inv);
	default:
		return err_illegal();
	}
}
