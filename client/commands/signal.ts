import { command } from '../command.ts';
import { Option } from 'commander';

export const signalCommand = command<{ reason: string }>({
  name: 'signal',
  arguments: '<pipeline>',
  summary: 'Tell the retraining loop that a new model is wanted',
  example: 'signal fraud --reason "new kinds of terminals"',
  options: [new Option('--reason <words>', 'why, for those who look later').default('asked by hand')],
  async run([pipeline = ''], { reason }, { operations, result }) {
    const request = await operations.retraining.ask({ pipeline, reason });
    result(request, `Asked ${pipeline} to retrain (${reason}). Watch it with: perennial status ${pipeline}`);
  },
});
