import { failed, warning, type Check, type Finding } from '../core/runs/doctor.ts';
import { messageOf } from '../core/base/errors/errors.ts';

const PATIENCE_MS = 15_000;
const BUSY = 'It may be overloaded. Try again; if this persists, check its logs and the load on its machine.';

/** Runs all checks at once, each with a short timeout, so it answers even when everything is down. */
export async function examine(checks: Check[], patience = PATIENCE_MS): Promise<Finding[]> {
  return Promise.all(checks.map(async (check) => ({ check: check.name, ...(await within(patience, check)) })));
}

async function within(patience: number, { look, needed }: Check): Promise<Omit<Finding, 'check'>> {
  const stopped = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const timeIsUp = new Promise<Omit<Finding, 'check'>>((resolve) => {
    const late = (needed ? failed : warning)(`It did not answer in ${patience / 1000} s.`, BUSY);
    timer = setTimeout(() => resolve(late), patience);
  });
  try {
    return await Promise.race([look(stopped.signal), timeIsUp]);
  } catch (error) {
    return { state: 'failed', found: messageOf(error), fix: null }; // our errors already say what to do
  } finally {
    clearTimeout(timer);
    stopped.abort();
  }
}
