/*
 * The files that the program carries, as the table of assets.h: a name, where its bytes begin and
 * where they end. Paths are relative to the top of the tree, where the compiler runs.
 */
	.macro	asset name, path
	.pushsection .rodata
901:	.asciz	"\name"
902:	.incbin	"\path"
903:
	.popsection
	.balign	8
	.quad	901b, 902b, 903b
	.endm

	.section .data.rel.ro.local, "aw"
	.globl	assets
	.hidden	assets
	.type	assets, %object
	.balign	8
assets:
	asset	app.css, lib/app/app.css
	asset	app.js, lib/app/app.js
	asset	icon.svg, lib/app/icon.svg
	asset	openapi.json, lib/app/openapi.json
	asset	base.html, lib/app/html/base.html
	asset	macros.html, lib/app/html/macros.html
	asset	outside.html, lib/app/html/outside.html
	asset	sign-in.html, lib/app/html/sign-in.html
	asset	entered.html, lib/app/html/entered.html
	asset	error.html, lib/app/html/error.html
	asset	rows.html, lib/app/html/rows.html
	asset	first.html, lib/app/html/first.html
	asset	queue.html, lib/app/html/queue.html
	asset	notices.html, lib/app/html/notices.html
	asset	question.html, lib/app/html/question.html
	asset	ask.html, lib/app/html/ask.html
	asset	message.html, lib/app/html/message.html
	asset	failed.html, lib/app/html/failed.html
	asset	templates.html, lib/app/html/templates.html
	asset	template.html, lib/app/html/template.html
	asset	template-new.html, lib/app/html/template-new.html
	asset	import.html, lib/app/html/import.html
	asset	tokens.html, lib/app/html/tokens.html
	asset	purge.html, lib/app/html/purge.html
	asset	purge-ask.html, lib/app/html/purge-ask.html
	asset	sure.html, lib/app/html/sure.html
	asset	charts.html, lib/app/html/charts.html
	asset	transports.html, lib/app/html/transports.html
	asset	talk.html, lib/app/html/talk.html
	asset	transport.html, lib/app/html/transport.html
	.quad	0, 0, 0
	.size	assets, . - assets

	.section .note.GNU-stack, "", %progbits
