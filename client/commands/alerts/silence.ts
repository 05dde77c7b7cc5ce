import { likeInWords } from '../../../core/alerts/occurrence.ts';
import type { Instant } from '../../../core/time/time.ts';
import { command } from '../../command.ts';
import { momentOption } from '../../moment.ts';
import { time } from '../../words.ts';
import { reasonOption } from '../../reason.ts';

export const silence = command<{ until: Instant; reason?: string }>({
  arguments: '<alert>',
  summary: 'Send nothing about an alert, or others like it, until a time',
  example: '3fa9c1d2 --until 2026-01-12T08:00Z',
  options: [momentOption('--until <time>', 'when the silence ends').makeOptionMandatory(), reasonOption],
  async run([id = ''], { until, reason }, { operations, result }) {
    const alert = await operations.alerts.silence(id, until, reason);
    const others = likeInWords(alert);
    const listed = alert.resolvedAt === null ? 'It stays listed.' : 'It is resolved; --all lists it.';
    result(alert, `Silenced until ${time(until)}, and so are ${others}: ${alert.summary}. ${listed}`);
  },
});
