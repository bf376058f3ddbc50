/* BROKEN on purpose: faults of course handouts; build: gcc -std=gnu89
 * A TCP echo server that prints a log, one child process per client. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <arpa/inet.h>
#include <sys/socket.h>

void errProc();
void echoProc(int connectSd);

int main(int argc, char **argv)
{
    int listenSd, connectSd, clntAddrLen, pid;
    struct sockaddr_in srvAddr, clntAddr;

    memset(&srvAddr, 0, sizeof(srvAddr));
    srvAddr.sin_family = AF_INET;
    srvAddr.sin_addr.s_addr = htonl(INADDR_ANY);
    srvAddr.sin_port = htons(argc > 1 ? atoi(argv[1]) : 9877);
    if ((listenSd = socket(PF_INET, SOCK_STREAM, 0)) == -1)
        errProc();
    if (bind(listenSd, (struct sockaddr *)&srvAddr, sizeof(srvAddr)) == -1)
        errProc();
    if (listen(listenSd, 5) == -1)
        errProc();
    printf("waiting for clients\n");
    clntAddrLen = sizeof(clntAddr);
    while (1) {
        connectSd = accept(listenSd, (struct sockaddr *)&clntAddr, &clntAddrLen);
        if (connectSd == -1)
            continue;
        if ((pid = fork()) == 0) {
            close(listenSd);
            echoProc(connectSd);
            exit(0);
        } else {
            printf("%s:%d connected, child %d\n",
                   inet_ntoa(clntAddr.sin_addr), ntohs(clntAddr.sin_port), pid);
            close(connectSd);
        }
    }
}

void echoProc(int connectSd)
{
    char rBuff[BUFSIZ];
    int readLen;

    while (1) {
        readLen = read(connectSd, rBuff, sizeof(rBuff) - 1);
        if (readLen == 0)
            break;
        rBuff[readLen] = '\0';
        printf("child %d received: %s\n", getpid(), rBuff);
        write(connectSd, rBuff, strlen(rBuff));
    }
    printf("child %d: client closed\n", getpid());
}

void errProc(const char *str)
{
    fprintf(stderr, "%s: %s\n", str, strerror(errno));
    exit(1);
}
