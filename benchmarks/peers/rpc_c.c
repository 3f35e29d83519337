/* The limit of the broker: an echo over direct reply-to in C on librabbitmq, with nothing to decode.
 *
 * rpc_c serve HOST PORT USER PASSWORD VHOST QUEUE        BODY of the answer on standard input
 * rpc_c call  HOST PORT USER PASSWORD VHOST QUEUE SEQUENTIAL CALLS IN_FLIGHT WARM_UP   BODY of the request
 *
 * Says one line of JSON on standard output: {"ready": true}, or {"p50_ms": .., "calls_per_s": ..}.
 */
#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const amqp_channel_t CHANNEL = 1;
static amqp_connection_state_t connection;
static char body[65536];
static amqp_bytes_t content;

static void fail(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

static void check(const char *what) {
  if (amqp_get_rpc_reply(connection).reply_type != AMQP_RESPONSE_NORMAL) fail(what);
}

static double now(void) {
  struct timespec moment;
  clock_gettime(CLOCK_MONOTONIC, &moment);
  return moment.tv_sec + moment.tv_nsec / 1e9;
}

static void open_channel(char **to) {
  connection = amqp_new_connection();
  amqp_socket_t *socket = amqp_tcp_socket_new(connection);
  if (!socket || amqp_socket_open(socket, to[0], atoi(to[1]))) fail("no connection");
  amqp_rpc_reply_t in = amqp_login(connection, to[4], 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, to[2], to[3]);
  if (in.reply_type != AMQP_RESPONSE_NORMAL) fail("not let in");
  amqp_channel_open(connection, CHANNEL);
  check("no channel");
}

static void consume(amqp_bytes_t queue) {
  amqp_basic_consume(connection, CHANNEL, queue, amqp_empty_bytes, 0, 1, 0, amqp_empty_table);
  check("no consumer");
}

static void publish(amqp_bytes_t queue, const char *reply_to) {
  amqp_basic_properties_t properties = {0};
  if (reply_to) {
    properties._flags = AMQP_BASIC_REPLY_TO_FLAG;
    properties.reply_to = amqp_cstring_bytes(reply_to);
  }
  if (amqp_basic_publish(connection, CHANNEL, amqp_empty_bytes, queue, 0, 0, &properties, content)) fail("not sent");
}

static void take(amqp_envelope_t *message) {
  amqp_maybe_release_buffers(connection);
  if (amqp_consume_message(connection, message, NULL, 0).reply_type != AMQP_RESPONSE_NORMAL) fail("nothing came");
}

static void serve(amqp_bytes_t queue) {
  amqp_queue_declare(connection, CHANNEL, queue, 0, 0, 0, 1, amqp_empty_table);
  check("no queue");
  consume(queue);
  puts("{\"ready\": true}");
  fflush(stdout);
  for (;;) {
    amqp_envelope_t request;
    take(&request);
    publish(request.message.properties.reply_to, NULL);
    amqp_destroy_envelope(&request);
  }
}

static void many(amqp_bytes_t queue, long count, long window) {
  long sent = 0, came = 0;
  while (came < count) {
    for (; sent < count && sent - came < window; sent++) publish(queue, "amq.rabbitmq.reply-to");
    amqp_envelope_t answer;
    take(&answer);
    amqp_destroy_envelope(&answer);
    came++;
  }
}

static int ascending(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

static void call(amqp_bytes_t queue, long sequential, long calls, long in_flight, long warm_up) {
  consume(amqp_cstring_bytes("amq.rabbitmq.reply-to"));
  many(queue, warm_up, in_flight);
  double *took = malloc(sequential * sizeof *took);
  for (long at = 0; at < sequential; at++) {
    double began = now();
    many(queue, 1, 1);
    took[at] = now() - began;
  }
  qsort(took, sequential, sizeof *took, ascending);
  double began = now();
  many(queue, calls, in_flight);
  printf("{\"p50_ms\": %.4f, \"calls_per_s\": %.1f}\n", took[sequential / 2] * 1000, calls / (now() - began));
}

int main(int count, char **given) {
  if (count < 8) fail("role, host, port, user, password, vhost, queue");
  content.bytes = body;
  content.len = fread(body, 1, sizeof body, stdin);
  open_channel(given + 2);
  amqp_bytes_t queue = amqp_cstring_bytes(given[7]);
  if (!strcmp(given[1], "serve")) serve(queue);
  else if (count == 12) call(queue, atol(given[8]), atol(given[9]), atol(given[10]), atol(given[11]));
  else fail("sequential, calls, in flight, warm up");
  return 0;
}
