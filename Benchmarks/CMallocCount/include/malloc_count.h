#ifndef TANDEM_MALLOC_COUNT_H
#define TANDEM_MALLOC_COUNT_H

#include <stdint.h>

/// How many blocks of memory the calling thread has asked for so far; -1 where this cannot be counted (no glibc).
int64_t tandem_malloc_count(void);

#endif
