/* For `make WITHOUT=fdatasync`: the ledger is not flushed before mail leaves. */
#define MAILQ_WITHOUT_LEDGER_SYNC
