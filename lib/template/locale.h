/*
 * locale.h: filters that write dates and numbers as people of a locale do, named and called as in
 * Babel (babel.dates, babel.numbers); the data is ICU's.
 *
 *     struct template_env *env = template_env_open(&options, &loader);
 *     template_add_locale_filters(env);
 *     template_env_set_locale(env, slice_text("fr-CA"));
 *
 * They are part of an environment that they are added to, so that only programs that render are
 * linked to ICU. A locale that is not known is taken as its language, or as English.
 */
#ifndef TEMPLATE_LOCALE_H
#define TEMPLATE_LOCALE_H

#include "template/template.h"

void template_add_locale_filters(struct template_env *env);

#endif
