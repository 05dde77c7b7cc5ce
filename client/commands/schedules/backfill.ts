import type { Instant } from '../../../core/time/time.ts';
import { command } from '../../command.ts';
import { momentOption } from '../../moment.ts';
import { time } from '../../words.ts';

export const backfill = command<{ from: Instant; to?: Instant }>({
  arguments: '<pipeline> <loop>',
  summary: 'Run a loop for each scheduled time in a past range',
  example: 'fraud data --from 2026-01-01 --to 2026-01-07',
  options: [
    momentOption('--from <time>', 'start of the range').makeOptionMandatory(),
    momentOption('--to <time>', 'end of the range (default: now)'),
  ],
  async run([pipeline = '', named = ''], { from, to: last }, { operations, result }) {
    const asked = { pipeline, loop: named, from, ...(last && { to: last }) };
    const { loop, to, runs } = await operations.schedules.backfill(asked);
    const what = `${runs} ${runs === 1 ? 'run' : 'runs'} of ${loop} from ${time(from)} to ${time(to)}`;
    result(
      { pipeline, loop, from, to, runs },
      `${what}, one after another. Watch them with: perennial runs ${pipeline}`,
    );
  },
});
