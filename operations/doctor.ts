import { failed, type Check, type Finding } from '../core/runs/doctor.ts';
import { messageOf } from '../core/base/errors.ts';

const PATIENCE_MS = 10_000;

/** Looks at everything at once, each for a short time, so that it answers also when all is down. */
export async function examine(checks: Check[], patience = PATIENCE_MS): Promise<Finding[]> {
  return Promise.all(checks.map(async ({ name, look }) => ({ check: name, ...(await within(patience, look)) })));
}

async function within(patience: number, look: Check['look']): Promise<Omit<Finding, 'check'>> {
  const stopped = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const timeIsUp = new Promise<Omit<Finding, 'check'>>((resolve) => {
    timer = setTimeout(
      () => resolve(failed(`It did not answer within ${patience / 1000} s.`, 'See whether it is overloaded or away.')),
      patience,
    );
  });
  try {
    return await Promise.race([look(stopped.signal), timeIsUp]);
  } catch (error) {
    return { state: 'failed', found: messageOf(error), mend: null }; // our errors say themselves what to do
  } finally {
    clearTimeout(timer);
    stopped.abort();
  }
}
