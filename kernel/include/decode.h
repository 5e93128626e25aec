/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decoders of the objects that only the dispatcher calls: Untyped, CNode, TCB.
 */
#pragma once

#include "invocation.h"

enum error untyped_decode(struct invocation *inv);
enum error cnode_decode(struct invocation *inv);
enum error tcb_decode(struct invocation *inv);
/* ReadRegisters, WriteRegisters, CopyRegisters. */
enum error tcb_decode_registers(struct invocation *inv);
