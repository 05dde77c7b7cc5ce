import { command } from '../../command.ts';
import { Option } from 'commander';

export const resume = command<{ reason: string }>({
  arguments: '<pipeline> [loop]',
  summary: 'Resume the schedule of one paused loop, or of all',
  example: 'fraud data --reason "source fixed"',
  options: [new Option('--reason <words>', 'reason, shown with the schedule').default('resumed by hand')],
  async run([pipeline = '', loop], { reason }, { operations, result }) {
    const loops = await operations.schedules.resume({ pipeline, ...(loop && { loop }), reason });
    const missed = `Run what was missed: perennial schedules backfill ${pipeline} LOOP --from TIME`;
    result({ pipeline, loops, reason }, `Resumed ${pipeline}: ${loops.join(', ')}. ${missed}`);
  },
});
