import { recipientInWords } from '../../../core/alerts/sent.ts';
import { command } from '../../command.ts';
import { columns } from '../../words.ts';

export const test = command({
  arguments: '<pipeline>',
  summary: 'Send a test message to all who get alerts of a pipeline',
  description:
    'Sends a test message at once, also in quiet hours, to everybody whom the pipeline and the installation declare, ' +
    'also for escalation, and says for each whether it arrived or what failed. Servers send it, as they send alerts. ' +
    'Exits with 1 when one did not arrive.',
  example: 'fraud',
  options: [],
  async run([pipeline = ''], _options, { operations, result, note }) {
    note(`Sending a test message to all who get alerts of ${pipeline} ...`);
    const tested = await operations.alerts.test(pipeline);
    const rows = tested.map(({ arrived, error, ...target }) => [
      arrived ? 'ok' : 'FAILED',
      recipientInWords(target),
      arrived ? 'arrived' : (error ?? 'no server has sent it. Is one running? See: perennial doctor'),
    ]);
    result(tested, columns(rows));
    return tested.every(({ arrived }) => arrived);
  },
});
