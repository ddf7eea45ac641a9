#include "template/icu.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* It brings libicuuc, in which the last three are. */
#define LIBRARY "libicui18n.so." U_ICU_VERSION_SHORT

struct symbol {
	const char *name; /* in the library it ends in _ and the release */
	size_t member;
};

static const struct symbol symbols[] = {
	{"ucal_getCanonicalTimeZoneID", offsetof(struct icu, ucal_getCanonicalTimeZoneID)},
	{"udat_close", offsetof(struct icu, udat_close)},
	{"udat_format", offsetof(struct icu, udat_format)},
	{"udat_open", offsetof(struct icu, udat_open)},
	{"uloc_setDefault", offsetof(struct icu, uloc_setDefault)},
	{"unum_applyPattern", offsetof(struct icu, unum_applyPattern)},
	{"unum_close", offsetof(struct icu, unum_close)},
	{"unum_formatDecimal", offsetof(struct icu, unum_formatDecimal)},
	{"unum_open", offsetof(struct icu, unum_open)},
	{"unum_setTextAttribute", offsetof(struct icu, unum_setTextAttribute)},
	{"u_errorName", offsetof(struct icu, u_errorName)},
	{"u_strFromUTF8", offsetof(struct icu, u_strFromUTF8)},
	{"u_strToUTF8", offsetof(struct icu, u_strToUTF8)},
};

bool icu_load(struct icu *icu, const char **why)
{
	if (icu->is_loaded)
		return true;

	/* Never closed: ICU keeps what it has read of its data. */
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!library) {
		*why = LIBRARY " cannot be loaded";
		return false;
	}
	for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
		char name[64];
		snprintf(name, sizeof name, "%s_%s", symbols[i].name, U_ICU_VERSION_SHORT);
		void *function = dlsym(library, name);
		if (!function) {
			*why = LIBRARY " lacks a function that it should have";
			return false;
		}
		memcpy((char *)icu + symbols[i].member, &function, sizeof function);
	}
	icu->is_loaded = true;
	return true;
}
