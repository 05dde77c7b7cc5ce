import { asSentence, likeInWords } from '../../../core/alerts/occurrence.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import type { Instant } from '../../../core/time/time.ts';
import { command } from '../../command.ts';
import { durationOption, momentOption } from '../../moment.ts';
import { time } from '../../words.ts';
import { reasonOption } from '../../reason.ts';

export const silence = command<{ until?: Instant; for?: string; reason?: string }>({
  arguments: '<alert>',
  summary: 'Send nothing about an alert, or others like it, for a while',
  example: '3fa9c1d2 --for 4h',
  options: [
    momentOption('--until <time>', 'when the silence ends, such as 2026-01-12T08:00Z').conflicts('for'),
    durationOption('--for <duration>', 'how long it lasts, such as 90m, 4h or "2 days"'),
    reasonOption,
  ],
  async run([id = ''], { until, for: lasting, reason }, { operations, result }) {
    const end = until ?? lasting;
    if (end === undefined)
      throw new UserError('REQUEST_INVALID', 'Say how long: --for 4h, or --until 2026-01-12T08:00Z');
    const alert = await operations.alerts.silence(id, end, reason);
    const others = likeInWords(alert);
    const listed =
      alert.resolvedAt === null
        ? 'It stays listed.'
        : 'It is resolved; --silenced lists it, or the one that followed it.';
    result(
      alert,
      `Silenced until ${time(alert.silencedUntil ?? end)}, and so are ${others}: ${asSentence(alert.summary)} ${listed} ` +
        `To end the silence: perennial alerts unsilence ${id}`,
    );
  },
});
