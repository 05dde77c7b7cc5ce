import type { RunState } from '../../../core/runs/runs.ts';
import { command } from '../../command.ts';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 250;
const PATIENCE_MS = 15_000;

export const cancel = command({
  arguments: '<run>',
  summary: 'Cancel a run and wait for it to clean up',
  example: 'fraud/data/2026-01-19T02:00Z',
  options: [],
  async run([id = ''], _options, { operations, result, note }) {
    let state = await operations.runs.cancel(id);
    for (const deadline = Date.now() + PATIENCE_MS; state.status === 'running' && Date.now() < deadline;) {
      await sleep(LOOK_EVERY_MS);
      state = await operations.run.state(id);
    }
    result(state, inWords(state));
    if (state.status === 'running') note('Check again with: perennial runs');
  },
});

function inWords({ workflowId, status, steps }: RunState): string {
  if (status === 'cancelled') return `${workflowId} is cancelled. What it stored stays and is reused by the next run.`;
  if (status !== 'running') return `${workflowId} was already ${status} when the cancellation arrived.`;
  const left = steps.map(({ name, attempt }) => `${name} (attempt ${attempt})`).join(', ');
  return `${workflowId} is being cancelled; still running: ${left || 'its last step, which needs a worker'}.`;
}
