#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#define OWN_PORT 40000

static struct sockaddr_in peer = { .sin_family = AF_INET };
static int port, fd;

static unsigned short checksum(const unsigned char *data, size_t length)
{
    unsigned sum = 0;
    for (size_t i = 0; i < length; i++) sum += i % 2 ? data[i] : data[i] << 8;
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return htons(~sum);
}

static void transmit(unsigned seq, unsigned ack, int syn, const char *data)
{
    unsigned char segment[sizeof(struct tcphdr) + 64] = { 0 };
    struct tcphdr *tcp = (struct tcphdr *)segment;
    size_t length = sizeof *tcp + strlen(data);
    tcp->source = htons(OWN_PORT);
    tcp->dest = htons(port);
    tcp->seq = htonl(seq);
    tcp->ack_seq = htonl(ack);
    tcp->doff = sizeof *tcp / 4;
    tcp->syn = syn;
    tcp->ack = !syn;
    tcp->window = htons(65535);
    memcpy(segment + sizeof *tcp, data, strlen(data));
    tcp->check = checksum(segment, length);
    sendto(fd, segment, length, 0, (struct sockaddr *)&peer, sizeof peer);
}

int main(void)
{
    unsigned char packet[65536];
    struct tcphdr *tcp = (struct tcphdr *)(packet + 20);
    struct timeval second = { .tv_sec = 1 };
    fd = socket(AF_INET, SOCK_RAW, IPPROTO_TCP);
    port = atoi(getenv("PORT"));
    inet_pton(AF_INET, getenv("PEER"), &peer.sin_addr);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
    for (int attempt = 0; attempt < 5; attempt++) {
        transmit(1000, 0, 1, "");
        if (recv(fd, packet, sizeof packet, 0) <= 0) continue;
        transmit(1001, ntohl(tcp->seq) + 1, 0, "hello");
        puts("connected");
        return 0;
    }
    fputs("nobody answers\n", stderr);
    return 1;
}
