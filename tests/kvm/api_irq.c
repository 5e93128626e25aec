// SPDX-License-Identifier: BSD-2-Clause
/* IRQ_LINE, irqfds, GSI routing, ioeventfds. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "api.h"
#include "check.h"
#include "client.h"

#define IRQ(type, vcpu, number) ((uint32_t)(type) << 24 | (vcpu) << 16 | (number))

static int line_set(const struct vm *vm, uint32_t irq, uint32_t level)
{
	struct kvm_irq_level line = {.irq = irq, .level = level};

	return call(vm->fd, KVM_IRQ_LINE, &line);
}

void irq_lines(void)
{
	struct vm vm;

	vm_open(&vm);
	vm_add_vcpu(&vm, 0);
	check_is(line_set(&vm, IRQ(KVM_ARM_IRQ_TYPE_SPI, 0, 32), 1), -ENXIO,
		 "a line without a GIC");
	vm_close(&vm);

	vm_make(&vm, 1);
	check_is(line_set(&vm, IRQ(KVM_ARM_IRQ_TYPE_SPI, 0, 31), 1), -EINVAL, "an SPI below 32");
	check_is(line_set(&vm, IRQ(KVM_ARM_IRQ_TYPE_SPI, 0, 32), 1), 0, "SPI 32 rises");
	check_is(line_set(&vm, IRQ(KVM_ARM_IRQ_TYPE_SPI, 0, 32), 1), 0, "and is high again");
	check_is(line_set(&vm, IRQ(KVM_ARM_IRQ_TYPE_SPI, 0, 32), 0), 0, "and falls");
	check_is(line_set(&vm, IRQ(KVM_ARM_IRQ_TYPE_SPI, 0, 63), ~0u), 0, "the last SPI");
	check_is(line_set(&vm, IRQ(KVM_ARM_IRQ_TYPE_SPI, 0, 64), 1), -EINVAL, "one beyond it");
	check_is(line_set(&vm, IRQ(KVM_ARM_IRQ_TYPE_SPI, 0, 0xffff), 1), -EINVAL, "SPI 65535");
	check_is(line_set(&vm, IRQ(KVM_ARM_IRQ_TYPE_PPI, 0, 15), 1), -EINVAL,
		 "a PPI that is an SGI");
	check_is(line_set(&vm, IRQ(KVM_ARM_IRQ_TYPE_PPI, 0, 32), 1), -EINVAL,
		 "a PPI that is an SPI");
	check_is(line_set(&vm, IRQ(KVM_ARM_IRQ_TYPE_PPI, 0, 23), 1), 0, "a PPI");
	check_is(line_set(&vm, IRQ(KVM_ARM_IRQ_TYPE_PPI, 1, 23), 1), -EINVAL,
		 "of a vCPU that is not there");
	check_is(line_set(&vm, 0xf0ff0000 | IRQ(KVM_ARM_IRQ_TYPE_PPI, 0, 23), 1), -EINVAL,
		 "of vCPU 4095");
	check_is(line_set(&vm, IRQ(KVM_ARM_IRQ_TYPE_CPU, 0, 0), 1), -ENXIO,
		 "a CPU's line past the GIC");
	check_is(line_set(&vm, IRQ(5, 0, 0), 1), -EINVAL, "a type that does not exist");
	vm_close(&vm);
}

static int irqfd_set(const struct vm *vm, int fd, uint32_t gsi, uint32_t flags)
{
	struct kvm_irqfd irqfd = {.fd = (uint32_t)fd, .gsi = gsi, .flags = flags};

	return call(vm->fd, KVM_IRQFD, &irqfd);
}

void irq_fds(void)
{
	int event = eventfd(0, EFD_CLOEXEC), other = eventfd(5, EFD_CLOEXEC | EFD_NONBLOCK),
	    pipes[2];
	uint64_t one = 1;
	struct vm vm;

	vm_open(&vm);
	vm_add_vcpu(&vm, 0);
	check_is(irqfd_set(&vm, event, 0, 0), -EAGAIN, "an irqfd without a GIC");
	vm_add_gic(&vm);
	check_is(irqfd_set(&vm, event, 0, 0), -EAGAIN, "an irqfd before the GIC's start");
	vm_close(&vm);

	if (pipe(pipes))
		give_up("a pipe can be had");
	vm_make(&vm, 1);
	check_is(irqfd_set(&vm, 999, 0, 0), -EBADF, "an irqfd that is not open");
	check_is(irqfd_set(&vm, -1, 0, 0), -EBADF, "file descriptor -1");
	check_is(irqfd_set(&vm, pipes[0], 0, 0), -EINVAL, "a pipe");
	check_is(irqfd_set(&vm, vm.fd, 0, 0), -EINVAL, "the VM itself");
	check_is(irqfd_set(&vm, event, 0, 1u << 8), -EINVAL, "an unknown flag");
	/* Linux's KVM takes any number here and ignores its signals. */
	if (irqfd_set(&vm, event, 1u << 20, 0) == 0)
		check_is(irqfd_set(&vm, event, 1u << 20, KVM_IRQFD_FLAG_DEASSIGN), 0,
			 "a GSI beyond all, and away");
	check_is(irqfd_set(&vm, event, 2, 0), 0, "a good irqfd");
	check_is(irqfd_set(&vm, event, 2, 0), -EBUSY, "a second time");
	check_is(irqfd_set(&vm, event, 3, 0), -EBUSY, "the same for another GSI");
	check_is(irqfd_set(&vm, other, 2, 0), 0, "another, already signalled, for the same GSI");
	check_is(irqfd_set(&vm, event, 9, KVM_IRQFD_FLAG_DEASSIGN), 0,
		 "taking away what is not there");
	check_is(irqfd_set(&vm, 999, 2, KVM_IRQFD_FLAG_DEASSIGN), -EBADF, "or not open");
	check_is(irqfd_set(&vm, event, 2, KVM_IRQFD_FLAG_DEASSIGN), 0, "taking it away");
	check_is(irqfd_set(&vm, event, 2, 0), 0, "and assigning it again");
	check_is(irqfd_set(&vm, other, 0, KVM_IRQFD_FLAG_DEASSIGN), 0, "a GSI that is not its own");
	close(other);
	one = 1;
	check(write(event, &one, 8) == 8, "signalling it while the guest does not run");
	vm_close(&vm);
	check(write(event, &one, 8) == 8, "signalling it when the VM is gone");
	close(event);
}

void irq_routing(void)
{
	struct {
		struct kvm_irq_routing head;
		struct kvm_irq_routing_entry entry[2];
	} routing = {
		.head.nr = 2,
		.entry = {{.gsi = 0, .type = KVM_IRQ_ROUTING_IRQCHIP, .u.irqchip.pin = 1},
			  {.gsi = 1, .type = KVM_IRQ_ROUTING_IRQCHIP, .u.irqchip.pin = 2}},
	};
	struct vm vm;

	vm_make(&vm, 1);
	check_is(call(vm.fd, KVM_SET_GSI_ROUTING, &routing), 0, "a routing table");
	routing.head.flags = 1;
	check_is(call(vm.fd, KVM_SET_GSI_ROUTING, &routing), -EINVAL, "with an unknown flag");
	routing.head.flags = 0;
	routing.head.nr = ~0u;
	check_is(call(vm.fd, KVM_SET_GSI_ROUTING, &routing), -EINVAL, "with 2^32 - 1 entries");
	routing.head.nr = 2;
	routing.entry[1].gsi = 0;
	check_is(call(vm.fd, KVM_SET_GSI_ROUTING, &routing), -EINVAL, "with one GSI twice");
	routing.entry[1].gsi = 1;
	routing.entry[1].u.irqchip.pin = 5000;
	check_is(call(vm.fd, KVM_SET_GSI_ROUTING, &routing), -EINVAL, "with pin 5000");
	routing.entry[1].u.irqchip = (struct kvm_irq_routing_irqchip){.irqchip = 9, .pin = 1};
	check_is(call(vm.fd, KVM_SET_GSI_ROUTING, &routing), -EINVAL,
		 "with interrupt controller 9");
	routing.entry[1].type = 99;
	check_is(call(vm.fd, KVM_SET_GSI_ROUTING, &routing), -EINVAL, "with an unknown type");
	routing.entry[1].type = KVM_IRQ_ROUTING_IRQCHIP;
	routing.entry[1].gsi = 1u << 30;
	check_is(call(vm.fd, KVM_SET_GSI_ROUTING, &routing), -EINVAL, "with a GSI beyond all");
	routing.head.nr = 0;
	check_is(call(vm.fd, KVM_SET_GSI_ROUTING, &routing), 0, "an empty table");
	vm_close(&vm);
}

static int ioeventfd_set(const struct vm *vm, int fd, uint64_t address, uint32_t length,
			 uint32_t flags, uint64_t match)
{
	struct kvm_ioeventfd io = {
		.addr = address, .len = length, .fd = fd, .flags = flags, .datamatch = match};

	return call(vm->fd, KVM_IOEVENTFD, &io);
}

#define DATAMATCH KVM_IOEVENTFD_FLAG_DATAMATCH
#define DEASSIGN  KVM_IOEVENTFD_FLAG_DEASSIGN

void ioeventfds_malformed(void)
{
	int event = eventfd(0, EFD_CLOEXEC), other = eventfd(0, EFD_CLOEXEC), pipes[2];
	const uint64_t at = GUEST_PORTS + PORT_DOORBELL;
	struct vm vm;

	if (pipe(pipes))
		give_up("a pipe can be had");
	vm_make(&vm, 1);
	check_is(ioeventfd_set(&vm, event, at, 3, 0, 0), -EINVAL, "an ioeventfd of 3 bytes");
	check_is(ioeventfd_set(&vm, event, at, 16, 0, 0), -EINVAL, "of 16 bytes");
	check_is(ioeventfd_set(&vm, event, at, 4, 1u << 16, 0), -EINVAL, "with an unknown flag");
	check_is(ioeventfd_set(&vm, event, ~0ull - 1, 4, 0, 0), -EINVAL,
		 "at addresses that wrap around");
	check_is(ioeventfd_set(&vm, event, at, 0, DATAMATCH, 1), -EINVAL,
		 "of any length that compares data");
	check_is(ioeventfd_set(&vm, 999, at, 4, 0, 0), -EBADF, "without a file");
	check_is(ioeventfd_set(&vm, pipes[1], at, 4, 0, 0), -EINVAL, "with a pipe");
	check_is(ioeventfd_set(&vm, event, at, 4, DEASSIGN, 0), -ENOENT,
		 "taking away one that is not there");
	check_is(ioeventfd_set(&vm, event, at, 4, DATAMATCH, 1), 0, "one for the value 1");
	check_is(ioeventfd_set(&vm, event, at, 4, DATAMATCH, 1), -EEXIST, "a second time");
	check_is(ioeventfd_set(&vm, other, at, 4, DATAMATCH, 1), -EEXIST, "for another eventfd");
	check_is(ioeventfd_set(&vm, event, at, 4, 0, 0), -EEXIST, "one for any value");
	check_is(ioeventfd_set(&vm, event, at, 0, 0, 0), -EEXIST, "one for any length");
	check_is(ioeventfd_set(&vm, event, at, 4, DATAMATCH, 2), 0, "one for the value 2");
	check_is(ioeventfd_set(&vm, event, at, 2, DATAMATCH, 1), 0, "one for 2 bytes");
	check_is(ioeventfd_set(&vm, other, at, 4, DATAMATCH | DEASSIGN, 1), -ENOENT,
		 "taking one away with another eventfd");
	check_is(ioeventfd_set(&vm, event, at, 4, DATAMATCH | DEASSIGN, 3), -ENOENT,
		 "with another value");
	check_is(ioeventfd_set(&vm, event, at, 8, DATAMATCH | DEASSIGN, 1), -ENOENT,
		 "another length");
	check_is(ioeventfd_set(&vm, event, at + 4, 4, DATAMATCH | DEASSIGN, 1), -ENOENT,
		 "another address");
	check_is(ioeventfd_set(&vm, event, at, 4, DEASSIGN, 0), -ENOENT, "or no value");
	check_is(ioeventfd_set(&vm, event, at, 4, DATAMATCH | DEASSIGN, 1), 0,
		 "but with its own it works");
	check_is(ioeventfd_set(&vm, event, at, 4, DATAMATCH | DEASSIGN, 1), -ENOENT, "once");
	vm_close(&vm);
}

static uint64_t taken(int event)
{
	uint64_t value = 0;

	return read(event, &value, sizeof(value)) == sizeof(value) ? value : 0;
}

/* The guest stores 8 bytes; only the exact address, length and value count. */
void ioeventfds_match(void)
{
	int exact = eventfd(0, EFD_NONBLOCK), any = eventfd(0, EFD_NONBLOCK);
	const uint64_t at = GUEST_PORTS + PORT_DOORBELL;
	struct vm vm;

	vm_make(&vm, 1);
	check_is(ioeventfd_set(&vm, exact, at, 8, DATAMATCH, 5), 0, "an ioeventfd for 5");
	check_is(ioeventfd_set(&vm, any, at + 8, 0, 0, 0), 0, "and one for all");
	vm_enter(&vm, 0, PROGRAM_STORE, at, 5);
	check_is(vm_run(&vm, 0), 0, "the guest stores 5");
	check_is(vm.run[0]->mmio.phys_addr == GUEST_PORTS + PORT_DONE, 1, "which is no exit");
	check(taken(exact) == 1 && !taken(any), "but a signal");
	vm_enter(&vm, 0, PROGRAM_STORE, at, 6);
	check_is(vm_run(&vm, 0), 0, "the guest stores 6");
	check(vm.run[0]->mmio.phys_addr == at && !taken(exact), "which is an exit and no signal");
	check_is(vm_run(&vm, 0), 0, "it goes on");
	vm_enter(&vm, 0, PROGRAM_STORE, at + 8, ~0ull);
	check_is(vm_run(&vm, 0), 0, "the guest stores to the other");
	check(vm.run[0]->mmio.phys_addr == GUEST_PORTS + PORT_DONE && taken(any) == 1,
	      "which takes any value");
	vm_enter(&vm, 0, PROGRAM_LOAD, at + 8, 0);
	check_is(vm_run(&vm, 0), 0, "the guest loads from it");
	check(vm.run[0]->mmio.phys_addr == at + 8 && !vm.run[0]->mmio.is_write && !taken(any),
	      "which is an exit");
	check_is(vm_run(&vm, 0), 0, "it goes on");
	check_is(ioeventfd_set(&vm, any, at + 8, 0, DEASSIGN, 0), 0, "the other is taken away");
	vm_enter(&vm, 0, PROGRAM_STORE, at + 8, ~0ull);
	check_is(vm_run(&vm, 0), 0, "the guest stores to it");
	check(vm.run[0]->mmio.phys_addr == at + 8 && !taken(any), "which is an exit now");
	vm_close(&vm);
}

void ioeventfds_many(void)
{
	int event = eventfd(0, EFD_CLOEXEC), result = 0;
	unsigned int count;
	struct vm vm;

	vm_make(&vm, 1);
	for (count = 0; count < 4096; count++) {
		result = ioeventfd_set(&vm, event, GUEST_PORTS + 0x10000 + count * 8, 4, 0, 0);
		if (result)
			break;
	}
	check(!result || result == -ENOSPC, "ioeventfds are assigned until there is no room (%d)",
	      result);
	check(count >= 128, "%u fit", count);
	for (result = 0; count && !result; count--)
		result = ioeventfd_set(&vm, event, GUEST_PORTS + 0x10000 + (count - 1) * 8, 4,
				       DEASSIGN, 0);
	check_is(result, 0, "and can be taken away");
	check_is(ioeventfd_set(&vm, event, GUEST_PORTS + 0x10000, 4, 0, 0), 0, "which makes room");
	vm_close(&vm);
}
