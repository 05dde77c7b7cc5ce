import { ASKED_BY_HAND } from '../../../core/training/retraining/asked.ts';
import { command } from '../../command.ts';
import { Option } from 'commander';

export const retrain = command<{ reason: string; force?: true }>({
  arguments: '<pipeline>',
  summary: 'Ask the retraining loop for a new model',
  example: 'fraud --reason "new kinds of terminals"',
  options: [
    new Option('--reason <words>', 'reason, kept with the request').default(ASKED_BY_HAND),
    new Option('--force', 'train even if nothing has changed since the last training'),
  ],
  async run([pipeline = ''], { reason, force }, { operations, result }) {
    const request = await operations.retraining.ask({ pipeline, reason, ...(force && { force }) });
    result(request, `Asked ${pipeline} to retrain (${reason}). Watch it with: perennial status ${pipeline}`);
  },
});
