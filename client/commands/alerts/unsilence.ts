import { asSentence, likeInWords } from '../../../core/alerts/occurrence.ts';
import { command } from '../../command.ts';
import { reasonOption } from '../../reason.ts';

export const unsilence = command<{ reason?: string }>({
  arguments: '<alert>',
  summary: 'End the silence of an alert, and of others like it',
  description: 'Ends a silence before its time. If the alert lasts, people hear of it at once.',
  example: '3fa9c1d2',
  options: [reasonOption],
  async run([id = ''], { reason }, { operations, result }) {
    const alert = await operations.alerts.unsilence(id, reason);
    result(alert, `No longer silenced, and neither are ${likeInWords(alert)}: ${asSentence(alert.summary)}`);
  },
});
