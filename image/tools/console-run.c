// SPDX-License-Identifier: BSD-2-Clause
/*
 * console-run: run one command at the other end of a UNIX socket and print what it answers.
 *
 *     console-run [-t SECONDS] SOCKET COMMAND     a shell: exits with the command's own status
 *     console-run [-t SECONDS] -m SOCKET COMMAND  a QEMU monitor: ends at its next prompt
 *     console-run [-t SECONDS] -w SOCKET MARK     wait for a line that holds MARK
 *
 * Runs in the service VM, where tests talk to the consoles and monitors of user VMs. Exit status 124
 * means that no answer came in time, 125 that the other end is gone.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum mode { MODE_SHELL, MODE_MONITOR, MODE_WAIT };

#define STATUS_TIMEOUT	124
#define STATUS_GONE	125
#define PROMPT		"(qemu) "

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void fail(int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("console-run: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(status);
}

/* A socket that QEMU is still about to create is waited for. */
static int connect_until(const char *path, long deadline)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (strlen(path) >= sizeof(address.sun_path))
		fail(2, "%s: too long a path", path);
	strcpy(address.sun_path, path);
	while (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		if (now_ms() >= deadline)
			fail(STATUS_TIMEOUT, "%s: %s", path, strerror(errno));
		usleep(100000);
	}
	return fd;
}

/* One more byte, or -1 when there will be none. */
static int next_byte(int fd, long deadline)
{
	static char buffer[4096];
	static ssize_t filled, used;
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	long left;

	if (used < filled)
		return (unsigned char)buffer[used++];
	left = deadline - now_ms();
	if (left <= 0 || poll(&ready, 1, (int)left) == 0)
		fail(STATUS_TIMEOUT, "no answer in time");
	filled = read(fd, buffer, sizeof(buffer));
	used = 1;
	return filled > 0 ? (unsigned char)buffer[0] : -1;
}

/* Read up to and including a newline or @stop; false at the end of the stream. */
static bool read_line(int fd, long deadline, const char *stop, char *line, size_t size)
{
	size_t length = 0, stop_length = stop ? strlen(stop) : 0;

	line[0] = 0;
	for (;;) {
		int c = next_byte(fd, deadline);

		if (c < 0)
			return length > 0;
		if (c == '\r')
			continue;
		if (length + 1 < size) {
			line[length++] = (char)c;
			line[length] = 0;
		}
		if (c == '\n')
			return true;
		if (stop_length && length >= stop_length && strcmp(line + length - stop_length, stop) == 0)
			return true;
	}
}

static void send_text(int fd, const char *text)
{
	size_t length = strlen(text);

	while (length) {
		ssize_t written = write(fd, text, length);

		if (written <= 0)
			fail(STATUS_GONE, "the other end is gone");
		text += written;
		length -= (size_t)written;
	}
}

static int wait_for(int fd, long deadline, const char *mark)
{
	char line[4096];

	while (read_line(fd, deadline, NULL, line, sizeof(line))) {
		fputs(line, stdout);
		if (strstr(line, mark))
			return 0;
	}
	return STATUS_GONE;
}

static int run_monitor(int fd, long deadline, const char *command)
{
	char line[4096];

	while (read_line(fd, deadline, PROMPT, line, sizeof(line)) && !strstr(line, PROMPT))
		;
	send_text(fd, command);
	send_text(fd, "\n");
	/* The monitor echoes the command, with escape sequences, up to the end of the line. */
	read_line(fd, deadline, NULL, line, sizeof(line));
	while (read_line(fd, deadline, PROMPT, line, sizeof(line)) && !strstr(line, PROMPT))
		fputs(line, stdout);
	return 0;
}

/*
 * The marks around the answer are computed by the shell there, so that the echo of the command line is
 * never mistaken for them, and are the caller's own, so that late output of an earlier call is not.
 */
static int run_shell(int fd, long deadline, const char *command)
{
	char line[4096], text[8192], begin[64], end[64];
	bool inside = false;

	snprintf(begin, sizeof(begin), "<begin-%d>", getpid());
	snprintf(end, sizeof(end), "<end-%d-", getpid());
	if (snprintf(text, sizeof(text), "echo '<begin'-%d'>'; %s; echo '<end'-%d-$?'>'\n", getpid(), command,
		     getpid()) >= (int)sizeof(text))
		fail(2, "too long a command");
	send_text(fd, text);
	while (read_line(fd, deadline, NULL, line, sizeof(line))) {
		char *mark = strstr(line, end);

		if (mark)
			return atoi(mark + strlen(end));
		if (inside)
			fputs(line, stdout);
		if (strstr(line, begin))
			inside = true;
	}
	fail(STATUS_GONE, "the other end is gone");
	return 0;
}

int main(int argc, char **argv)
{
	enum mode mode = MODE_SHELL;
	long deadline, seconds = 60;
	int option, fd, status;

	while ((option = getopt(argc, argv, "mwt:")) != -1) {
		if (option == 'm')
			mode = MODE_MONITOR;
		else if (option == 'w')
			mode = MODE_WAIT;
		else if (option == 't')
			seconds = atol(optarg);
		else
			return 2;
	}
	if (argc - optind != 2)
		fail(2, "usage: console-run [-t SECONDS] [-m|-w] SOCKET COMMAND");
	deadline = now_ms() + seconds * 1000;
	fd = connect_until(argv[optind], deadline);
	if (mode == MODE_MONITOR)
		status = run_monitor(fd, deadline, argv[optind + 1]);
	else if (mode == MODE_WAIT)
		status = wait_for(fd, deadline, argv[optind + 1]);
	else
		status = run_shell(fd, deadline, argv[optind + 1]);
	fflush(stdout);
	return status;
}
