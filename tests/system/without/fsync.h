/* For `make WITHOUT=fsync`: an id is printed before its message is flushed. */
#define MAILQ_WITHOUT_ACCEPT_FLUSH
