import type { Instant } from '../../../core/time/time.ts';
import { silencedTogether } from '../../../core/alerts/occurrence.ts';
import { command } from '../../command.ts';
import { momentOption } from '../../moment.ts';
import { time } from '../../words.ts';

export const silence = command<{ until: Instant }>({
  arguments: '<alert>',
  summary: 'Send nothing about an alert, or others like it, until a time',
  example: '3fa9c1d2 --until 2026-01-12T08:00Z',
  options: [momentOption('--until <time>', 'when the silence ends').makeOptionMandatory()],
  async run([id = ''], { until }, { operations, result }) {
    const alert = await operations.alerts.silence(id, until);
    const others = silencedTogether(alert) === null ? '' : ', and whatever else its automation tells of events';
    result(alert, `Silenced until ${time(until)}: ${alert.summary}${others}. It stays listed.`);
  },
});
