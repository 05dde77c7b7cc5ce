import type { RunState } from '../../core/runs/runs.ts';
import { command } from '../command.ts';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 250;
const PATIENCE_MS = 15_000;

export const cancelCommand = command({
  name: 'cancel',
  arguments: '<run>',
  summary: 'End a run by its id, and wait until it has tidied up',
  example: 'cancel fraud/data/2026-01-19T02:00Z',
  options: [],
  async run([id = ''], _options, { operations, result, note }) {
    let state = await operations.runs.cancel(id);
    for (const deadline = Date.now() + PATIENCE_MS; state.status === 'running' && Date.now() < deadline;) {
      await sleep(LOOK_EVERY_MS);
      state = await operations.run.state(id);
    }
    result(state, inWords(state));
    if (state.status === 'running') note('Look again in a moment with: perennial runs');
  },
});

function inWords({ workflowId, status, steps }: RunState): string {
  if (status === 'cancelled')
    return `${workflowId} is cancelled. What it had stored stays, and is found by its next run.`;
  if (status !== 'running') return `${workflowId} was ${status} before the cancellation reached it.`;
  const left = steps.map(({ name, attempt }) => `${name} (attempt ${attempt})`).join(', ');
  return `${workflowId} is being cancelled; still under way: ${left || 'its last decision, which needs a worker'}.`;
}
