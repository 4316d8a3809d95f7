// Package browsertest opens the pages that readdress/report writes in headless Chromium: a module of its own, so that no browser
// library is a dependency of readdress. One browser runs for all tests, with a profile in a temporary directory, and each test has
// a tab. Where Chromium is not installed the tests are skipped, or fail when the environment has READDRESS_REQUIRE_SERVERS=1.
//
// With READDRESS_SCREENSHOTS=DIRECTORY the tests also write pictures of the pages at three widths, light and dark, for people to judge.
package browsertest
