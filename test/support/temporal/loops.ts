import { atEnd } from '../at-end.ts';
import { createLoops, type Loops } from './workflows.ts';
import { ApplicationFailure } from '@temporalio/common';

let shared: Promise<Loops> | undefined;

/** The loops on one server for the whole process; what a test started ends with the test. */
export function loopsUnderTest(): () => Loops {
  let loops: Loops;
  before(async () => void (loops = await (shared ??= createLoops())));
  afterEach(() => loops.endRuns());
  return () => loops;
}

/** The loops on a server for this suite alone, which may end runs while a step is under way. */
export function loopsOfTheirOwn(): () => Loops {
  let loops: Loops;
  before(async () => void (loops = await createLoops()));
  after(() => loops.close());
  afterEach(() => loops.endRuns());
  return () => loops;
}

// The server ends with the last test.
atEnd(async () => {
  await (await shared)?.close();
  shared = undefined;
});

export const fraud = { name: 'fraud', revision: 'e1a5ac9bb3f3b6b9' };

/** What a failed run says, with the code of its failure. */
export async function failureOf(result: Promise<unknown>): Promise<{ type: string | null; message: string }> {
  try {
    await result;
  } catch (error) {
    let cause = error as Error;
    while (!(cause instanceof ApplicationFailure) && cause.cause instanceof Error) cause = cause.cause;
    return { type: cause instanceof ApplicationFailure ? (cause.type ?? null) : null, message: cause.message };
  }
  throw new Error('the run did not fail');
}
