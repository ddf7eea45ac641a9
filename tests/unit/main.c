/* Runs the suite that the other file of this program defines; one line a suite, details on failure.
 */
#include <check.h>
#include <stdlib.h>

Suite *suite(void);

int main(void)
{
	SRunner *runner = srunner_create(suite());

	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
