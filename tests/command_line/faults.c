/* Loaded before the system's library: lets the calls on one file fail, or do what they should not. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int ends(const char *path) {
    const char *file = getenv("FAULT_FILE");
    size_t length = strlen(path), wanted = file ? strlen(file) : 0;
    return file && length >= wanted && !strcmp(path + length - wanted, file);
}

static int is(const char *fault) {
    const char *wanted = getenv("FAULT");
    return wanted && !strcmp(wanted, fault);
}

static int is_file(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = 0;
    return ends(path);
}

static int fails(int number) {
    errno = number;
    return -1;
}

/* Every second call of a thread. */
static int in_turn(void) {
    static __thread int turn;
    return turn++ & 1;
}

ssize_t pread64(int fd, void *to, size_t count, off64_t at) {
    static ssize_t (*real)(int, void *, size_t, off64_t);
    if (!real) real = dlsym(RTLD_NEXT, "pread64");
    if (is("read") && at > 400000 && is_file(fd)) return fails(EIO);
    if (is("interrupt") && is_file(fd) && in_turn()) return fails(EINTR);
    if (is("short") && count > 7 && is_file(fd)) count = count / 3 + 1;
    return real(fd, to, count, at);
}

ssize_t pwrite64(int fd, const void *from, size_t count, off64_t at) {
    static ssize_t (*real)(int, const void *, size_t, off64_t);
    if (!real) real = dlsym(RTLD_NEXT, "pwrite64");
    if (is("write") && at > 400000 && is_file(fd)) return fails(ENOSPC);
    if (is("interrupt") && is_file(fd) && in_turn()) return fails(EINTR);
    if (is("short") && count > 7 && is_file(fd)) count = count / 3 + 1;
    if (is("flip") && at > 400000 && count > 100 && is_file(fd)) {
        char *other = malloc(count);
        memcpy(other, from, count);
        other[99] ^= 4;
        ssize_t done = real(fd, other, count, at);
        free(other);
        return done;
    }
    return real(fd, from, count, at);
}

int fsync(int fd) {
    static int (*real)(int);
    if (!real) real = dlsym(RTLD_NEXT, "fsync");
    if (is("sync") && is_file(fd)) return fails(EIO);
    return real(fd);
}

/* The three ways to give a name. */
int rename(const char *from, const char *to) {
    static int (*real)(const char *, const char *);
    if (!real) real = dlsym(RTLD_NEXT, "rename");
    if (is("rename") && ends(from)) return fails(EIO);
    return real(from, to);
}
