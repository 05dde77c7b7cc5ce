import { command } from '../command.ts';
import { Option } from 'commander';

export const resumeCommand = command<{ reason: string }>({
  name: 'resume',
  arguments: '<pipeline> [loop]',
  summary: 'Let a paused loop run again by its schedule, or all',
  example: 'resume fraud data --reason "the source is mended"',
  options: [new Option('--reason <words>', 'why, for those who wonder').default('resumed by hand')],
  async run([pipeline = '', loop], { reason }, { operations, result }) {
    const loops = await operations.schedules.resume({ pipeline, ...(loop && { loop }), reason });
    const missed = `What was missed is run by: perennial backfill ${pipeline} LOOP --from TIME`;
    result({ pipeline, loops, reason }, `Resumed ${loops.join(', ')} of ${pipeline}. ${missed}`);
  },
});
