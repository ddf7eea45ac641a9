/*
 * icu.h: the functions of ICU that the filters of locale.h call, loaded when the first of them is.
 *
 * Linked in, ICU would cost every process with templates some 2.7 MiB and a third of its start;
 * most mail formats neither dates nor numbers. The members are called as the functions are that
 * they are named for; ICU's headers say what each does.
 */
#ifndef TEMPLATE_ICU_H
#define TEMPLATE_ICU_H

#include <stdbool.h>
#include <unicode/ucal.h>
#include <unicode/udat.h>
#include <unicode/uloc.h>
#include <unicode/unum.h>
#include <unicode/ustring.h>

struct icu {
	bool is_loaded;
	__typeof__(ucal_getCanonicalTimeZoneID) *ucal_getCanonicalTimeZoneID;
	__typeof__(udat_close) *udat_close;
	__typeof__(udat_format) *udat_format;
	__typeof__(udat_open) *udat_open;
	__typeof__(uloc_setDefault) *uloc_setDefault;
	__typeof__(unum_applyPattern) *unum_applyPattern;
	__typeof__(unum_close) *unum_close;
	__typeof__(unum_formatDecimal) *unum_formatDecimal;
	__typeof__(unum_open) *unum_open;
	__typeof__(unum_setTextAttribute) *unum_setTextAttribute;
	__typeof__(u_errorName) *u_errorName;
	__typeof__(u_strFromUTF8) *u_strFromUTF8;
	__typeof__(u_strToUTF8) *u_strToUTF8;
};

/* Fills it in, once; the library stays with the process. False: it is not there, or not the release
 * that this was compiled against; *why says so. */
bool icu_load(struct icu *icu, const char **why);

#endif
