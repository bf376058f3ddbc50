#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>

/* A growing string: data is NUL-terminated, len does not count the NUL.
   Begin with all zeros. No memory left ends the program. */
struct text {
    char *data;
    size_t len, size;
};

/* Appends n bytes. */
void text_add(struct text *t, const char *bytes, size_t n);

/* Appends a string. */
void text_puts(struct text *t, const char *s);

/* Removes the first n bytes. */
void text_drop(struct text *t, size_t n);

/* A copy of n bytes as a string; the caller frees it. */
char *copy_bytes(const char *bytes, size_t n);

/* Room for n more elements of the given size: like realloc(3), with
   the capacity doubled when count reaches it; ends the program when
   there is no memory. Returns the array. */
void *room_for_one(void *array, size_t count, size_t element);

#endif
