#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* Nobody says SO_REUSEADDR. */
int main(void)
{
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in own = { .sin_family = AF_INET, .sin_port = htons(atoi(getenv("PORT"))) };
    inet_pton(AF_INET, getenv("HOST"), &own.sin_addr);
    if (bind(listener, (struct sockaddr *)&own, sizeof own) != 0) {
        perror("bind");
        return 1;
    }
    listen(listener, 16);
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        write(connection, "hello\n", 6);
        close(connection);
    }
}
