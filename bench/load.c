// SPDX-License-Identifier: BSD-2-Clause
/*
 * The load of the macro rows: disk and network requests, counted and timed by the guest itself.
 *
 *     load read DEVICE BYTES DEPTH COUNT   random O_DIRECT reads, DEPTH of them in flight
 *     load send HOST BYTES                 one TCP stream to the peer
 *     load receive HOST BYTES              one TCP stream from the peer
 *     load ping HOST COUNT                 one byte there and back over TCP, COUNT times
 *     load peer                            the other end of these three, in the service VM
 *
 * Prints "operations,ticks": ticks of CNTVCT, which under the emulator's -icount shift=0 are 16
 * instructions each, whoever executed them. bench/macro.py runs it in a user VM. Every failure ends
 * the program with a message.
 */
#define _GNU_SOURCE /* O_DIRECT */
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "net.h"

#define PEER_PORT 7000
#define CHUNK	  65536 /* bytes of one send() of a stream */
#define DEPTH_MAX 64
#define ALIGNMENT 4096

/* What the peer is asked for at the start of a connection; count: bytes, for REQUEST_RECEIVE. */
enum request_kind { REQUEST_SEND, REQUEST_RECEIVE, REQUEST_PING };

struct request {
	uint64_t kind;
	uint64_t count;
};

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("load: ", stderr);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static uint64_t counter(void)
{
	uint64_t value;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(value)::"memory");
	return value;
}

static void report(uint64_t operations, uint64_t start)
{
	printf("%llu,%llu\n", (unsigned long long)operations,
	       (unsigned long long)(counter() - start));
}

/* Linux's asynchronous I/O without a library. */
static void aio_submit(aio_context_t context, struct iocb *iocb)
{
	if (syscall(SYS_io_submit, context, 1L, &iocb) != 1)
		die("io_submit: %s", strerror(errno));
}

/* A place of the device for the next read: the same sequence on every run. */
static uint64_t next_offset(uint64_t size, uint64_t device_size)
{
	static uint64_t state = 88172645463325252;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % (device_size / size) * size;
}

static void read_device(const char *path, uint64_t size, uint64_t depth, uint64_t count)
{
	struct iocb iocb[DEPTH_MAX] = {};
	struct io_event event[DEPTH_MAX];
	void *buffer[DEPTH_MAX] = {};
	aio_context_t context = 0;
	uint64_t device_size, submitted, done = 0;
	int fd = open(path, O_RDONLY | O_DIRECT);

	if (fd < 0 || ioctl(fd, BLKGETSIZE64, &device_size) < 0)
		die("%s: %s", path, strerror(errno));
	if (depth < 1 || depth > DEPTH_MAX || count < depth || size < 512 || size > device_size)
		die("%llu reads of %llu bytes, %llu at a time, from %s?", (unsigned long long)count,
		    (unsigned long long)size, (unsigned long long)depth, path);
	if (syscall(SYS_io_setup, depth, &context) < 0)
		die("io_setup: %s", strerror(errno));
	for (uint64_t i = 0; i < depth; i++) {
		if (posix_memalign(&buffer[i], ALIGNMENT, size))
			die("no memory");
		iocb[i] = (struct iocb){.aio_data = i,
					.aio_lio_opcode = IOCB_CMD_PREAD,
					.aio_fildes = fd,
					.aio_buf = (uintptr_t)buffer[i],
					.aio_nbytes = size};
	}
	/*
	 * A page of each in turn, so that no buffer's pages are neighbours in memory: how many
	 * pieces a request has would otherwise be chance, and so its price.
	 */
	for (uint64_t at = 0; at < size; at += ALIGNMENT)
		for (uint64_t i = 0; i < depth; i++)
			*((volatile char *)buffer[i] + at) = 1;

	uint64_t start = counter();

	for (submitted = 0; submitted < depth; submitted++) {
		iocb[submitted].aio_offset = next_offset(size, device_size);
		aio_submit(context, &iocb[submitted]);
	}
	while (done < count) {
		long got = syscall(SYS_io_getevents, context, 1L, depth, event, NULL);

		if (got < 1)
			die("io_getevents: %s", strerror(errno));
		for (long i = 0; i < got; i++) {
			struct iocb *next = &iocb[event[i].data];

			if (event[i].res != (int64_t)size)
				die("%s: a read gave %lld", path, (long long)event[i].res);
			if (submitted == count)
				continue;
			submitted++;
			next->aio_offset = next_offset(size, device_size);
			aio_submit(context, next);
		}
		done += got;
	}
	report(count, start);
}

static void write_all(int fd, const void *data, uint64_t size)
{
	if (!net_write(fd, data, size))
		die("write: %s", strerror(errno));
}

/* False at the end of the stream. */
static bool read_all(int fd, void *data, uint64_t size)
{
	if (net_read(fd, data, size))
		return true;
	if (errno)
		die("read: %s", strerror(errno));
	return false;
}

static void send_bytes(int fd, uint64_t count)
{
	static char chunk[CHUNK];

	while (count) {
		uint64_t part = count < CHUNK ? count : CHUNK;

		write_all(fd, chunk, part);
		count -= part;
	}
}

static void receive_bytes(int fd, uint64_t count)
{
	static char chunk[CHUNK];

	while (count) {
		ssize_t n = read(fd, chunk, count < CHUNK ? count : CHUNK);

		if (n <= 0)
			die("the stream ended %llu bytes early", (unsigned long long)count);
		count -= n;
	}
}

/* A stream's last byte has arrived when the peer has answered with one. */
static void transfer(const char *host, enum request_kind kind, uint64_t count)
{
	struct request request = {.kind = kind, .count = count};
	int fd = net_connect(host, PEER_PORT);
	char byte = 0;

	if (fd < 0)
		die("%s: %s", host, strerror(errno));

	uint64_t start = counter();

	write_all(fd, &request, sizeof(request));
	if (kind == REQUEST_SEND)
		send_bytes(fd, count);
	else if (kind == REQUEST_RECEIVE)
		receive_bytes(fd, count);
	for (uint64_t i = 0; i < (kind == REQUEST_PING ? count : 1); i++) {
		if (kind == REQUEST_PING)
			write_all(fd, &byte, 1);
		if (!read_all(fd, &byte, 1))
			die("the peer has gone");
	}
	report(count, start);
}

static void peer_serve(int fd)
{
	struct request request;
	char byte = 0;

	if (!read_all(fd, &request, sizeof(request)))
		die("no request");
	if (request.kind == REQUEST_SEND)
		receive_bytes(fd, request.count);
	else if (request.kind == REQUEST_RECEIVE)
		send_bytes(fd, request.count);
	else
		while (read_all(fd, &byte, 1))
			write_all(fd, &byte, 1);
	write_all(fd, &byte, 1);
}

static uint64_t number(const char *text)
{
	char *end;
	uint64_t value = strtoull(text, &end, 0);

	if (end == text || *end)
		die("%s is no number", text);
	return value;
}

int main(int argc, char **argv)
{
	static const char *const kinds[] = {"send", "receive", "ping"};

	if (argc == 6 && !strcmp(argv[1], "read")) {
		read_device(argv[2], number(argv[3]), number(argv[4]), number(argv[5]));
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "peer")) {
		net_serve(PEER_PORT, peer_serve);
		die("port %d: %s", PEER_PORT, strerror(errno));
	}
	for (int kind = 0; argc == 4 && kind < 3; kind++)
		if (!strcmp(argv[1], kinds[kind])) {
			transfer(argv[2], kind, number(argv[3]));
			return 0;
		}
	die("usage: load read DEVICE BYTES DEPTH COUNT | send HOST BYTES | receive HOST BYTES | "
	    "ping HOST COUNT | peer");
}
