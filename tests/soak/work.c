// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a guest does during the soak: four threads that check everything that they get.
 *
 *     work run DEVICE HOST FILE   disk, network, wake-ups between CPUs and timers, for ever
 *     work peer                   the network's other end, in the service VM: sends back what it
 * gets
 *
 * FILE gets one line a second: how often each thread has come round, and the first error, which
 * also ends the program. soak.py reads it: a count that stands still is a lost wake-up. What always
 * holds: a request in flight completes exactly once, and a block reads back as it was last written.
 */
#define _GNU_SOURCE /* O_DIRECT, CPU affinity */
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "net.h"
#include "progress.h"

#define PEER_PORT    7001
#define DEPTH	     8
#define BLOCK	     16384
#define BLOCKS_MAX   1024
#define MESSAGE_MAX  32768
#define SLEEP_NS_MAX 20000000
#define IPI_ROUNDS   20 /* between two pauses */
#define NS_PER_S     1000000000ll

enum count { COUNT_DISK, COUNT_NET, COUNT_IPI, COUNT_TIMER, COUNT_MAX };

static const char *const count_names[COUNT_MAX] = {"disk", "net", "ipi", "timer"};
static _Atomic uint64_t counts[COUNT_MAX];
static _Atomic int64_t latest_ns; /* by how much a timer was late at the most */
static const char *device, *host, *file;

static void report(const char *error)
{
	char text[256];
	size_t length = 0;

	for (int i = 0; i < COUNT_MAX; i++)
		length += snprintf(text + length, sizeof(text) - length, "%s %llu ", count_names[i],
				   (unsigned long long)counts[i]);
	progress_write(file, "%slate_ms %lld error %s", text, (long long)latest_ns / 1000000,
		       error);
}

static void __attribute__((noreturn, format(printf, 1, 2))) fail(const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (file)
		report(text);
	fprintf(stderr, "work: %s\n", text);
	_exit(1);
}

static uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Content that differs from any other block's and from any other time this one was written. */
static void pattern_fill(uint64_t *words, size_t count, uint64_t block, uint64_t generation)
{
	uint64_t state = (block << 32 ^ generation) * 0x9e3779b97f4a7c15 | 1;

	for (size_t i = 0; i < count; i++)
		words[i] = random_next(&state);
}

struct disk_request {
	struct iocb iocb;
	uint64_t *buffer;
	bool in_flight;
	bool is_write;
	uint64_t block;
};

struct disk {
	int fd;
	aio_context_t context;
	uint64_t random;
	uint64_t block_count;
	uint32_t generation[BLOCKS_MAX]; /* 0: not written yet */
	bool busy[BLOCKS_MAX];
	struct disk_request request[DEPTH];
};

static void disk_submit(struct disk *disk, uint64_t index)
{
	struct disk_request *request = &disk->request[index];
	struct iocb *iocb = &request->iocb;

	do
		request->block = random_next(&disk->random) % disk->block_count;
	while (disk->busy[request->block]);
	request->is_write = !disk->generation[request->block] || random_next(&disk->random) & 1;
	if (request->is_write)
		pattern_fill(request->buffer, BLOCK / 8, request->block,
			     ++disk->generation[request->block]);
	else
		memset(request->buffer, 0, BLOCK);
	*iocb = (struct iocb){.aio_data = index,
			      .aio_fildes = disk->fd,
			      .aio_nbytes = BLOCK,
			      .aio_lio_opcode =
				      request->is_write ? IOCB_CMD_PWRITE : IOCB_CMD_PREAD,
			      .aio_buf = (uintptr_t)request->buffer,
			      .aio_offset = request->block * BLOCK};
	request->in_flight = disk->busy[request->block] = true;
	if (syscall(SYS_io_submit, disk->context, 1L, &iocb) != 1)
		fail("io_submit: %s", strerror(errno));
}

static void disk_complete(struct disk *disk, const struct io_event *event)
{
	static uint64_t expected[BLOCK / 8];
	struct disk_request *request = &disk->request[event->data];

	if (!request->in_flight)
		fail("request %llu completed twice", (unsigned long long)event->data);
	request->in_flight = disk->busy[request->block] = false;
	if (event->res != BLOCK)
		fail("block %llu: result %lld", (unsigned long long)request->block,
		     (long long)event->res);
	if (!request->is_write) {
		pattern_fill(expected, BLOCK / 8, request->block, disk->generation[request->block]);
		if (memcmp(expected, request->buffer, BLOCK))
			fail("block %llu does not read as it was written",
			     (unsigned long long)request->block);
	}
	counts[COUNT_DISK]++;
}

static void *disk_thread(void *unused)
{
	static struct disk disk = {.random = 0x2545f4914f6cdd1d};
	struct io_event event[DEPTH];
	int64_t woken = now_ns();
	uint64_t size;

	disk.fd = open(device, O_RDWR | O_DIRECT);
	if (disk.fd < 0 || ioctl(disk.fd, BLKGETSIZE64, &size) < 0 || size < DEPTH * 2 * BLOCK)
		fail("%s: %s", device, strerror(errno));
	disk.block_count = size / BLOCK < BLOCKS_MAX ? size / BLOCK : BLOCKS_MAX;
	if (syscall(SYS_io_setup, DEPTH, &disk.context) < 0)
		fail("io_setup: %s", strerror(errno));
	for (uint64_t i = 0; i < DEPTH; i++) {
		if (posix_memalign((void **)&disk.request[i].buffer, 4096, BLOCK))
			fail("no memory");
		disk_submit(&disk, i);
	}
	for (;;) {
		long got = syscall(SYS_io_getevents, disk.context, 1L, (long)DEPTH, event, NULL);

		if (got < 1)
			fail("io_getevents: %s", strerror(errno));
		for (long i = 0; i < got; i++) {
			disk_complete(&disk, &event[i]);
			disk_submit(&disk, event[i].data);
		}
		pace(&woken);
	}
	return unused;
}

static void *net_thread(void *unused)
{
	static uint64_t sent[MESSAGE_MAX / 8], got[MESSAGE_MAX / 8];
	int fd = net_connect(host, PEER_PORT);
	uint64_t random = 0x853c49e6748fea9b;
	int64_t woken = now_ns();

	if (fd < 0)
		fail("%s: %s", host, strerror(errno));
	for (uint64_t message = 1;; message++) {
		/* Long and short ones: many in a packet, many packets to one. */
		size_t size = 8 + random_next(&random) % (message & 1 ? 64 : MESSAGE_MAX - 8);

		pattern_fill(sent, size / 8, message, 0);
		if (!net_write(fd, sent, size) || !net_read(fd, got, size))
			fail("message %llu: %s", (unsigned long long)message,
			     errno ? strerror(errno) : "the peer has gone");
		if (memcmp(sent, got, size))
			fail("message %llu came back as another one", (unsigned long long)message);
		counts[COUNT_NET]++;
		pace(&woken);
	}
	return unused;
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static int ball[2]; /* eventfds, one for each player */

static void event_wait(int fd)
{
	uint64_t value;

	if (read(fd, &value, sizeof(value)) != sizeof(value) || value != 1)
		fail("a wake-up came %llu times", (unsigned long long)value);
}

static void event_post(int fd)
{
	uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) != sizeof(one))
		fail("eventfd: %s", strerror(errno));
}

static void *answer_thread(void *unused)
{
	pin((int)sysconf(_SC_NPROCESSORS_ONLN) - 1);
	for (;;) {
		event_wait(ball[0]);
		event_post(ball[1]);
	}
	return unused;
}

/* Threads on two CPUs wake each other: interrupts between the guest's CPUs. */
static void *ipi_thread(void *unused)
{
	int64_t woken = now_ns();

	pin(0);
	for (;;) {
		event_post(ball[0]);
		event_wait(ball[1]);
		if (++counts[COUNT_IPI] % IPI_ROUNDS == 0)
			pace(&woken);
	}
	return unused;
}

static void *timer_thread(void *unused)
{
	uint64_t random = 0xda3e39cb94b95bdb;

	for (;;) {
		int64_t wanted = now_ns() + random_next(&random) % SLEEP_NS_MAX;
		struct timespec until = {.tv_sec = wanted / NS_PER_S, .tv_nsec = wanted % NS_PER_S};

		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL))
			;
		if (now_ns() < wanted)
			fail("a timer came early");
		if (now_ns() - wanted > latest_ns)
			latest_ns = now_ns() - wanted;
		counts[COUNT_TIMER]++;
	}
	return unused;
}

static void run(void)
{
	void *(*const threads[])(void *) = {disk_thread, net_thread, answer_thread, ipi_thread,
					    timer_thread};

	ball[0] = eventfd(0, 0);
	ball[1] = eventfd(0, 0);
	for (size_t i = 0; i < sizeof(threads) / sizeof(*threads); i++) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, threads[i], NULL))
			fail("no thread");
	}
	for (;;) {
		report("none");
		sleep(1);
	}
}

static void send_back(int fd)
{
	static char buffer[65536];
	ssize_t n;

	do
		n = read(fd, buffer, sizeof(buffer));
	while (n > 0 && net_write(fd, buffer, n));
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	if (argc == 2 && !strcmp(argv[1], "peer")) {
		net_serve(PEER_PORT, send_back);
		fail("port %d: %s", PEER_PORT, strerror(errno));
	}
	if (argc != 5 || strcmp(argv[1], "run"))
		fail("usage: work run DEVICE HOST FILE | work peer");
	device = argv[2];
	host = argv[3];
	file = argv[4];
	run();
	return 0;
}
