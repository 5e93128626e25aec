// SPDX-License-Identifier: BSD-2-Clause
/*
 * Several threads make random calls on one VM while its guest runs: whatever the answers are,
 * nobody crashes, hangs or leaks. The seed determines what each thread does, not how the threads
 * interleave.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "churn.h"
#include "client.h"

#define THREADS	    4
#define CALLS	    1500
#define ROUNDS	    3
#define EVENTS	    8
#define MIB	    (1ul << 20)
#define MEMORY_SIZE (8 * MIB)

struct stage {
	struct vm vm;
	uint8_t *memory;
	int event[EVENTS];
	volatile unsigned int done; /* threads */
};

struct actor {
	struct stage *stage;
	pthread_t thread;
	uint32_t random;
};

/* Below a limit; each thread has its own sequence. */
static uint32_t draw(struct actor *actor, uint32_t limit)
{
	actor->random = actor->random * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)actor->random * limit >> 32);
}

static int draw_event(struct actor *actor)
{
	return draw(actor, 10) ? actor->stage->event[draw(actor, EVENTS)] : (int)draw(actor, 64);
}

static int draw_vcpu(struct actor *actor)
{
	return actor->stage->vm.vcpu[draw(actor, 2)];
}

static void call_slot(struct actor *actor)
{
	uint64_t page = draw(actor, MEMORY_SIZE / 4096) * 4096ull;
	uint64_t size = draw(actor, 3) ? (1 + draw(actor, 64)) * 4096ull : 0;

	if (draw(actor, 20) == 0)
		size = draw(actor, ~0u);
	slot_set(actor->stage->vm.fd, 1 + draw(actor, 6), draw(actor, 4) & ~1u,
		 0x80000000 + (draw(actor, 2) ? page : draw(actor, 4096) * 4096ull), size,
		 actor->stage->memory + page);
}

static void call_memory(struct actor *actor)
{
	uint8_t *at = actor->stage->memory + draw(actor, MEMORY_SIZE / 4096) * 4096ull;

	switch (draw(actor, 5)) {
	case 0:
		madvise(at, 4096, MADV_DONTNEED);
		break;
	case 1:
		mprotect(at, 4096, PROT_READ);
		break;
	case 2:
		mprotect(at, 4096, PROT_READ | PROT_WRITE);
		break;
	case 3:
		mmap(at, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		     0);
		break;
	default:
		madvise(at, 4096, MADV_POPULATE_WRITE);
	}
}

static void call_vcpu(struct actor *actor)
{
	struct kvm_vcpu_init init = {.target = KVM_ARM_TARGET_GENERIC_V8};
	uint64_t value = draw(actor, ~0u);
	struct kvm_mp_state mp = {draw(actor, 8)};
	uint64_t id = CORE_REG(regs.regs[0]) + draw(actor, 80);
	int vcpu = draw_vcpu(actor);

	switch (draw(actor, 5)) {
	case 0:
		init.features[0] = 1u << KVM_ARM_VCPU_PSCI_0_2 | draw(actor, 2);
		call(vcpu, KVM_ARM_VCPU_INIT, &init);
		break;
	case 1:
		call(vcpu, draw(actor, 2) ? KVM_SET_MP_STATE : KVM_GET_MP_STATE, &mp);
		break;
	case 2:
		reg_set(vcpu,
			draw(actor, 2) ? id
				       : ARM64_SYS_REG(3, 0, draw(actor, 16), draw(actor, 4),
						       draw(actor, 8)),
			&value);
		break;
	default:
		value = GUEST_RAM;
		reg_set(vcpu, CORE_REG(regs.pc), &value);
		value = draw(actor, PROGRAM_COUNT);
		reg_set(vcpu, CORE_REG(regs.regs[0]), &value);
	}
}

static void call_interrupts(struct actor *actor)
{
	struct kvm_irq_level line = {.irq = draw(actor, 4) << 24 | draw(actor, 2) << 16 |
					    draw(actor, 80),
				     .level = draw(actor, 2)};
	struct kvm_irqfd irqfd = {
		.fd = (uint32_t)draw_event(actor), .gsi = draw(actor, 40), .flags = draw(actor, 2)};
	struct kvm_ioeventfd io = {.addr = GUEST_PORTS + draw(actor, 4) * 0x100,
				   .len = 1u << draw(actor, 4),
				   .fd = draw_event(actor),
				   .flags = draw(actor, 4) << 1 & 5,
				   .datamatch = draw(actor, 2)};
	uint64_t one = 1;

	switch (draw(actor, 4)) {
	case 0:
		call(actor->stage->vm.fd, KVM_IRQ_LINE, &line);
		break;
	case 1:
		call(actor->stage->vm.fd, KVM_IRQFD, &irqfd);
		break;
	case 2:
		call(actor->stage->vm.fd, KVM_IOEVENTFD, &io);
		break;
	default:
		if (write(actor->stage->event[draw(actor, EVENTS)], &one, 8) < 0)
			return;
	}
}

static void call_device(struct actor *actor)
{
	uint64_t value = draw(actor, ~0u);
	uint64_t attr = (uint64_t)draw(actor, 3) << 32 | (draw(actor, 0x1000) & ~3u);

	if (draw(actor, 2))
		attr_set(actor->stage->vm.gic, draw(actor, 10), attr, &value);
	else
		attr_get(actor->stage->vm.gic, draw(actor, 10), attr, &value);
}

static void call_run(struct actor *actor)
{
	unsigned int id = draw(actor, 2);

	actor->stage->vm.run[id]->immediate_exit = draw(actor, 4) == 0;
	vm_run(&actor->stage->vm, (int)id);
}

static void *actor_main(void *arg)
{
	static void (*const calls[])(struct actor *) = {
		call_slot,	 call_memory, call_vcpu, call_interrupts,
		call_interrupts, call_device, call_run,
	};
	struct actor *actor = arg;

	for (unsigned int i = 0; i < CALLS; i++)
		calls[draw(actor, ARRAY_SIZE(calls))](actor);
	__atomic_fetch_add(&actor->stage->done, 1, __ATOMIC_RELAXED);
	return NULL;
}

static void on_signal(int number)
{
}

static void stage_make(struct stage *stage)
{
	memset(stage, 0, sizeof(*stage));
	vm_make(&stage->vm, 2);
	stage->memory = memory_alloc(MEMORY_SIZE);
	for (unsigned int i = 0; i < EVENTS; i++)
		stage->event[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
}

static void stage_end(struct stage *stage)
{
	vm_close(&stage->vm);
	munmap(stage->memory, MEMORY_SIZE);
	for (unsigned int i = 0; i < EVENTS; i++)
		close(stage->event[i]);
}

void random_calls(void)
{
	struct sigaction action = {.sa_handler = on_signal};
	struct accounts before = accounts_read();
	struct actor actors[THREADS];
	struct stage stage;

	sigaction(SIGUSR1, &action, NULL);
	for (unsigned int round = 0; round < ROUNDS; round++) {
		stage_make(&stage);
		for (unsigned int i = 0; i < THREADS; i++) {
			actors[i] = (struct actor){.stage = &stage, .random = test_random(~0u)};
			if (pthread_create(&actors[i].thread, NULL, actor_main, &actors[i]))
				give_up("a thread can be had");
		}
		/* Whoever is in KVM_RUN has to come out again. */
		while (stage.done < THREADS) {
			for (unsigned int i = 0; i < THREADS; i++)
				pthread_kill(actors[i].thread, SIGUSR1);
			sleep_ms(5);
		}
		for (unsigned int i = 0; i < THREADS; i++)
			pthread_join(actors[i].thread, NULL);
		stage_end(&stage);
	}
	check(true, "%d threads make %d random calls on a VM", THREADS, THREADS * CALLS * ROUNDS);
	check_accounts(&before, "that");
}
