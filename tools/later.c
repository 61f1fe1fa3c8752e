/* Preloaded, it moves the calendar by AVOW_LATER_DAYS days for a process and those it starts.
 *
 * Only the time of day moves. The monotonic clock, and with it every wait and timeout, stays as it is: libfaketime
 * 0.9.10 rewrites those too, and Python's sleeps and locks then fail with EINVAL.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static time_t later(void)
{
    const char *days = getenv("AVOW_LATER_DAYS");
    return days ? (time_t)atoi(days) * 24 * 60 * 60 : 0;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int result = (int)syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += later();
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    int result = (int)syscall(SYS_gettimeofday, now, zone);
    if (result == 0)
        now->tv_sec += later();
    return result;
}

time_t time(time_t *now)
{
    struct timespec found;
    clock_gettime(CLOCK_REALTIME, &found);
    if (now)
        *now = found.tv_sec;
    return found.tv_sec;
}
