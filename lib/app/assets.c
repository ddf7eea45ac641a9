#include "app/assets.h"

struct slice asset_find(struct slice name)
{
	for (const struct asset *asset = assets; asset->name; asset++)
		if (slice_is(name, asset->name))
			return slice_make(asset->begin, (size_t)(asset->end - asset->begin));
	return (struct slice){0};
}
