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
#
# TRIES=2 runs a program that failed once more when all others have ended, for a machine that others
# share; what only then passed is named as unsteady. It is for programs that always do the same: one
# that draws its history (it tells its SEED) has found something, and fails.

use strict;
use warnings;
use TAP::Harness;
use TAP::Parser::Aggregator;

$ENV{CK_VERBOSITY} = 'silent'; # Check's own report; TAP goes to standard output instead
$ENV{CK_TAP_LOG_FILE_NAME} = '-';
$ENV{CK_DEFAULT_TIMEOUT} ||= 60; # seconds; Check's own four are few on a busy machine, under a sanitizer

my @system = grep { m{tests/system/} } @ARGV;
my @others = grep { !m{tests/system/} } @ARGV;
my $again = ($ENV{TRIES} // 1) > 1;
my %skips;     # test => what it skipped, and why
my %has_drawn; # tests that told a seed
my %parser_of; # test => its last run

sub note_skip {
	my ($test, $line) = @_;
	my $what = $line->description =~ s/^- //r;
	push @{$skips{$test}}, join ': ', grep { length } $test, $what, $line->explanation;
}

sub run_tests {
	my ($jobs, @tests) = @_;
	my $result = TAP::Parser::Aggregator->new;
	my $harness = TAP::Harness->new({
		exec      => [],
		jobs      => $jobs,
		verbosity => ($ENV{PROVE} // '') eq '-v' ? 1 : 0,
		failures  => 1,
		comments  => 1,
	});
	delete @skips{@tests};
	$harness->callback(made_parser => sub {
		my ($parser, $job) = @_;
		my $test = $job->[0];
		$parser->callback(test => sub { note_skip($test, $_[0]) if $_[0]->has_skip });
		$parser->callback(comment => sub { $has_drawn{$test} = 1 if $_[0]->comment =~ /SEED=/ });
	});
	$result->start;
	$harness->aggregate_tests($result, @tests);
	$result->stop;
	($parser_of{$_}) = $result->parsers($_) for @tests;
}

# How many of its tests failed; its own death, or a plan it did not keep, is one.
sub failures_of {
	my ($parser) = $parser_of{$_[0]};
	my $died = $parser->exit || $parser->wait || $parser->parse_errors;

	return $parser->failed || ($died ? 1 : 0);
}

run_tests(2, @others) if @others;
run_tests(1, @system) if @system;

for my $test ($again ? grep { failures_of($_) && !$has_drawn{$_} } @others, @system : ()) {
	my @numbers = $parser_of{$test}->failed;

	run_tests(1, $test);
	print "unsteady: $test", (map { " $_" } @numbers), ": passed when run again\n" unless failures_of($test);
}

my ($passed, $failed, $skipped) = (0, 0, 0);
for my $test (@others, @system) {
	my $parser = $parser_of{$test};

	print "skipped: $_\n" for @{$skips{$test} // []};
	print "skipped: $test: ", $parser->skip_all, "\n" if $parser->skip_all;
	$passed += $parser->passed - $parser->skipped;
	$skipped += $parser->skip_all ? 1 : $parser->skipped;
	next unless failures_of($test);
	$failed += failures_of($test);
	print "failed: $test", (map { " $_" } $parser->failed), "\n";
	print "        $_\n" for $parser->parse_errors;
}

print "$passed passed, $failed failed, $skipped skipped\n";
exit($failed || !$passed ? 1 : 0);
