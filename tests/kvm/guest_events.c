// SPDX-License-Identifier: BSD-2-Clause
/* Guests that flood: doorbells, distributor writes, interrupts to themselves and to each other. */
#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "check.h"
#include "client.h"
#include "guest.h"

#define FLOOD 2000

void doorbell_flood(void)
{
	struct kvm_ioeventfd io = {.addr = GUEST_PORTS + PORT_DOORBELL, .len = 4};
	uint64_t count = 0;
	struct vm vm;

	vm_make(&vm, 1);
	io.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	check_is(call(vm.fd, KVM_IOEVENTFD, &io), 0, "a doorbell");
	guest_does(&vm, PROGRAM_FLOOD, FLOOD, 0, "a guest floods it");
	check(read(io.fd, &count, 8) == 8 && count >= 1 && count <= FLOOD,
	      "%d writes are between 1 and as many signals (%llu)", FLOOD,
	      (unsigned long long)count);
	vm_close(&vm);

	/* The same without anybody who listens: an exit each. */
	vm_make(&vm, 1);
	vm_enter(&vm, 0, PROGRAM_FLOOD, 300, 0);
	for (count = 0; guest_finish(&vm, 0) == KVM_EXIT_MMIO; count++)
		;
	check_is((long)count, 300, "without a doorbell there are as many exits as writes");
	vm_close(&vm);
	guest_other_goes_on();
}

static void wild(uint64_t value, const char *what)
{
	struct vm vm;

	vm_make(&vm, 1);
	guest_does(&vm, PROGRAM_GIC_WILD, 0, value, what);
	guest_does(&vm, PROGRAM_GIC_WILD, 1, value, "the same with the CPU interface");
	guest_does(&vm, PROGRAM_DONE, 0, 0, "the guest goes on");
	vm_close(&vm);
}

void gic_wild_reads(void)
{
	wild(0, "a guest reads every offset of the distributor in every size");
}

void gic_wild_writes(void)
{
	wild(~0ull, "a guest writes ones to every offset of the distributor in every size");
	wild(0x0123456789abcdef, "a guest writes another pattern");
	guest_other_goes_on();
}

/*
 * With lines that rise and fall before. None stays high: a guest that never serves its device is
 * interrupted for ever, on hardware too.
 */
void gic_random(void)
{
	struct kvm_irq_level line = {0};
	struct vm vm;

	vm_make(&vm, 1);
	for (unsigned int round = 0; round < 8; round++) {
		for (unsigned int i = 0; i < 8; i++) {
			line.irq = KVM_ARM_IRQ_TYPE_SPI << KVM_ARM_IRQ_TYPE_SHIFT |
				   (32 + test_random(SPI_COUNT));
			for (line.level = 1; line.level < 2; line.level--)
				call(vm.fd, KVM_IRQ_LINE, &line);
		}
		vm_enter(&vm, 0, PROGRAM_GIC_RANDOM, 1024, test_random(~0u));
		run_alarm(20000);
		check_is(guest_finish(&vm, 0), 0,
			 "a guest survives 1024 random accesses to its GIC");
		run_alarm(0);
	}
	guest_does(&vm, PROGRAM_DONE, 0, 0, "it goes on");
	vm_close(&vm);
	guest_other_goes_on();
}

static int irqfd_make(struct vm *vm, uint32_t gsi)
{
	struct kvm_irqfd irqfd = {.gsi = gsi};

	irqfd.fd = (uint32_t)eventfd(0, EFD_CLOEXEC);
	if (call(vm->fd, KVM_IRQFD, &irqfd))
		give_up("an irqfd can be had");
	return (int)irqfd.fd;
}

struct raiser {
	struct guest_record *record;
	int irqfd;
	uint64_t interval_ms;
	uint64_t target;
};

/* Raises the interrupt until the guest has counted enough of them. */
static void *raiser_main(void *arg)
{
	struct raiser *raiser = arg;
	uint64_t one = 1, deadline = now_ms() + 30000;

	while (raiser->record->interrupts[0] < raiser->target && now_ms() < deadline) {
		if (write(raiser->irqfd, &one, 8) != 8)
			break;
		if (raiser->interval_ms)
			sleep_ms((unsigned int)raiser->interval_ms);
	}
	return NULL;
}

static void interrupted(uint64_t interval_ms, uint64_t target, const char *what)
{
	struct raiser raiser;
	pthread_t thread;
	struct vm vm;
	int result;

	vm_make(&vm, 1);
	raiser = (struct raiser){vm_record(&vm), irqfd_make(&vm, 2), interval_ms, target};
	vm_enter(&vm, 0, PROGRAM_IRQ, target, 0);
	check_is(guest_finish(&vm, 0), KVM_EXIT_MMIO, "the guest is ready");
	pthread_create(&thread, NULL, raiser_main, &raiser);
	do {
		result = guest_finish(&vm, 0);
	} while (result == -EINTR);
	check_is(result, 0, "%s", what);
	pthread_join(thread, NULL);
	check(vm_record(&vm)->interrupts[0] >= target, "it took %llu interrupts",
	      (unsigned long long)vm_record(&vm)->interrupts[0]);
	vm_close(&vm);
}

void interrupt_wakes(void)
{
	interrupted(20, 10, "a guest that waits is woken by each of 10 interrupts");
}

void interrupt_flood(void)
{
	interrupted(0, 300, "a guest takes 300 interrupts as fast as they can be raised");
}

static void *second_main(void *arg)
{
	int result;

	do {
		result = guest_finish(arg, 1);
	} while (result == -EINTR);
	return (void *)(intptr_t)result;
}

void sgi_storm(void)
{
	pthread_t thread;
	void *result;
	struct vm vm;

	vm_make(&vm, 2);
	vm_init_vcpu(&vm, 1, 0);
	vm_enter(&vm, 0, PROGRAM_STORM, 100, 0);
	vm_enter(&vm, 1, PROGRAM_STORM, 100, 0);
	pthread_create(&thread, NULL, second_main, &vm);
	check_is(guest_finish(&vm, 0), 0, "two vCPUs send each other interrupts");
	pthread_join(thread, &result);
	check_is((long)result, 0, "both come to their end");
	check(vm_record(&vm)->interrupts[0] >= 100 && vm_record(&vm)->interrupts[1] >= 100,
	      "with %llu and %llu interrupts", (unsigned long long)vm_record(&vm)->interrupts[0],
	      (unsigned long long)vm_record(&vm)->interrupts[1]);
	vm_close(&vm);
	guest_other_goes_on();
}
