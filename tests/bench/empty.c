/* empty: does nothing, linked statically; what starting any program costs at least. */
int main(void)
{
	return 0;
}
