import { MockActivityEnvironment } from '@temporalio/testing';

type Activity = (...input: never[]) => Promise<unknown>;
let attempts = 0;

/** Activities that may be called as plain functions: each call is the first attempt at a step of its own. */
export const inAttempts = <T extends Record<string, Activity>>(activities: T): T =>
  Object.fromEntries(
    Object.entries(activities).map(([name, activity]) => [
      name,
      (...input: never[]) =>
        new MockActivityEnvironment({ activityId: `${name}-${++attempts}` }).run(activity as never, ...input),
    ]),
  ) as T;
