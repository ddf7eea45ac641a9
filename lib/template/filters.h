/*
 * filters.h: the functions behind the table in filters.c, by the file they stand in.
 */
#ifndef TEMPLATE_FILTERS_H
#define TEMPLATE_FILTERS_H

#include "template/builtin.h"
#include "template/run.h"

/* filters_text.c */
builtin_call filter_b64encode, filter_capitalize, filter_center, filter_indent, filter_lower,
	filter_replace, filter_string, filter_title, filter_trim, filter_truncate, filter_upper,
	filter_wordcount;
builtin_call_any filter_format;

/* filters_wrap.c */
builtin_call filter_wordwrap;

/* filters_html.c */
builtin_call filter_escape, filter_forceescape, filter_safe, filter_striptags, filter_urlencode,
	filter_xmlattr;

/* filters_urlize.c */
builtin_call filter_urlize;

/* filters_number.c */
builtin_call filter_abs, filter_filesizeformat, filter_float, filter_int, filter_round;

/* filters_list.c */
builtin_call filter_batch, filter_first, filter_join, filter_last, filter_length, filter_list,
	filter_random, filter_reverse, filter_slice;

/* filters_value.c */
builtin_call filter_attr, filter_default, filter_items;

/* filters_order.c */
builtin_call filter_dictsort, filter_groupby, filter_max, filter_min, filter_sort, filter_sum,
	filter_unique;

/* filters_map.c */
builtin_call_any filter_map, filter_reject, filter_rejectattr, filter_select, filter_selectattr;

/* json_text.c, pprint.c */
builtin_call filter_tojson, filter_pprint;

/* --- what several of them need --- */

/* Text as it is, str() of anything else; Markup stays Markup. */
#define soft_str str_of

/*
 * Jinja2's attribute getter: "a.b.0" goes through attributes and indexes; no path gives the item.
 * otherwise stands for what is undefined on the way, unless it is missing or None.
 */
struct value get_path(struct run *run, struct value item, struct value path,
		      struct value otherwise);

/* What sort, unique, min and max look at: text in lower case, unless case counts. */
struct value fold_case(struct run *run, struct value v, bool case_sensitive);

/* Numbers that look random, and are the same at every render. */
uint64_t next_random(struct run *run, uint64_t below);

#endif
