import { command } from '../../command.ts';
import { Option } from 'commander';

export const stop = command<{ reason: string }>({
  arguments: '<pipeline>',
  summary: 'End the experiment; the champion gets all traffic, the numbers stay',
  example: 'fraud --reason "we know enough"',
  options: [new Option('--reason <words>', 'reason, kept in the audit').default('stopped by hand')],
  async run([pipeline = ''], { reason }, { operations, result }) {
    const stopped = await operations.experiments.stop({ pipeline, reason });
    const numbers = `See its numbers with: perennial experiments status ${pipeline}`;
    const said =
      stopped.outcome === null
        ? `Stored for ${stopped.id}, but no worker runs it now; it ends when one does. Check the workers: perennial doctor. To give the ` +
          `champion all traffic without one: perennial rollback ${pipeline}`
        : stopped.outcome.result === 'stopped'
          ? `Stopped ${stopped.id}: the champion of ${pipeline} has all traffic. ${numbers}`
          : `${stopped.id} ended before: ${stopped.outcome.result}: ${stopped.outcome.reason}. ${numbers}`;
    result(stopped, said);
  },
});
