// SPDX-License-Identifier: BSD-2-Clause
/*
 * Beside the guests, in the service VM: where each thread's time goes, and moves between the CPUs.
 *
 *     watch LOG STATE CPUS PID...
 *
 * Once a second LOG gets a line for each process: its threads' time on a CPU and waiting for one
 * since the last line, and what the module has counted for its VM. STATE gets one line with the
 * sums: `up MS moves N PID KEPT...`, KEPT being the milliseconds in which some thread of the
 * process could have run but another one had the CPU. That is how soak.py tells what was starved
 * from what hangs. With several CPUs each thread goes to another one five times a second. A full
 * LOG becomes LOG.1.
 */
#define _GNU_SOURCE /* CPU affinity */
#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "progress.h"

#define PROCESSES_MAX 8
#define THREADS_MAX   128
#define MOVE_US	      200000
#define MOVES_PER_LOG 5
#define LOG_BYTES     (1 << 20)
#define NS_PER_MS     1000000

struct thread {
	int pid;
	int tid;
	uint64_t run_ns;
	uint64_t wait_ns;
};

struct process {
	int pid;
	uint64_t kept_ns;
};

static struct process processes[PROCESSES_MAX];
static struct thread threads[THREADS_MAX];
static int process_count, cpus;
static uint64_t moves;

/* What was known of the thread; a place that nobody has used yet for a new one. */
static struct thread *thread_find(int pid, int tid)
{
	for (int i = 0; i < THREADS_MAX; i++) {
		struct thread *thread = &threads[i];

		if (!thread->tid)
			*thread = (struct thread){.pid = pid, .tid = tid};
		if (thread->pid == pid && thread->tid == tid)
			return thread;
	}
	return NULL;
}

static bool read_text(const char *path, char *text, size_t size)
{
	FILE *in = fopen(path, "r");
	size_t length = 0;

	if (!in)
		return false;
	length = fread(text, 1, size - 1, in);
	fclose(in);
	text[length] = 0;
	return length > 0;
}

/* A line's part for one thread. Returns for how long it was kept from running since the last time.
 */
static uint64_t thread_log(FILE *log, int pid, int tid, uint64_t elapsed)
{
	struct thread *thread = thread_find(pid, tid);
	uint64_t run, wait, ran, waited;
	char path[96], text[512], *name, *end;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/schedstat", pid, tid);
	if (!thread || !read_text(path, text, sizeof(text)) ||
	    sscanf(text, "%" SCNu64 " %" SCNu64, &run, &wait) != 2)
		return 0;
	ran = run - thread->run_ns;
	waited = wait - thread->wait_ns;
	thread->run_ns = run;
	thread->wait_ns = wait;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
	if (!read_text(path, text, sizeof(text)))
		return 0;
	name = strchr(text, '(');
	end = strrchr(text, ')');
	if (!name || !end)
		return 0;
	*end = 0;
	/* Waiting is added when it is over: who waits since the last time has got nothing at all.
	 */
	if (end[2] == 'R' && !ran && !waited)
		waited = elapsed;
	if (ran || waited || end[2] == 'T')
		fprintf(log, " %s=%" PRIu64 "/%" PRIu64 "%c", name + 1, ran / NS_PER_MS,
			waited / NS_PER_MS, end[2]);
	return waited < elapsed ? waited : elapsed;
}

static void process_log(FILE *log, struct process *process, int64_t now, uint64_t elapsed)
{
	char path[64];
	uint64_t kept = 0;
	struct dirent *task;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", process->pid);
	tasks = opendir(path);
	if (!tasks)
		return;
	fprintf(log, "%" PRId64 " %d", now / NS_PER_MS, process->pid);
	while ((task = readdir(tasks))) {
		uint64_t waited = 0;

		if (isdigit((unsigned char)task->d_name[0]))
			waited = thread_log(log, process->pid, atoi(task->d_name), elapsed);
		if (waited > kept)
			kept = waited;
	}
	closedir(tasks);
	process->kept_ns += kept;
	fprintf(log, " kept=%" PRIu64 "\n", kept / NS_PER_MS);
}

static void log_lines(const char *path, const char *state, int64_t now, uint64_t elapsed)
{
	char old[256], text[4096];
	size_t length = 0;
	FILE *log = fopen(path, "a");

	if (!log)
		return;
	for (int i = 0; i < process_count; i++) {
		process_log(log, &processes[i], now, elapsed);
		length += snprintf(text + length, sizeof(text) - length, " %d %" PRIu64,
				   processes[i].pid, processes[i].kept_ns / NS_PER_MS);
	}
	progress_write(state, "up %" PRId64 " moves %" PRIu64 "%s", now / NS_PER_MS, moves, text);
	if (read_text("/sys/kernel/debug/selkie/vms", text, sizeof(text)))
		fprintf(log, "%" PRId64 " %s", now / NS_PER_MS, text);
	if (ftell(log) > LOG_BYTES) {
		snprintf(old, sizeof(old), "%s.1", path);
		rename(path, old);
	}
	fclose(log);
}

static void move_threads(const struct process *process)
{
	char path[64];
	struct dirent *task;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", process->pid);
	tasks = opendir(path);
	while (tasks && (task = readdir(tasks))) {
		cpu_set_t set;

		CPU_ZERO(&set);
		CPU_SET(rand() % cpus, &set);
		if (isdigit((unsigned char)task->d_name[0]) &&
		    sched_setaffinity(atoi(task->d_name), sizeof(set), &set) == 0)
			moves++;
	}
	if (tasks)
		closedir(tasks);
}

int main(int argc, char **argv)
{
	int64_t last = now_ns();

	if (argc < 5 || argc - 4 > PROCESSES_MAX) {
		fprintf(stderr, "usage: watch LOG STATE CPUS PID...\n");
		return 2;
	}
	cpus = atoi(argv[3]);
	for (int i = 4; i < argc; i++)
		processes[process_count++].pid = atoi(argv[i]);
	for (int turn = 1;; turn++) {
		usleep(MOVE_US);
		for (int i = 0; cpus > 1 && i < process_count; i++)
			move_threads(&processes[i]);
		if (turn % MOVES_PER_LOG == 0) {
			int64_t now = now_ns();

			log_lines(argv[1], argv[2], now, now - last);
			last = now;
		}
	}
}
