import { versionName } from '../core/base/ids.ts';
import type { OrderName } from '../core/rollout/decide.ts';
import { command } from './command.ts';
import { Option } from 'commander';

/** A command that tells the rollout in a step what to do. */
export const ordering = (order: OrderName, words: { summary: string; done: string }) =>
  command<{ reason: string }>({
    arguments: '<pipeline>',
    summary: words.summary,
    example: 'fraud --reason "I look at the errors first"',
    options: [new Option('--reason <words>', 'reason, kept in the audit').default(`${order} by hand`)],
    async run([pipeline = ''], { reason }, { operations, result }) {
      const ordered = await operations.rollouts.order({ pipeline, order, reason });
      const name = `${versionName(ordered.version)} of ${pipeline}`;
      const said = ordered.obeyed
        ? `${words.done} ${name}. See its numbers with: perennial rollouts show ${pipeline}`
        : `Stored for ${name}, but no worker runs its step now; it obeys when one does. Check the workers: perennial doctor`;
      result(ordered, said);
    },
  });
