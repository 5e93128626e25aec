// SPDX-License-Identifier: BSD-2-Clause
/*
 * Whole messages over TCP and a server for them: see net.h.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net.h"

static int no_delay(int fd)
{
	return setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
}

int net_connect(const char *address, uint16_t port)
{
	struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0)
		return -1;
	if (inet_pton(AF_INET, address, &peer.sin_addr) != 1) {
		errno = EINVAL;
		return -1;
	}
	if (connect(fd, (struct sockaddr *)&peer, sizeof(peer)) < 0 || no_delay(fd) < 0)
		return -1;
	return fd;
}

void net_serve(uint16_t port, void (*serve)(int fd))
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(listener, 8) < 0)
		return;
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd >= 0 && fork() == 0) {
			close(listener);
			no_delay(fd);
			serve(fd);
			exit(0);
		}
		close(fd);
	}
}

bool net_write(int fd, const void *data, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = write(fd, (const char *)data + done, size - done);

		if (n <= 0)
			return false;
		done += n;
	}
	return true;
}

bool net_read(int fd, void *data, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = read(fd, (char *)data + done, size - done);

		if (n == 0)
			errno = 0;
		if (n <= 0)
			return false;
		done += n;
	}
	return true;
}
