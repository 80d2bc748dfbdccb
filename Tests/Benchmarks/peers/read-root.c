// The peer of `plan`: reads what `plan` was seen to read, and does nothing with it.
//
//   read-root LIST      LIST has a line a file: `r PATH` opens, reads to the end and closes, `l PATH` reads a link,
//                       `d PATH` lists a folder. Folders that follow each other are kept open, as a careful program would.
//
// Prints how many files, bytes, links, names and misses there were.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t files, bytes, links, names, misses;

static void read_file(int folder, const char *name) {
    char buffer[65536];
    ssize_t count;
    int descriptor = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) {
        misses++;
        return;
    }
    files++;
    while ((count = read(descriptor, buffer, sizeof buffer)) > 0) bytes += (size_t)count;
    close(descriptor);
}

static void read_link(int folder, const char *name) {
    char buffer[PATH_MAX];
    if (readlinkat(folder, name, buffer, sizeof buffer) < 0)
        misses++;
    else
        links++;
}

static void list_folder(int folder, const char *name) {
    int descriptor = openat(folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = descriptor < 0 ? NULL : fdopendir(descriptor);
    if (stream == NULL) {
        misses++;
        return;
    }
    while (readdir(stream) != NULL) names++;
    closedir(stream);
}

int main(int count, char **arguments) {
    char *line = NULL, last[PATH_MAX] = "";
    size_t size = 0;
    ssize_t length;
    int folder = -1;
    FILE *list = count == 2 ? fopen(arguments[1], "re") : NULL;
    if (list == NULL) {
        fprintf(stderr, "usage: read-root LIST\n");
        return 64;
    }
    while ((length = getline(&line, &size, list)) > 2) {
        char *path = line + 2, *slash;
        line[length - 1] = 0;
        slash = strrchr(path, '/');
        if (slash == NULL || slash == path) continue;
        *slash = 0;
        if (strcmp(path, last) != 0) {
            if (folder >= 0) close(folder);
            folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
            snprintf(last, sizeof last, "%s", path);
        }
        switch (line[0]) {
        case 'r': read_file(folder, slash + 1); break;
        case 'l': read_link(folder, slash + 1); break;
        case 'd': list_folder(folder, slash + 1); break;
        }
    }
    printf("%zu files of %zu bytes, %zu links, %zu names, %zu misses\n", files, bytes, links, names, misses);
    return 0;
}
