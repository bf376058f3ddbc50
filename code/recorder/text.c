/* text.c - growing strings and arrays. */

#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "recorder.h"

void text_add(struct text *t, const char *bytes, size_t n)
{
    if (t->len + n + 1 > t->size) {
        size_t size = 2 * (t->len + n + 1);
        char *data = realloc(t->data, size);
        if (data == NULL)
            die("realloc %zu bytes", size);
        t->data = data;
        t->size = size;
    }
    memcpy(t->data + t->len, bytes, n);
    t->len += n;
    t->data[t->len] = '\0';
}

void text_puts(struct text *t, const char *s)
{
    text_add(t, s, strlen(s));
}

void text_drop(struct text *t, size_t n)
{
    if (n > 0) {
        memmove(t->data, t->data + n, t->len - n + 1);
        t->len -= n;
    }
}

void text_cut(struct text *t, size_t n)
{
    if (n < t->len) {
        t->len = n;
        t->data[n] = '\0';
    }
}

char *copy_bytes(const char *bytes, size_t n)
{
    struct text t = {0};
    text_add(&t, bytes, n);
    return t.data;
}

void *room_for_one(void *array, size_t count, size_t element)
{
    if ((count & (count - 1)) != 0)     /* full only at powers of two */
        return array;
    void *bigger = realloc(array, (count == 0 ? 1 : 2 * count) * element);
    if (bigger == NULL)
        die("realloc %zu elements", count);
    return bigger;
}
