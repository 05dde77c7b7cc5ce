import { versionName } from '../core/base/ids.ts';
import type { Judgement, OrderName } from '../core/rollout/steps/decide.ts';
import { command } from './command.ts';
import { Option } from 'commander';

/** What a step decides when it obeys. Evidence, or another person, may have decided something else. */
const comesTo: Record<OrderName, readonly Judgement['decision'][]> = {
  hold: ['hold'],
  continue: ['wait', 'next'],
  skip: ['next'],
  abort: ['roll back'],
};

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
      const numbers = `See its numbers with: perennial rollouts show ${pipeline}`;
      const { look } = ordered;
      const said = ordered.obeyed
        ? look === null || comesTo[order].includes(look.decision)
          ? `${words.done} ${name}. ${numbers}`
          : `Stored for ${name}, but its step came to "${look.decision}": ${look.reason}. ${numbers}`
        : `Stored for ${name}, but no worker runs its step now; it obeys when one does. Check the workers: perennial doctor`;
      result(ordered, said);
    },
  });
