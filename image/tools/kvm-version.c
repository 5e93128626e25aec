// SPDX-License-Identifier: BSD-2-Clause
/*
 * kvm-version: print the API version that /dev/kvm answers (KVM_GET_API_VERSION).
 *
 * Runs in the service VM, for `make demo` and for a person who wants to know.
 */
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <sys/ioctl.h>

int main(void)
{
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int version;

	if (fd < 0) {
		perror("/dev/kvm");
		return 1;
	}
	version = ioctl(fd, KVM_GET_API_VERSION, 0);
	if (version < 0) {
		perror("KVM_GET_API_VERSION");
		return 1;
	}
	printf("%d\n", version);
	return 0;
}
