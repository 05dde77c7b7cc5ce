import { asSentence } from '../../../core/alerts/occurrence.ts';
import { command } from '../../command.ts';
import { reasonOption } from '../../reason.ts';

export const acknowledge = command<{ reason?: string }>({
  arguments: '<alert>',
  summary: 'Take an alert on: nothing is repeated until it gets worse',
  example: '3fa9c1d2',
  options: [reasonOption],
  async run([id = ''], { reason }, { operations, result }) {
    const alert = await operations.alerts.acknowledge(id, reason);
    result(
      alert,
      `Acknowledged by ${alert.acknowledgedBy}: ${asSentence(alert.summary)} It stays listed until it is resolved.`,
    );
  },
});
