/* topology.c - which hosts a scenario declares, and the wires between
   them. */

#include <arpa/inet.h>
#include <string.h>

#include "recorder.h"

bool same_wire(const char *a, const char *b)
{
    size_t n = (size_t)(strrchr(a, '.') - a) + 1;
    return strncmp(a, b, n) == 0;
}

int find_host(const struct scenario *s, const char *name)
{
    for (int i = 0; i < s->host_count; i++)
        if (strcmp(s->hosts[i].name, name) == 0)
            return i;
    return -1;
}

int wire_number(const struct scenario *s, const char *address)
{
    int number = 0;
    for (int i = 0; i < s->host_count; i++)
        for (int k = 0; k < s->hosts[i].count; k++, number++)
            if (same_wire(s->hosts[i].addresses[k], address))
                return number;
    return -1;
}

const char *router_for(const struct scenario *s, const char *address)
{
    for (int i = 0; i < s->host_count; i++)
        for (int k = 0; s->hosts[i].count > 1 && k < s->hosts[i].count; k++)
            if (same_wire(s->hosts[i].addresses[k], address))
                return s->hosts[i].addresses[k];
    return NULL;
}

/* Whether an interface can have this address. */
static bool is_host_address(const char *text)
{
    struct in_addr address;
    if (inet_pton(AF_INET, text, &address) != 1)
        return false;
    unsigned long number = ntohl(address.s_addr);
    unsigned long first = number >> 24, last = number & 0xff;
    return first > 0 && first != 127 && first < 224 && last > 0
           && last < 255;
}

/* Adds an address to the host that is being declared. Returns NULL, or
   what is wrong with it. */
static const char *add_address(const struct scenario *s,
                               struct scenario_host *h, char *address)
{
    if (!is_host_address(address))
        return "no IPv4 address of a host";
    if (h->count == MAX_ADDRESSES)
        return "too many addresses";
    for (int k = 0; k < h->count; k++)
        if (same_wire(h->addresses[k], address))
            return "two addresses on one wire";
    for (int i = 0; i < s->host_count; i++)
        for (int k = 0; k < s->hosts[i].count; k++)
            if (strcmp(s->hosts[i].addresses[k], address) == 0)
                return "another host has this address";
    h->addresses[h->count++] = address;
    return NULL;
}

const char *declare_host(struct scenario *s, char *name, char *addresses)
{
    struct scenario_host *h = &s->hosts[s->host_count];
    const char *error = NULL;
    char *rest = addresses, *address;
    if (s->host_count == MAX_HOSTS)
        return "too many hosts";
    if (find_host(s, name) != -1)
        return "this host is declared already";
    *h = (struct scenario_host){ .name = name };
    while (error == NULL
           && (address = strtok_r(rest, " ", &rest)) != NULL)
        error = add_address(s, h, address);
    for (int k = 0; error == NULL && h->count > 1 && k < h->count; k++)
        if (router_for(s, h->addresses[k]) != NULL)
            error = "this wire has a router already";
    if (error == NULL)
        s->host_count++;
    return error;
}
