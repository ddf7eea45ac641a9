/* For `make WITHOUT=fdatasync`: the ledger is not flushed before mail leaves. */
static inline int skip_flush(int fd)
{
	(void)fd;
	return 0;
}

#define fdatasync skip_flush
