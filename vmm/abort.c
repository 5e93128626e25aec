// SPDX-License-Identifier: BSD-2-Clause
/*
 * Stage 2 faults: doorbells, the GIC, memory that is not there yet, and devices.
 *
 * Called by exit.c. The order is that of frequency: a write that an ioeventfd waits for is matched
 * before anything else, and nothing is asked of another process that can be answered here. The
 * instruction is described by the syndrome alone (Arm ARM D17.2.37, ISS for data aborts): guest
 * memory is never read.
 */
#include <errno.h>

#include "vmm.h"

#define ISS_ISV	     (1u << 24)
#define ISS_SAS(esr) ((esr) >> 22 & 3)
#define ISS_SSE	     (1u << 21)
#define ISS_SRT(esr) ((esr) >> 16 & 0x1f)
#define ISS_SF	     (1u << 15)
#define ISS_CM	     (1u << 8)
#define ISS_S1PTW    (1u << 7)
#define ISS_WNR	     (1u << 6)

static struct access access_decode(uint64_t ipa, uint64_t esr)
{
	return (struct access){
		.ipa = ipa,
		.size = (uint8_t)(1u << ISS_SAS(esr)),
		.reg = ISS_SRT(esr),
		.write = esr & ISS_WNR,
		.sign_extend = esr & ISS_SSE,
		.wide = esr & ISS_SF,
	};
}

/* What ioevent_match asks for if an entry compares the value. */
struct write_value {
	struct vcpu *vcpu;
	unsigned int reg;
};

static uint64_t write_value_get(void *ctx)
{
	struct write_value *value = ctx;

	return vcpu_gpr_get(value->vcpu, value->reg);
}

/* A doorbell: tell the module which, and let the guest go on past the write. */
static bool doorbell(struct vmm *vmm, struct vcpu *vcpu, uint64_t ipa, uint64_t esr)
{
	struct write_value value = {vcpu, ISS_SRT(esr)};
	int event = ioevent_match(&vmm->ioevents, ipa, 1u << ISS_SAS(esr), write_value_get, &value);
	uint64_t bit;

	if (event < 0)
		return false;
	bit = 1ull << event % 64;
	vmm_count(vmm, SELKIE_COUNT_IOEVENT);
	__atomic_fetch_or(&vmm->page->event[event / 64], bit, __ATOMIC_RELAXED);
	/* Release: the bit is seen by whoever sees event_any; pairs with the module's exchange. */
	__atomic_store_n(&vmm->page->event_any, 1, __ATOMIC_RELEASE);
	/* If nobody waits for it, it is seen when the RUN ends for another reason. */
	if (__atomic_load_n(&vmm->page->event_wanted[event / 64], __ATOMIC_RELAXED) & bit)
		vcpu_core(vmm, vcpu)->event = vcpu_core(vmm, vcpu)->doorbell = true;
	return true;
}

enum exit_result abort_data(struct vmm *vmm, struct vcpu *vcpu, uint64_t ipa, uint64_t esr)
{
	struct access access;
	int error;

	if (esr & ISS_ISV && esr & ISS_WNR && vmm->ioevents.count &&
	    doorbell(vmm, vcpu, ipa, esr)) {
		vcpu_advance(vcpu);
		return EXIT_HANDLED;
	}
	access = access_decode(ipa, esr);
	if (esr & ISS_ISV) {
		if (vmm->gic_ready && ipa - vmm->gicd_base < VGIC_DIST_SIZE) {
			vmm_count(vmm, SELKIE_COUNT_GIC);
			gic_access(vmm, vcpu, &access);
			return EXIT_HANDLED;
		}
	}
	/* A stage 1 table walk writes only to set flags, which is a read for our purpose. */
	error = vmm->role->populate(vmm, ipa, access.write && !(esr & ISS_S1PTW));
	if (!error)
		return EXIT_HANDLED;
	if (error == -ENOMEM)
		return exit_forward(vmm, vcpu, SELKIE_EXIT_NOMEM, ipa, 0, 0);
	if (esr & ISS_S1PTW) {
		vcpu_inject_abort(vmm, vcpu, false);
		return EXIT_HANDLED;
	}
	if (esr & ISS_CM) { /* maintenance of a device's addresses has nothing to do */
		vcpu_advance(vcpu);
		return EXIT_HANDLED;
	}
	if (!(esr & ISS_ISV))
		return vmm->role->no_syndrome(vmm, vcpu, ipa, esr);
	return vmm->role->access(vmm, vcpu, &access);
}

enum exit_result abort_instruction(struct vmm *vmm, struct vcpu *vcpu, uint64_t ipa)
{
	int error = vmm->role->populate(vmm, ipa, false);

	if (error == -ENOMEM)
		return exit_forward(vmm, vcpu, SELKIE_EXIT_NOMEM, ipa, 0, 0);
	if (error)
		vcpu_inject_abort(vmm, vcpu, true);
	return EXIT_HANDLED;
}

void abort_read_done(struct vcpu *vcpu, const struct access *access, uint64_t data)
{
	unsigned int unused = 64 - access->size * 8u;

	data <<= unused;
	data = access->sign_extend ? (uint64_t)((int64_t)data >> unused) : data >> unused;
	if (!access->wide)
		data &= 0xffffffff;
	vcpu_gpr_set(vcpu, access->reg, data);
	vcpu_advance(vcpu);
}
