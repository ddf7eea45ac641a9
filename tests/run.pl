#!/usr/bin/perl
#
# Runs test programs that speak TAP, shell scripts and unit tests alike, and ends with the one line
# that counts: N passed, N failed, N skipped.
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

my @system = grep { m{tests/system/} } @ARGV;
my @others = grep { !m{tests/system/} } @ARGV;
my $result = TAP::Parser::Aggregator->new;

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
	$harness->aggregate_tests($result, @tests);
}
$result->stop;

my ($failed, $skipped) = (0, 0);
for my $test ($result->descriptions) {
	my ($parser) = $result->parsers($test);
	my $died = $parser->exit || $parser->wait || $parser->parse_errors;

	$skipped += $parser->skip_all ? 1 : $parser->skipped;
	next unless $parser->failed || $died;
	$failed += $parser->failed || 1;
	print "failed: $test", (map { " $_" } $parser->failed), "\n";
	print "        $_\n" for $parser->parse_errors;
}
my $passed = $result->passed - $result->skipped;

print "$passed passed, $failed failed, $skipped skipped\n";
exit($failed || !$passed ? 1 : 0);
