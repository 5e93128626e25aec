// SPDX-License-Identifier: BSD-2-Clause
/*
 * boot-time: how long a command takes until it says something.
 *
 *     boot-time MARK COMMAND ARGUMENT…
 *
 * Starts COMMAND with its output in a pipe and no input, waits for MARK in the output, prints the
 * nanoseconds from just before the fork until then, CNTVCT at that moment, which counts from power-on,
 * and how long the CPUs had been idle by then, and kills COMMAND. Runs in the service VM for
 * `make bench-boot` and `make bench ROWS=power-on`, where under QEMU's -icount a nanosecond is an
 * instruction.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static unsigned long long counter(void)
{
	unsigned long long value;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(value)::"memory");
	return value;
}

static long long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

/* Linux keeps two sums: idle, and idle while a task waited for a disk. */
static void print_idle(void)
{
	FILE *list = fopen("/proc/timer_list", "r");
	char line[256];

	while (list && fgets(line, sizeof(line), list))
		if (strstr(line, "_sleeptime"))
			fputs(line, stdout);
	if (list)
		fclose(list);
}

int main(int argc, char **argv)
{
	char output[65536];
	size_t length = 0;
	long long start;
	int pipe_fd[2];
	pid_t child;

	if (argc < 3 || pipe(pipe_fd) < 0) {
		fputs("usage: boot-time MARK COMMAND ARGUMENT...\n", stderr);
		return 2;
	}
	start = now_ns();
	child = fork();
	if (child == 0) {
		int null = open("/dev/null", O_RDONLY);

		dup2(null, STDIN_FILENO);
		dup2(pipe_fd[1], STDOUT_FILENO);
		dup2(pipe_fd[1], STDERR_FILENO);
		close(pipe_fd[0]);
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		_exit(127);
	}
	close(pipe_fd[1]);
	while (length + 1 < sizeof(output)) {
		ssize_t got = read(pipe_fd[0], output + length, sizeof(output) - 1 - length);

		if (got <= 0)
			break;
		length += (size_t)got;
		output[length] = 0;
		if (strstr(output, argv[1])) {
			printf("%lld ns, counter %llu\n", now_ns() - start, counter());
			print_idle();
			kill(child, SIGKILL);
			waitpid(child, NULL, 0);
			return 0;
		}
	}
	fprintf(stderr, "boot-time: '%s' never came; the last output:\n%s\n", argv[1], output);
	kill(child, SIGKILL);
	return 1;
}
