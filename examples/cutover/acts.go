package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/readdress-go/readdress/refresh"
	"github.com/readdress-go/readdress/report"
)

// week lets the administrators work. The library sees none of it, only what the directories say afterwards.
func (c *cutover) week(context.Context) error {
	for _, e := range c.world.week() {
		if err := e.do(); err != nil {
			return fmt.Errorf("%s %w", e.told, err)
		}
		fmt.Fprintln(c.w, "  "+e.told)
	}
	return nil
}

// reconfigure learns from Check, before any look-up, that the password is no longer right, and connects anew.
func (c *cutover) reconfigure(ctx context.Context) error {
	_, err := refresh.Check(ctx, c.job, c.sides(), c.opts)
	refused, ok := errors.AsType[*refresh.ReconfigureError](err)
	if !ok {
		return fmt.Errorf("not refused with the old password: %w", err)
	}
	fmt.Fprintf(c.w, "  %v\n", refused)
	if err := c.source.Close(); err != nil {
		return err
	}
	if c.source, err = connect(ctx, c.world.source, c.job.Source.Account, newPassword); err != nil {
		return err
	}
	warnings, err := refresh.Check(ctx, c.job, c.sides(), c.opts)
	fmt.Fprintf(c.w, "  With the new password it can run; %d warnings.\n", len(warnings))
	return err
}

// outage refreshes while no domain controller answers. These look-ups failed; nobody is called missing.
func (c *cutover) outage(ctx context.Context) error {
	return errors.Join(c.world.down(), c.refresh(ctx), c.world.up())
}

// preview prints the results window. Nothing is written yet.
func (c *cutover) preview(ctx context.Context) error {
	plan, err := refresh.Refresh(ctx, c.job, c.sides(), c.opts)
	if err != nil {
		return err
	}
	c.plan = plan
	return errors.Join(report.Text(c.w, plan, &report.Options{Rows: 1}), c.files("preview", plan))
}

// apply writes all rows as one set. The same refresh again finds nothing left to do, and says which rows are ready for the
// next delta migration.
func (c *cutover) apply(ctx context.Context) (err error) {
	if c.job, err = c.job.Apply(c.plan); err != nil {
		return err
	}
	applied := *c.plan
	applied.State = c.job.State(c.plan)
	again, err := refresh.Refresh(ctx, c.job, c.sides(), c.opts)
	if err != nil {
		return err
	}
	if err := errors.Join(c.files("applied", &applied), c.since("since", &applied, again)); err != nil {
		return err
	}
	c.counts(again)
	ready := 0
	for match, next := range again.Rescan(c.job) {
		if next.State == refresh.Ready {
			ready++
		} else {
			fmt.Fprintf(c.w, "  %s is %s: %s\n", match.Key, next.State, strings.Join(next.Why, ", "))
		}
	}
	fmt.Fprintf(c.w, "  %d rows are ready for the next delta migration.\n", ready)
	return nil
}

// undo takes the whole plan back.
func (c *cutover) undo(context.Context) error {
	was := c.job.Matches[0]
	job, err := c.job.Revert(c.plan)
	if err != nil {
		return err
	}
	c.job = job
	undone := *c.plan
	undone.State = job.State(c.plan)
	if err := c.files("undone", &undone); err != nil {
		return err
	}
	fmt.Fprintf(c.w, "  %s: %s → %s\n", was.Key, was.Source.Primary, job.Matches[0].Source.Primary)
	return nil
}

func (c *cutover) sides() refresh.Sides { return refresh.Sides{Source: c.source, Target: c.target} }

// refresh looks every mailbox up and prints the counts. It writes nothing: a result is a plan.
func (c *cutover) refresh(ctx context.Context) error {
	plan, err := refresh.Refresh(ctx, c.job, c.sides(), c.opts)
	if err == nil {
		c.counts(plan)
	}
	return err
}

func (c *cutover) counts(r *refresh.Result) {
	for _, s := range []refresh.Side{refresh.Source, refresh.Target} {
		fmt.Fprintf(c.w, "  %s:", s)
		for _, o := range refresh.Outcomes() {
			if n := r.Counts(s).ByOutcome[o]; n > 0 {
				fmt.Fprintf(c.w, "  %d × %s", n, report.Label(o, r.State))
			}
		}
		fmt.Fprintln(c.w)
	}
}
