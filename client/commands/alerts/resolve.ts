import { asSentence } from '../../../core/alerts/occurrence.ts';
import { command } from '../../command.ts';
import { reasonOption } from '../../reason.ts';

export const resolve = command<{ reason?: string }>({
  arguments: '<alert>',
  summary: 'Resolve an alert by hand',
  example: '3fa9c1d2',
  options: [reasonOption],
  async run([id = ''], { reason }, { operations, result }) {
    const alert = await operations.alerts.resolve(id, reason);
    result(alert, `Resolved: ${asSentence(alert.summary)} If the problem persists, a new alert opens.`);
  },
});
