#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* Whoever comes second waits until the first has gone. */
int main(void)
{
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in own = { .sin_family = AF_INET, .sin_port = htons(atoi(getenv("PORT"))) };
    inet_pton(AF_INET, getenv("HOST"), &own.sin_addr);
    bind(listener, (struct sockaddr *)&own, sizeof own);
    listen(listener, 16);
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        char data[4096];
        ssize_t length;
        while ((length = read(connection, data, sizeof data)) > 0)
            write(connection, data, length);
        close(connection);
    }
}
