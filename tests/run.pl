#!/usr/bin/perl
#
# Runs test programs that speak TAP, shell scripts and unit tests alike, and ends with the one line
# that counts: N passed, N failed, N skipped; before it, what was skipped and why, by name.
#
#     tests/run.pl build/tests/*_test tests/tool/*.t tests/system/*.t
#
# System tests take the machine's time, ports and mounts, so they run last and one by one; the
# others two at a time. A program that dies, or that runs fewer tests than it planned, counts as one
# failure more. PROVE=-v shows every line.

use strict;
use warnings;
use TAP::Harness;
use TAP::Parser::Aggregator;

$ENV{CK_VERBOSITY} = 'silent'; # Check's own report; TAP goes to standard output instead
$ENV{CK_TAP_LOG_FILE_NAME} = '-';
$ENV{CK_DEFAULT_TIMEOUT} ||= 60; # seconds; Check's own four are few on a busy machine, under a sanitizer

my @system = grep { m{tests/system/} } @ARGV;
my @others = grep { !m{tests/system/} } @ARGV;
my $result = TAP::Parser::Aggregator->new;
my @skips;

sub note_skip {
	my ($test, $line) = @_;
	my $what = $line->description =~ s/^- //r;
	push @skips, join ': ', grep { length } $test, $what, $line->explanation;
}

$result->start;
for my $group ([2, @others], [1, @system]) {
	my ($jobs, @tests) = @$group;
	next unless @tests;
	my $harness = TAP::Harness->new({
		exec      => [],
		jobs      => $jobs,
		verbosity => ($ENV{PROVE} // '') eq '-v' ? 1 : 0,
		failures  => 1,
		comments  => 1,
	});
	$harness->callback(made_parser => sub {
		my ($parser, $job) = @_;
		my $test = $job->[0];
		$parser->callback(test => sub { note_skip($test, $_[0]) if $_[0]->has_skip });
	});
	$harness->aggregate_tests($result, @tests);
}
$result->stop;

my ($failed, $skipped) = (0, 0);
print "skipped: $_\n" for @skips;
for my $test ($result->descriptions) {
	my ($parser) = $result->parsers($test);
	my $died = $parser->exit || $parser->wait || $parser->parse_errors;

	print "skipped: $test: ", $parser->skip_all, "\n" if $parser->skip_all;
	$skipped += $parser->skip_all ? 1 : $parser->skipped;
	next unless $parser->failed || $died;
	$failed += $parser->failed || 1;
	print "failed: $test", (map { " $_" } $parser->failed), "\n";
	print "        $_\n" for $parser->parse_errors;
}
my $passed = $result->passed - $result->skipped;

print "$passed passed, $failed failed, $skipped skipped\n";
exit($failed || !$passed ? 1 : 0);
